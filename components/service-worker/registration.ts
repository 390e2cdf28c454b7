/** The part of Trusted Types (W3C) that is needed here; only some browsers have it. */
interface ScriptUrlPolicies {
  createPolicy(name: string, rules: ScriptUrlRules): ScriptUrlRules
}
interface ScriptUrlRules {
  createScriptURL(url: string): string
}

const WORKER = './service-worker.js'

/** Where Trusted Types are enforced, an address that runs code comes from a policy. Ours makes this one and no other. */
function workerAddress(): string {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: ScriptUrlPolicies }
  return trustedTypes?.createPolicy('parley', { createScriptURL: () => WORKER }).createScriptURL('') ?? WORKER
}

/** Makes the application start without its host next time. Says in the console why, when it cannot. */
export async function registerServiceWorker(): Promise<void> {
  try {
    await navigator.serviceWorker.register(workerAddress())
  } catch (error) {
    // The application works without it, though not when the host is away.
    console.warn('Parley will need its host to start next time:', error)
  }
}

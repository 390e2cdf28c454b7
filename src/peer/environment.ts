import type { MeshDialler } from './mesh-dialler.ts'

/** `resumed`: it was frozen or asleep. */
export type PageEvent = 'shown' | 'hidden' | 'online' | 'offline' | 'resumed'

/**
 * What a peer needs of the platform, and nothing else of it: time, timers, and who else runs here on the same storage.
 * Tests and the simulator bring their own.
 */
export interface Environment {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once after `delayMs`; returns the function that cancels it. */
  after(delayMs: number, run: () => void): () => void
  /** Takes the lock if nobody holds it. The lock lasts until `release` is called or the tab is gone. */
  tryLock(name: string): Promise<Lock | undefined>
  /** Waits for the lock; `signal` gives up waiting. */
  waitForLock(name: string, signal: AbortSignal): Promise<Lock | undefined>
  /** Small facts that must survive even when the database does not take writes. */
  readonly notes: Notes
  /** Called when the page is about to be hidden or closed: the last moment to flush. */
  onSuspend(run: () => void): () => void
  /** Called when the page comes or goes, and when the network does. Absent where there is neither. */
  onPage?(run: (event: PageEvent) => void): () => void
  /** How links are made through the mesh: over WebRTC, where nothing else is given. */
  readonly dialler?: MeshDialler
  /** STUN and TURN servers for these links. None, unless the host or the user names one. */
  readonly iceServers?: () => Promise<readonly RTCIceServer[]>
}

export interface Lock {
  release(): void
}

export interface Notes {
  get(key: string): string | undefined
  set(key: string, value: string): void
  remove(key: string): void
}

const memoryNotes = (): Notes => {
  const notes = new Map<string, string>()
  return {
    get: (key) => notes.get(key),
    set: (key, value) => void notes.set(key, value),
    remove: (key) => void notes.delete(key),
  }
}

/** localStorage may be absent, full or forbidden; a note that cannot be kept there is kept for this page's life. */
const browserNotes = (storage: Storage): Notes => {
  const fallback = memoryNotes()
  const attempt = <T>(run: () => T): T | undefined => {
    try {
      return run()
    } catch {
      return undefined
    }
  }
  return {
    get: (key) => attempt(() => storage.getItem(key)) ?? fallback.get(key),
    set: (key, value) => {
      fallback.set(key, value)
      attempt(() => {
        storage.setItem(key, value)
      })
    },
    remove: (key) => {
      fallback.remove(key)
      attempt(() => {
        storage.removeItem(key)
      })
    },
  }
}

/** Locks for one process: every peer of one environment competes for them. */
export function memoryLocks(): Pick<Environment, 'tryLock' | 'waitForLock'> {
  const held = new Set<string>()
  const waiting = new Map<string, (() => void)[]>()
  const grant = (name: string): Lock => {
    held.add(name)
    let isReleased = false
    return {
      release: () => {
        if (isReleased) return
        isReleased = true
        held.delete(name)
        waiting.get(name)?.shift()?.()
      },
    }
  }
  return {
    tryLock: (name) => Promise.resolve(held.has(name) ? undefined : grant(name)),
    waitForLock: (name, signal) =>
      new Promise((resolve) => {
        if (!held.has(name)) return resolve(grant(name))
        const queue = waiting.get(name) ?? []
        waiting.set(name, queue)
        const next = (): void => {
          resolve(grant(name))
        }
        queue.push(next)
        signal.addEventListener('abort', () => {
          const at = queue.indexOf(next)
          if (at >= 0) queue.splice(at, 1)
          resolve(undefined)
        })
      }),
  }
}

const webLock = (name: string, options: LockOptions): Promise<Lock | undefined> =>
  new Promise((resolve) => {
    void navigator.locks
      .request(name, options, (lock) => {
        if (!lock) {
          resolve(undefined)
          return undefined
        }
        return new Promise<void>((release) => {
          resolve({ release })
        })
      })
      .catch(() => {
        resolve(undefined)
      })
  })

const browserLocks: Pick<Environment, 'tryLock' | 'waitForLock'> = {
  tryLock: (name) => webLock(name, { ifAvailable: true }),
  waitForLock: (name, signal) => webLock(name, { signal }),
}

/** What the browser says of the page and its network. */
function listenToPage(run: (event: PageEvent) => void): () => void {
  const ending = new AbortController()
  const { signal } = ending
  const changed = (): void => {
    run(document.visibilityState === 'hidden' ? 'hidden' : 'shown')
  }
  document.addEventListener('visibilitychange', changed, { signal })
  // Chromium freezes pages in the background; both kinds of return may come.
  document.addEventListener('resume', () => run('resumed'), { signal })
  addEventListener('pageshow', ({ persisted }) => persisted && run('resumed'), { signal })
  addEventListener('online', () => run('online'), { signal })
  addEventListener('offline', () => run('offline'), { signal })
  return () => {
    ending.abort()
  }
}

/** The environment of this page or process. */
export function platformEnvironment(): Environment {
  const hasLocks = typeof navigator !== 'undefined' && 'locks' in navigator
  const hasDocument = typeof document !== 'undefined'
  return {
    now: () => Date.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs)
      return () => {
        clearTimeout(timer)
      }
    },
    ...(hasLocks ? browserLocks : memoryLocks()),
    notes: typeof localStorage === 'undefined' ? memoryNotes() : browserNotes(localStorage),
    ...(hasDocument && { onPage: listenToPage }),
    onSuspend: (run) => {
      if (!hasDocument) return () => undefined
      const listener = (): void => {
        if (document.visibilityState === 'hidden') run()
      }
      document.addEventListener('visibilitychange', listener)
      addEventListener('pagehide', run)
      return () => {
        document.removeEventListener('visibilitychange', listener)
        removeEventListener('pagehide', run)
      }
    },
  }
}

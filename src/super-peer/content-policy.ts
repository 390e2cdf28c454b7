/** What pages of the app may do, whoever serves them. Every line of it is enforced; nothing is only reported. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  // What people sent is only ever shown as a picture from here.
  'img-src': "'self' blob: data:",
  'connect-src': "'self' ws: wss:",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'require-trusted-types-for': "'script'",
  // Those of lit and of the editor's clipboard, and ours for the address of the service worker.
  'trusted-types': 'lit-html ProseMirrorClipboard parley',
}

/**
 * The content security policy (CSP Level 3, with Trusted Types) as a page itself can carry it in a meta element, for
 * hosts that send no headers.
 */
export const PAGE_POLICY: string = Object.entries(DIRECTIVES)
  .map(([name, sources]) => `${name} ${sources}`)
  .join(';')

/** The same as a header, which alone can forbid others to frame the page. */
export const HEADER_POLICY: string = `${PAGE_POLICY};frame-ancestors 'none'`

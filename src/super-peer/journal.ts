/**
 * The log of a program: one line an event, for people or for machines. No link, key or whole id gets into it, whoever
 * made the sentence; addresses of peers only when that was asked for.
 */

export type JournalLevel = 'info' | 'warn' | 'error'
export type JournalFields = Readonly<Record<string, string | number | boolean | undefined>>

export interface JournalOptions {
  readonly form: 'text' | 'json'
  /** Whether addresses of peers are written. */
  readonly showsAddresses: boolean
  /** Only what somebody should look at is written. */
  readonly isQuiet?: boolean
  readonly write: (line: string) => void
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
}

/** Ids, keys and links are base64url or hex of more letters than any word has. */
const SECRET = /[A-Za-z0-9_-]{28,}/g
const ADDRESSES: readonly RegExp[] = [
  /\b(?:wss?|https?|stuns?|turns?):\S+/g,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g,
  /\[?\b(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}\]?(?:%\w+)?/gi,
]
const ID_SHOWN = 8

/** How an id is shown: enough to tell rooms apart, too little to find one. */
export const shortId = (id: string): string => id.slice(0, ID_SHOWN)

export class Journal {
  readonly #options: JournalOptions

  constructor(options: JournalOptions) {
    this.#options = options
  }

  get showsAddresses(): boolean {
    return this.#options.showsAddresses
  }

  info(event: string, fields: JournalFields = {}): void {
    this.#write('info', event, fields)
  }
  warn(event: string, fields: JournalFields = {}): void {
    this.#write('warn', event, fields)
  }
  error(event: string, fields: JournalFields = {}): void {
    this.#write('error', event, fields)
  }
  /** `address` is our own, which is for whoever runs the program to know. */
  listening(address: string): void {
    this.#write('info', 'listening', {}, { address })
  }

  #write(level: JournalLevel, event: string, fields: JournalFields, own: JournalFields = {}): void {
    if (level === 'info' && this.#options.isQuiet === true) return
    const time = new Date(this.#options.nowMs()).toISOString()
    const told = { ...this.#clean(fields), ...own }
    if (this.#options.form === 'json') return this.#options.write(JSON.stringify({ time, level, event, ...told }))
    const words = Object.entries(told).map(([name, value]) => `${name}=${quoted(value)}`)
    this.#options.write([time, level.padEnd(5), event, ...words].join(' '))
  }

  #clean(fields: JournalFields): JournalFields {
    const cleaned: Record<string, string | number | boolean> = {}
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) continue
      cleaned[name] = typeof value === 'string' ? this.#cleanText(value) : value
    }
    return cleaned
  }

  #cleanText(text: string): string {
    let cleaned = text.replace(SECRET, (secret) => `${secret.slice(0, ID_SHOWN)}…`)
    if (!this.showsAddresses) for (const address of ADDRESSES) cleaned = cleaned.replace(address, '(address)')
    return cleaned.replace(/[\r\n]+/g, ' ')
  }
}

const quoted = (value: string | number | boolean | undefined): string =>
  typeof value === 'string' && (value === '' || /[\s"=]/.test(value)) ? JSON.stringify(value) : String(value)

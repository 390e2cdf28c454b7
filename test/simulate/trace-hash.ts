/** Two lanes of FNV-1a (public domain) over everything that happened: equal hashes mean the same run, event for event. */
export class TraceHash {
  #a = 0x811c9dc5
  #b = 0x9747b28c
  events = 0

  add(atMs: number, kind: number, node: number, detail: number): void {
    this.events++
    this.#mix(Math.floor(atMs * 1024) >>> 0)
    this.#mix((kind << 24) ^ node)
    this.#mix(detail)
  }
  hex(): string {
    return [this.#a, this.#b].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
  }

  #mix(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0x01000193)
    this.#b = Math.imul(this.#b ^ (value >>> 11) ^ (this.#a >>> 7), 0x01000193)
  }
}

import type { TrackerLimits } from './tracker-limits.ts'

interface Topic<Client> {
  readonly clients: Set<Client>
  /** Who has published here under which name. Several clients may claim one name (see TR3). */
  readonly names: Map<string, Set<Client>>
}

interface Memberships {
  readonly topics: Set<string>
  /** Names given on each topic, kept so that leaving costs what the client did, not what the topic holds. */
  readonly names: Map<string, Set<string>>
  nameCount: number
}

/**
 * Who is on which topic, and under which name. Knows nothing of sockets.
 *
 * Invariants: a topic without clients is not kept; a name on a topic points only at clients of that topic.
 */
export class TopicTable<Client> {
  readonly #topics = new Map<string, Topic<Client>>()
  readonly #memberships = new Map<Client, Memberships>()
  readonly #limits: TrackerLimits

  constructor(limits: TrackerLimits) {
    this.#limits = limits
  }

  get topicCount(): number {
    return this.#topics.size
  }

  clientCount(name: string): number {
    return this.#topics.get(name)?.clients.size ?? 0
  }

  /** False when a limit forbids it. */
  subscribe(client: Client, name: string): boolean {
    if (name.length > this.#limits.topicLengthMax) return false
    let mine = this.#memberships.get(client)
    if (mine?.topics.has(name)) return true
    if ((mine?.topics.size ?? 0) >= this.#limits.topicsPerClientMax) return false
    let topic = this.#topics.get(name)
    if (!topic) {
      if (this.#topics.size >= this.#limits.topicsMax) return false
      this.#topics.set(name, (topic = { clients: new Set(), names: new Map() }))
    }
    if (!mine) this.#memberships.set(client, (mine = { topics: new Set(), names: new Map(), nameCount: 0 }))
    topic.clients.add(client)
    mine.topics.add(name)
    return true
  }

  unsubscribe(client: Client, name: string): void {
    const topic = this.#topics.get(name)
    const mine = this.#memberships.get(client)
    if (!topic || !mine?.topics.delete(name)) return
    for (const given of mine.names.get(name) ?? []) {
      const claimants = topic.names.get(given)
      claimants?.delete(client)
      if (claimants?.size === 0) topic.names.delete(given)
      mine.nameCount--
    }
    mine.names.delete(name)
    topic.clients.delete(client)
    if (topic.clients.size === 0) this.#topics.delete(name)
    if (mine.topics.size === 0) this.#memberships.delete(client)
  }

  leave(client: Client): void {
    for (const name of this.#memberships.get(client)?.topics ?? []) this.unsubscribe(client, name)
  }

  /** Remembers that `client` calls itself `given` on a topic it is on; beyond the limits it stays unknown. */
  learn(client: Client, name: string, given: string): void {
    const topic = this.#topics.get(name)
    const mine = this.#memberships.get(client)
    if (!topic || !mine?.topics.has(name) || given.length > this.#limits.nameLengthMax) return
    let names = mine.names.get(name)
    if (names?.has(given) || mine.nameCount >= this.#limits.namesPerClientMax) return
    if (!names) mine.names.set(name, (names = new Set()))
    names.add(given)
    mine.nameCount++
    const claimants = topic.names.get(given)
    if (claimants) claimants.add(client)
    else topic.names.set(given, new Set([client]))
  }

  /** Those who receive what `sender` publishes: the clients known as `to`, or else all others. */
  receivers(sender: Client, name: string, to?: string): readonly Client[] {
    const topic = this.#topics.get(name)
    if (!topic) return []
    const known = to === undefined ? undefined : topic.names.get(to)
    return [...(known ?? topic.clients)].filter((client) => client !== sender)
  }
}

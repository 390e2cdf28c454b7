/**
 * Where sessions at a tracker are answered. A tracker gives what is published on a topic to all who subscribed to it, so
 * offers and answers on the room's topic would reach everybody who stands there. Every session therefore has a topic of
 * its own, its mailbox, and says in what it sends, sealed, which one that is.
 */

/** Sessions whose mailbox is remembered while they may be answered: as many as may come in one burst, and those before. */
const MAILBOXES_MAX = 1_024

export class Mailboxes {
  /** A new name for each session, so that nobody is known again by it. */
  readonly mine: string = crypto.randomUUID()
  readonly #byPeer = new Map<string, string>()

  learn(peerId: string, mailbox: string | undefined): void {
    this.#byPeer.delete(peerId)
    if (mailbox === undefined) return
    this.#byPeer.set(peerId, mailbox)
    if (this.#byPeer.size <= MAILBOXES_MAX) return
    for (const oldest of this.#byPeer.keys()) {
      this.#byPeer.delete(oldest)
      return
    }
  }

  /** Undefined for a stock client, which listens on the room's topic. */
  of(peerId: string): string | undefined {
    return this.#byPeer.get(peerId)
  }
}

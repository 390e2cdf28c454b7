import { utf8 } from '../base/bytes.ts'
import type { PersonId } from '../base/ids.ts'
import type { MessageId } from '../document/chat-item.ts'
import type { ChatMessage } from '../document/chat-message.ts'
import type { Allowances } from '../trust/allowance.ts'
import type { TrustLevel } from '../trust/level.ts'
import { TextGate, type TextHoldReason } from '../trust/text-gate.ts'
import type { PeerTrust, RoomOfTrust } from './peer-trust.ts'

/** What becomes of a message on this device. The same object for all messages of which the same holds. */
export interface MessageTrust {
  readonly level: TrustLevel
  /**
   * `held`: put aside, to be shown on demand. `folded`: a line in its place, as people of the user's warn of its author or
   * as it answers what is hidden. `hidden`: its author is blocked.
   */
  readonly verdict: 'shown' | 'held' | 'folded' | 'hidden'
  /** Why it is not simply shown. */
  readonly reason: TextHoldReason | 'concern' | 'reply' | undefined
  /** Its author's first words here are nothing but a link: shown, and marked. */
  readonly isGated: boolean
  readonly markup: 'simple' | 'full'
  readonly links: Allowances['links']['click']
}

/** After so many single looks the user is asked whether they want to see this person's messages always. */
export const LOOKS_BEFORE_OFFER = 3
/** Whatever is longer has words in it or is held back for its length. */
const LINK_ONLY_LENGTH_MAX = 2_048
const LINKS = /!?\[[^\]]*\]\([^)]*\)|<?\b(?:https?|mailto):[^\s>]+>?|\bwww\.\S+/giu

/**
 * Judges the messages of one room in their order, and remembers how far it came: what is added at the end costs nothing
 * but itself. After a change of settings, of the room or of what came before, it begins anew.
 */
export class MessageGate {
  readonly #trust: PeerTrust
  readonly #room: RoomOfTrust
  readonly #kinds = new Map<string, MessageTrust>()
  readonly #looked = new Set<MessageId>()
  readonly #looks = new Map<PersonId, number>()
  readonly #stopListening: () => void
  #judged: readonly ChatMessage[] = []
  #verdicts: MessageTrust[] = []
  #byId = new Map<MessageId, MessageTrust>()
  #authors = new Map<PersonId, Author>()
  #gate = new TextGate()
  #basis = ''

  constructor(trust: PeerTrust, room: RoomOfTrust, onChange: () => void) {
    this.#trust = trust
    this.#room = room
    this.#stopListening = trust.on('change', onChange)
  }

  close(): void {
    this.#stopListening()
  }

  /** One for each message. */
  judge(messages: readonly ChatMessage[]): readonly MessageTrust[] {
    const basis = `${this.#trust.revision} ${this.#room.core.state?.version ?? -1} ${this.#looked.size}`
    const isLonger = this.#judged.every((message, index) => message === messages[index])
    if (basis !== this.#basis || !isLonger) this.#begin(basis)
    for (const message of messages.slice(this.#verdicts.length)) {
      const verdict = this.#judgeOne(message)
      this.#verdicts.push(verdict)
      this.#byId.set(message.id, verdict)
    }
    this.#judged = messages
    return this.#verdicts
  }

  /** Shows a message that was put aside, until the page is closed. */
  showOnce(id: MessageId, author: PersonId): void {
    if (this.#looked.has(id)) return
    this.#looked.add(id)
    this.#looks.set(author, (this.#looks.get(author) ?? 0) + 1)
  }
  /** Whether this person's messages were looked at so often that the user may want to see them always. */
  shouldOfferAlways(author: PersonId): boolean {
    return (this.#looks.get(author) ?? 0) >= LOOKS_BEFORE_OFFER
  }

  #begin(basis: string): void {
    this.#basis = basis
    this.#verdicts = []
    this.#byId = new Map()
    this.#authors = new Map()
    this.#gate = new TextGate()
  }

  #judgeOne(message: ChatMessage): MessageTrust {
    const { author, text, atMs, id, replyTo } = message
    const { level, isCollapsed, allowances } = this.#authorOf(author)
    const plain = { level, isGated: false, markup: allowances.markup, links: allowances.links }
    if (author === this.#room.core.me) return this.#kind({ ...plain, verdict: 'shown', reason: undefined })
    // Asked in any case, since it counts.
    const gate = this.#gate.judge({
      person: author,
      text: allowances.text,
      firstPost: allowances.firstPost,
      sizeBytes: utf8(text).length,
      isOnlyMediaOrLink: isOnlyLink(text),
      atMs,
    })
    if (level === 'blocked') return this.#kind({ ...plain, verdict: 'hidden', reason: 'blocked' })
    const isLookedAt = this.#looked.has(id)
    if (gate.isHeld && !isLookedAt) return this.#kind({ ...plain, verdict: 'held', reason: gate.reason })
    if (isCollapsed && !isLookedAt) return this.#kind({ ...plain, verdict: 'folded', reason: 'concern' })
    const answered = replyTo === undefined ? undefined : this.#byId.get(replyTo)
    if (answered?.verdict === 'hidden' && !isLookedAt)
      return this.#kind({ ...plain, verdict: 'folded', reason: 'reply' })
    return this.#kind({ ...plain, verdict: 'shown', reason: undefined, isGated: !gate.isHeld && gate.isGated })
  }

  #authorOf(person: PersonId): Author {
    let author = this.#authors.get(person)
    if (!author) {
      const { id } = this.#room
      const { level, isCollapsed } = this.#trust.in(person, id)
      const text = this.#trust.allowanceFor('text', person, id)
      const firstPost = this.#trust.allowanceFor('firstPost', person, id)
      const links = this.#trust.allowanceFor('links', person, id).click
      const markup = text.markup === 'full' ? 'full' : 'simple'
      author = { level, isCollapsed, allowances: { text, firstPost, links, markup } }
      this.#authors.set(person, author)
    }
    return author
  }

  #kind(trust: MessageTrust): MessageTrust {
    const { level, verdict, reason = '', isGated, markup, links } = trust
    const key = [level, verdict, reason, isGated, markup, links].join()
    const known = this.#kinds.get(key) ?? trust
    this.#kinds.set(key, known)
    return known
  }
}

interface Author {
  readonly level: TrustLevel
  readonly isCollapsed: boolean
  readonly allowances: Pick<Allowances, 'text' | 'firstPost'> & Pick<MessageTrust, 'markup' | 'links'>
}

const isOnlyLink = (text: string): boolean =>
  text !== '' && text.length <= LINK_ONLY_LENGTH_MAX && text.replaceAll(LINKS, '').trim() === ''

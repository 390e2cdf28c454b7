import { accepted, rejected, type Result } from '../base/result.ts'
import {
  EMOJI_BYTES_MAX,
  encodeChatItem,
  isMessageText,
  messageIdOf,
  type ChatItem,
  type MessageId,
} from './chat-item.ts'
import type { GuardedDocument } from './guarded-document.ts'
import { wellFormed } from './plain-text.ts'
import { utf8 } from '../base/bytes.ts'

export type ChatReason = 'empty' | 'too-long' | 'no-feed'

/**
 * Writes into the user's own lane of a chat document. Whether an edit or a redaction counts is decided by whoever reads
 * it (`ChatView`); this only writes. What is written leaves by the document's `takeLocalChanges`.
 */
export class ChatLog {
  readonly #document: GuardedDocument

  constructor(document: GuardedDocument) {
    this.#document = document
  }

  send(text: string, options: { readonly atMs: number; readonly replyTo?: MessageId }): Result<MessageId, ChatReason> {
    const { atMs, replyTo } = options
    return this.#appendText(text, (words) => ({ kind: 'message', text: words, atMs, replyTo }))
  }

  edit(target: MessageId, text: string, options: { readonly atMs: number }): Result<MessageId, ChatReason> {
    return this.#appendText(text, (words) => ({ kind: 'edit', target, text: words, atMs: options.atMs }))
  }

  react(
    target: MessageId,
    emoji: string,
    options: { readonly isOn: boolean; readonly atMs: number },
  ): Result<MessageId, ChatReason> {
    const symbol = wellFormed(emoji)
    if (symbol === '') return rejected('empty')
    if (utf8(symbol).length > EMOJI_BYTES_MAX) return rejected('too-long')
    return this.#append({ kind: 'reaction', target, emoji: symbol, ...options })
  }

  redact(target: MessageId, options: { readonly atMs: number }): Result<MessageId, ChatReason> {
    return this.#append({ kind: 'redaction', target, atMs: options.atMs })
  }

  #appendText(text: string, itemOf: (text: string) => ChatItem): Result<MessageId, ChatReason> {
    const words = wellFormed(text)
    if (words.trim() === '') return rejected('empty')
    return isMessageText(words) ? this.#append(itemOf(words)) : rejected('too-long')
  }

  #append(item: ChatItem): Result<MessageId, ChatReason> {
    const { doc, ownFeed } = this.#document
    if (ownFeed === undefined) return rejected('no-feed')
    const id = messageIdOf(doc.clientID, this.#document.nextClock)
    doc.getArray(this.#document.laneOf(ownFeed)).push([encodeChatItem(item)])
    return accepted(id)
  }
}

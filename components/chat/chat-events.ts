import type { MessageId, Result } from '../../src/index.ts'

const OPTIONS = { bubbles: true, composed: true } as const

/** A request of the composer. Whoever carries it out answers, so that a refused text stays in the field. */
class ComposeEvent extends Event {
  readonly text: string
  outcome: Promise<Result<unknown>> | undefined

  constructor(type: string, text: string) {
    super(type, OPTIONS)
    this.text = text
  }

  respondWith(outcome: Promise<Result<unknown>>): void {
    this.outcome = outcome
  }
}

export class ChatSendEvent extends ComposeEvent {
  static readonly type = 'parley-chat-send'
  readonly replyTo: MessageId | undefined
  constructor(text: string, replyTo: MessageId | undefined) {
    super(ChatSendEvent.type, text)
    this.replyTo = replyTo
  }
}

export class ChatEditEvent extends ComposeEvent {
  static readonly type = 'parley-chat-edit'
  readonly id: MessageId
  constructor(id: MessageId, text: string) {
    super(ChatEditEvent.type, text)
    this.id = id
  }
}

export class ChatRedactEvent extends Event {
  static readonly type = 'parley-chat-redact'
  readonly id: MessageId
  constructor(id: MessageId) {
    super(ChatRedactEvent.type, OPTIONS)
    this.id = id
  }
}

export class ChatReactEvent extends Event {
  static readonly type = 'parley-chat-react'
  readonly id: MessageId
  readonly emoji: string
  readonly isOn: boolean
  constructor(id: MessageId, reaction: { emoji: string; isOn: boolean }) {
    super(ChatReactEvent.type, OPTIONS)
    this.id = id
    this.emoji = reaction.emoji
    this.isOn = reaction.isOn
  }
}

/** The message has been on screen, with all before it. */
export class ChatReadEvent extends Event {
  static readonly type = 'parley-chat-read'
  readonly id: MessageId
  constructor(id: MessageId) {
    super(ChatReadEvent.type, OPTIONS)
    this.id = id
  }
}

export class ChatTypingEvent extends Event {
  static readonly type = 'parley-chat-typing'
  readonly isTyping: boolean
  constructor(isTyping: boolean) {
    super(ChatTypingEvent.type, OPTIONS)
    this.isTyping = isTyping
  }
}

export class ChatDraftEvent extends Event {
  static readonly type = 'parley-chat-draft'
  readonly text: string
  constructor(text: string) {
    super(ChatDraftEvent.type, OPTIONS)
    this.text = text
  }
}

/** The user wants to answer a message. */
export class ChatReplyEvent extends Event {
  static readonly type = 'parley-chat-reply'
  readonly id: MessageId
  constructor(id: MessageId) {
    super(ChatReplyEvent.type, OPTIONS)
    this.id = id
  }
}

/** The user wants to change a message of their own. */
export class ChatStartEditEvent extends Event {
  static readonly type = 'parley-chat-start-edit'
  readonly id: MessageId
  constructor(id: MessageId) {
    super(ChatStartEditEvent.type, OPTIONS)
    this.id = id
  }
}

declare global {
  interface HTMLElementEventMap {
    'parley-chat-send': ChatSendEvent
    'parley-chat-edit': ChatEditEvent
    'parley-chat-redact': ChatRedactEvent
    'parley-chat-react': ChatReactEvent
    'parley-chat-read': ChatReadEvent
    'parley-chat-typing': ChatTypingEvent
    'parley-chat-draft': ChatDraftEvent
    'parley-chat-reply': ChatReplyEvent
    'parley-chat-start-edit': ChatStartEditEvent
  }
}

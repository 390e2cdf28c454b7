import type { Room } from '../../src/index.ts'
import { failureText } from '../failure/failure-text.ts'
import {
  ChatEditEvent,
  ChatReactEvent,
  ChatReadEvent,
  ChatRedactEvent,
  ChatSendEvent,
  ChatTypingEvent,
  ChatDraftEvent,
} from '../chat/chat-events.ts'
import { ToastEvent } from '../toasts/toasts.ts'

/** Carries the requests of the chat components to the room's chat, and its refusals back. */
export class ChatActions {
  readonly #host: EventTarget
  readonly #room: () => Room | undefined
  readonly #listeners: ReadonlyMap<string, (event: Event) => void>

  constructor(host: EventTarget, room: () => Room | undefined) {
    this.#host = host
    this.#room = room
    this.#listeners = new Map(
      [
        ChatSendEvent.type,
        ChatEditEvent.type,
        ChatRedactEvent.type,
        ChatReactEvent.type,
        ChatReadEvent.type,
        ChatTypingEvent.type,
        ChatDraftEvent.type,
      ].map((type) => [type, (event: Event) => this.#handle(event)]),
    )
  }

  listen(): void {
    for (const [type, listener] of this.#listeners) this.#host.addEventListener(type, listener)
  }

  release(): void {
    for (const [type, listener] of this.#listeners) this.#host.removeEventListener(type, listener)
  }

  #handle(event: Event): void {
    const chat = this.#room()?.chat
    if (!chat) return
    if (event instanceof ChatSendEvent) event.respondWith(this.#send(chat, event))
    else if (event instanceof ChatEditEvent) event.respondWith(chat.edit(event.id, event.text))
    else if (event instanceof ChatRedactEvent) void this.#toastRefusal(chat.redact(event.id))
    else if (event instanceof ChatReactEvent) void this.#toastRefusal(chat.react(event.id, event.emoji, event.isOn))
    else if (event instanceof ChatReadEvent) chat.markRead(event.id)
    else if (event instanceof ChatTypingEvent) chat.setTyping(event.isTyping)
    else if (event instanceof ChatDraftEvent) chat.draft.text = event.text
  }

  /** The user may be in another room when it is done: the draft is this chat's. */
  async #send(chat: Room['chat'], { text, replyTo }: ChatSendEvent): ReturnType<Room['chat']['send']> {
    const sent = await chat.send(text, replyTo === undefined ? {} : { replyTo })
    if (sent.ok && chat.draft.text.trim() === text) chat.draft.text = ''
    return sent
  }

  async #toastRefusal(outcome: Promise<{ ok: true } | { ok: false; reason: string }>): Promise<void> {
    const result = await outcome
    if (!result.ok) this.#host.dispatchEvent(new ToastEvent(failureText(result.reason)))
  }
}

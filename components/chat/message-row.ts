import { html, nothing, type TemplateResult } from 'lit'
import type { ChatMessage } from '../../src/index.ts'
import '../avatar/avatar.ts'
import { checkIcon, clock3Icon, ellipsisIcon, replyIcon, smilePlusIcon } from '../later-icons.ts'
import { dayText, fullTimeText, timeText } from '../theme/time-text.ts'
import { renderMessageText } from './message-text.ts'
import { plainText } from './plain-text.ts'

/** One row of the list: a message, and what stands above it. */
export interface MessageRow {
  readonly message: ChatMessage
  readonly isFirstOfGroup: boolean
  readonly isFirstOfDay: boolean
  readonly isFirstUnread: boolean
  readonly quoted: ChatMessage | undefined
  readonly isActive: boolean
  readonly canWrite: boolean
  readonly nowMs: number
  /** Called when the text can be shown better than it was. */
  readonly onTextLoad: () => void
}

/** Messages keep their identity while they don't change, and so do their templates. */
const bodies = new WeakMap<ChatMessage, TemplateResult>()

/** One to three pictures and nothing else: skin tones are modifiers, a zero-width joiner ties pictures into one. */
const ONLY_EMOJI =
  /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:\u200D\p{Extended_Pictographic}\uFE0F?)*\s?){1,3}$/u
const QUOTE_LENGTH_MAX = 160

/** Buttons carry `data-action`; the list handles them all in one place. */
export function renderMessageRow(row: MessageRow): TemplateResult {
  const { message } = row
  return html`
    ${row.isFirstOfDay ? html`<p class="day"><span>${dayText(message.atMs, row.nowMs)}</span></p>` : nothing}
    ${row.isFirstUnread ? html`<p class="unread"><span>New messages</span></p>` : nothing}
    <article class="message ${row.isFirstOfGroup ? 'first' : ''} ${message.mine ? 'mine' : ''}">
      ${row.isFirstOfGroup ? head(message) : nothing} ${message.replyTo === undefined ? nothing : quote(row.quoted)}
      ${message.redacted ? html`<p class="redacted">Message deleted</p>` : body(row)}
      ${message.reactions.length > 0 ? reactions(row) : nothing} ${foot(row)}
      ${row.isActive && !message.redacted ? actions(row) : nothing}
    </article>
  `
}

function head({ author }: ChatMessage) {
  const name = author.name || 'Somebody'
  return html`<parley-avatar .personId=${author.id} .name=${author.name}></parley-avatar>
    <p class="head">
      <bdi class="author">${name}</bdi>
      <span class="key-tag" title="From ${name}'s key: the same in every room">${author.keyTag}</span>
    </p>`
}

function body({ message, onTextLoad }: MessageRow): TemplateResult {
  const kept = bodies.get(message)
  if (kept) return kept
  const size = ONLY_EMOJI.test(message.text) ? 'text emoji' : 'text'
  const { template, isFinal } = renderMessageText(message.text, onTextLoad)
  const rendered = html`<div class=${size} dir="auto">${template}</div>`
  if (isFinal) bodies.set(message, rendered)
  return rendered
}

function quote(quoted: ChatMessage | undefined) {
  if (!quoted) return html`<p class="quote"><span>A message that isn't here yet</span></p>`
  return html`<button
    class="quote"
    data-action="show-quoted"
    data-quoted=${quoted.id}
    title="Show the message this answers"
  >
    <bdi class="author">${quoted.author.name || 'Somebody'}</bdi>
    <span dir="auto">${quoted.redacted ? 'Message deleted' : plainText(quoted.text, QUOTE_LENGTH_MAX)}</span>
  </button>`
}

function reactions({ message, canWrite }: MessageRow) {
  return html`<p class="reactions">
    ${message.reactions.map(({ emoji, people, mine }) => {
      const names = people.map((person) => (person.isMe ? 'you' : person.name || 'somebody')).join(', ')
      return html`<button
        data-action="react"
        data-emoji=${emoji}
        aria-pressed=${mine}
        aria-label="${emoji} ${people.length} from ${names}"
        title=${names}
        ?disabled=${!canWrite}
      >
        <span class="glyph">${emoji}</span>${people.length}
      </button>`
    })}
  </p>`
}

function foot({ message, isFirstOfGroup }: MessageRow) {
  const edited =
    message.editedAtMs === undefined ? nothing : html`<span title=${fullTimeText(message.editedAtMs)}>edited</span>`
  const tick = !message.mine
    ? nothing
    : message.state === 'waiting'
      ? html`<span
          class="tick"
          role="img"
          aria-label="Waiting: on this device only"
          title="On this device only, until somebody is here"
          >${clock3Icon}</span
        >`
      : html`<span class="tick" role="img" aria-label="Sent" title="On at least one other device">${checkIcon}</span>`
  return html`<p class="foot ${isFirstOfGroup ? 'beside-name' : ''}">
    ${edited}<time datetime=${new Date(message.atMs).toISOString()} title=${fullTimeText(message.atMs)}
      >${timeText(message.atMs)}</time
    >${tick}
  </p>`
}

function actions({ canWrite }: MessageRow) {
  return html`<div class="actions" role="toolbar" aria-label="Message actions">
    ${
      canWrite
        ? html`<button class="quiet square" data-action="pick-reaction" aria-label="React" title="React (E)">
              ${smilePlusIcon}
            </button>
            <button class="quiet square" data-action="reply" aria-label="Reply" title="Reply (R)">${replyIcon}</button>`
        : nothing
    }
    <button class="quiet square" data-action="menu" aria-label="More actions" title="More (M)" aria-haspopup="menu">
      ${ellipsisIcon}
    </button>
  </div>`
}

import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { RejectedEdit, Room } from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { triangleAlertIcon, xIcon } from '../icons.ts'
import { copyIcon } from '../later-icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { agoText, fullTimeText } from '../theme/time-text.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { RoomController } from './room-controller.ts'
import { fileName, saveTextFile } from './text-file.ts'

/** Where a notice of several lines would leave little of what one came for. */
const SMALL_SCREEN = '(max-width: 719px), (max-height: 479px)'

/** What I wrote and the others did not accept: kept until I put it away, to be copied or saved. */
@customElement('parley-rejected-edits')
export class RejectedEdits extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
        border-block-end: 1px solid var(--line);
        background: var(--warning-surface);
        color: var(--warning-text);
        font-size: var(--size-small);
      }
      .summary {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-2) var(--space-4);
      }
      .summary p {
        flex: 1 1 220px;
      }
      button {
        font-size: var(--size-small);
        color: var(--text);
      }
      /* One line until it is opened, as the notices beside it. */
      @media (max-width: 719px), (max-height: 479px) {
        .summary {
          padding-block: 0;
          padding-inline-end: var(--space-1);
        }
        .summary p {
          flex-basis: 0;
        }
        .closed p {
          overflow: hidden;
          text-overflow: ellipsis;
          white-space: nowrap;
        }
        .closed .save {
          display: none;
        }
        .open {
          padding-block: var(--space-2);
        }
        /* What can be done stands below what is said. */
        .open p {
          flex-basis: calc(100% - 7rem);
        }
        .toggle {
          border-color: transparent;
          background: transparent;
          color: inherit;
        }
      }
      ul {
        margin: 0;
        padding: 0 var(--space-4) var(--space-2);
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto auto;
        align-items: start;
        gap: var(--space-1) var(--space-2);
        padding: var(--space-2) 0;
        border-block-start: 1px solid var(--line);
      }
      .text {
        max-block-size: 6lh;
        color: var(--text);
        font-size: var(--size-body);
        overflow: auto;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  /** Undefined until the user opens or closes the list: one edit is shown as it is where there is room, many are counted. */
  @state() private isOpen: boolean | undefined
  @query('.toggle') private readonly toggle: HTMLButtonElement | undefined
  readonly #room = new RoomController(this)

  protected override willUpdate(): void {
    this.#room.follow(this.room)
  }

  protected override render() {
    const { room } = this
    const edits = room?.rejectedEdits ?? []
    if (!room || edits.length === 0) return nothing
    const [first] = edits
    const isOpen = this.isOpen ?? (edits.length === 1 && !matchMedia(SMALL_SCREEN).matches)
    const reasons = new Set(edits.map(({ reason }) => reason))
    const what =
      edits.length === 1 ? 'An edit of yours was not accepted' : `${edits.length} edits of yours were not accepted`
    return html`<div class="summary ${isOpen ? 'open' : 'closed'}">
        ${triangleAlertIcon}
        <p role="alert">
          ${what}${reasons.size === 1 && first ? html`: ${accessFailureText(first.reason)}` : '.'} Nothing is lost: your
          words are kept here.
        </p>
        <button class="toggle" aria-expanded=${isOpen} aria-controls="edits" @click=${this.#onToggle}>
          ${isOpen ? 'Hide' : 'Show'}
        </button>
        <button class="save" @click=${this.#onSave}>Save as a file</button>
        <button class="quiet" @click=${this.#onDismissAll} ?hidden=${!isOpen}>Dismiss all</button>
      </div>
      <ul id="edits" aria-label="Not accepted" ?hidden=${!isOpen}>
        ${edits.toReversed().map((edit) => this.#edit(room, edit, reasons.size > 1))}
      </ul>`
  }

  #edit(room: Room, { id, document, text, reason, atMs }: RejectedEdit, saysWhy: boolean) {
    const place = room.notes.find((note) => note.id === document)?.title
    return html`<li>
      <div>
        <p>
          <bdi>${place ?? 'Chat'}</bdi> · <span title=${fullTimeText(atMs)}>${agoText(atMs, Date.now())}</span>${
            saysWhy ? html` · ${accessFailureText(reason)}` : nothing
          }
        </p>
        <p class="text" dir="auto">${text}</p>
      </div>
      <button class="square" aria-label="Copy my text" @click=${() => this.#copy(text)}>${copyIcon}</button>
      <button class="quiet square" aria-label="Dismiss" @click=${() => this.#dismiss([id])}>${xIcon}</button>
    </li>`
  }

  readonly #onToggle = (): void => {
    this.isOpen = this.toggle?.ariaExpanded !== 'true'
  }

  readonly #onSave = (): void => {
    if (this.room) saveTextFile(fileName([this.room.name, 'not accepted']), this.room.exportRejected())
  }

  readonly #onDismissAll = (): void => this.#dismiss(this.room?.rejectedEdits.map(({ id }) => id) ?? [])

  /** The button that had the focus goes with what it dismisses. */
  #dismiss(ids: readonly string[]): void {
    this.toggle?.focus()
    for (const id of ids) this.room?.dismissRejectedEdit(id)
  }

  async #copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      this.dispatchEvent(new ToastEvent('Copied'))
    } catch {
      this.dispatchEvent(new ToastEvent('The browser did not let it be copied. Save it as a file instead.'))
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-rejected-edits': RejectedEdits
  }
}

import { LitElement, css, html } from 'lit'
import { customElement, property, query } from 'lit/decorators.js'
import { copyIcon } from '../later-icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { copyFrom } from '../toasts/copy-text.ts'
import { isLocalName } from './host-super-peer.ts'
import { relayCommand } from './relay-link.ts'

/** The command that makes a computer a super peer of a room, to be copied. */
@customElement('parley-command-box')
export class CommandBox extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: grid;
        gap: var(--space-2);
      }
      textarea {
        block-size: 5.6em;
        resize: vertical;
        font-family: var(--font-mono);
        font-size: var(--size-small);
        word-break: break-all;
      }
      .warning {
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius-small);
        background: var(--warning-surface);
        color: var(--warning-text);
      }
      button {
        justify-self: start;
      }
    `,
  ]

  @property() link = ''
  @query('textarea') private readonly field: HTMLTextAreaElement | undefined

  /** For whoever made it appear: the button that did is mostly gone. */
  override focus(): void {
    this.renderRoot.querySelector('button')?.focus()
  }

  protected override render() {
    return html`<label class="field"
        >Command
        <textarea
          readonly
          dir="ltr"
          spellcheck="false"
          .value=${relayCommand(this.link)}
          @focus=${() => this.field?.select()}
        ></textarea>
      </label>
      <p class="small warning">
        Treat it as a secret until it was used: the first who has it comes in as a super peer of this room, and can then
        withhold what it was given, though never read it.
      </p>
      <p class="muted small">
        ${
          this.#isLocal
            ? 'Run it on this computer: the address of this page, which is in it, leads nowhere from another.'
            : 'Run it on a computer with Node.js 20 or later that stays on.'
        }
        It goes on with the room after each restart.
      </p>
      <button class="primary" @click=${this.#onCopy}>${copyIcon}Copy command</button>`
  }

  get #isLocal(): boolean {
    return URL.canParse(this.link) && isLocalName(new URL(this.link).hostname)
  }

  readonly #onCopy = (): void => {
    if (this.field) void copyFrom(this.field, 'Command copied')
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-command-box': CommandBox
  }
}

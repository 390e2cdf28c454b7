import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { Peer, Room } from '../../src/index.ts'
import { failureText } from '../failure/failure-text.ts'
import '../dialog/dialog.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { copyIcon, infoIcon, monitorIcon, moonIcon, sunIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { chooseTheme, chosenTheme, type Theme, THEMES } from '../theme/theme.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { NAME_LENGTH_MAX, textOf } from '../welcome/welcome.ts'

export type SettingsPage = 'settings-name' | 'settings-phrase' | 'settings-theme' | 'settings-leave'

const HEADINGS: Readonly<Record<SettingsPage, string>> = {
  'settings-name': 'Change my name',
  'settings-phrase': 'Recovery phrase',
  'settings-theme': 'Appearance',
  'settings-leave': 'Leave this room?',
}

const THEME_LOOKS = {
  system: { label: 'Same as this device', icon: monitorIcon },
  light: { label: 'Light', icon: sunIcon },
  dark: { label: 'Dark', icon: moonIcon },
} as const

/** The dialogs behind the room's menu, loaded when the first of them opens. */
@customElement('parley-room-settings')
export class RoomSettings extends LitElement {
  static override readonly styles = [
    controls,
    css`
      form,
      fieldset {
        display: grid;
        gap: var(--space-4);
        margin: 0;
        padding: 0;
        border: 0;
      }
      fieldset {
        gap: var(--space-1);
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--space-2);
      }
      ol {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        gap: 6px var(--space-3);
        margin: 0;
        padding: var(--space-4);
        border-radius: var(--radius);
        background: var(--surface-sunken);
        font-family: var(--font-mono);
        font-size: var(--size-small);
        list-style: none;
      }
      li {
        display: flex;
        gap: 6px;
      }
      li span {
        color: var(--text-muted);
        min-inline-size: 2ch;
        text-align: end;
      }
      .theme {
        display: flex;
        align-items: center;
        gap: var(--space-3);
        min-block-size: 48px;
        padding: 0 var(--space-3);
        border-radius: var(--radius);
        cursor: pointer;
      }
      .theme:hover {
        background: var(--surface-hover);
      }
      .theme input {
        margin-inline-start: auto;
        inline-size: 18px;
        block-size: 18px;
        accent-color: var(--accent-solid);
      }
    `,
  ]

  @property({ attribute: false }) peer: Peer | undefined
  @property({ attribute: false }) room: Room | undefined
  @property() page: SettingsPage = 'settings-name'
  @state() private phrase = ''
  @state() private problem = ''
  @query('parley-dialog') private readonly dialog: Dialog | undefined

  protected override render() {
    return html`<parley-dialog heading=${HEADINGS[this.page]} @close=${this.#onClose}>${this.#page()}</parley-dialog>`
  }

  #page() {
    switch (this.page) {
      case 'settings-name':
        return this.#namePage()
      case 'settings-phrase':
        return this.#phrasePage()
      case 'settings-theme':
        return this.#themePage()
      default:
        return this.#leavePage()
    }
  }

  #namePage() {
    return html`<form @submit=${this.#onName} novalidate>
      <label class="field"
        >Your name
        <input
          name="name"
          .value=${this.room?.me?.person.name ?? ''}
          maxlength=${NAME_LENGTH_MAX}
          dir="auto"
          autofocus
        />
      </label>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      <p class="muted small">
        Everybody in this room sees it. The four characters beside it come from your key and stay.
      </p>
      <div class="buttons">
        <button type="button" class="quiet" @click=${this.#close}>Cancel</button><button class="primary">Save</button>
      </div>
    </form>`
  }

  #phrasePage() {
    return html`<p>
        These 24 words are you. With them you get your identity back on another device; whoever else has them can write
        in your name.
      </p>
      ${
        this.phrase
          ? html`<ol aria-label="Recovery phrase" translate="no">
                ${this.phrase.split(' ').map((word, index) => html`<li><span aria-hidden="true">${index + 1}</span>${word}</li>`)}
              </ol>
              <div class="buttons">
                <button @click=${() => this.#copy(this.phrase)}>${copyIcon}Copy</button>
                <button class="primary" @click=${this.#close}>Done</button>
              </div>`
          : html`<p class="muted small">Look around first: nobody should see the screen.</p>
              <div class="buttons"><button class="primary" @click=${this.#onReveal}>Show the words</button></div>`
      }`
  }

  #themePage() {
    const chosen = chosenTheme()
    return html`<fieldset @change=${this.#onTheme}>
      <legend class="visually-hidden">Appearance</legend>
      ${THEMES.map(
        (theme) =>
          html`<label class="theme">
            ${THEME_LOOKS[theme].icon}${THEME_LOOKS[theme].label}
            <input type="radio" name="theme" value=${theme} .checked=${theme === chosen} />
          </label>`,
      )}
    </fieldset>`
  }

  #leavePage() {
    return html`<p>
        You stop getting what is written in <bdi>${this.room?.name ?? ''}</bdi>, and your copy on this device is closed.
        To come back you need a new invite.
      </p>
      <div class="buttons">
        <button class="quiet" autofocus @click=${this.#close}>Stay</button>
        <button class="danger" @click=${this.#onLeave}>Leave room</button>
      </div>`
  }

  readonly #onClose = (): void => {
    this.dispatchEvent(new Event('close'))
  }

  readonly #close = (): void => this.dialog?.close()

  readonly #onName = (event: SubmitEvent): void => {
    event.preventDefault()
    void this.#rename(textOf(new FormData(event.target as HTMLFormElement), 'name'))
  }

  async #rename(name: string): Promise<void> {
    this.problem = name ? '' : 'Type the name that others will see.'
    if (!name) return
    const renamed = await this.room?.setMyName(name)
    await this.peer?.setMyName(name)
    if (renamed && !renamed.ok) this.problem = failureText(renamed.reason)
    else this.#close()
  }

  readonly #onReveal = async (): Promise<void> => {
    this.phrase = (await this.peer?.recoveryPhrase()) ?? ''
  }

  readonly #onTheme = (event: Event): void => {
    const chosen: Theme | undefined = THEMES.find((theme) => theme === (event.target as HTMLInputElement).value)
    if (chosen) chooseTheme(chosen)
  }

  readonly #onLeave = async (): Promise<void> => {
    await this.room?.leave()
    location.hash = '#/'
  }

  async #copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text)
    this.dispatchEvent(new ToastEvent('Copied'))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-room-settings': RoomSettings
  }
}

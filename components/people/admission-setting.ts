import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { Room } from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { AccessController } from './access-controller.ts'

/** For admins: whether members let people in by invite links, or only those who may give roles. */
@customElement('parley-admission-setting')
export class AdmissionSetting extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
      }
      label {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        min-block-size: var(--target);
        inline-size: fit-content;
        font-size: var(--size-small);
        cursor: pointer;
      }
      input {
        flex: none;
        inline-size: 18px;
        block-size: 18px;
        margin: 0;
        accent-color: var(--accent-solid);
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @state() private problem = ''
  readonly #access = new AccessController(this)

  protected override willUpdate(): void {
    this.#access.follow(this.room)
  }

  protected override render() {
    const { room } = this
    if (!room) return nothing
    return html`<label>
        <input type="checkbox" .checked=${room.access.membersAdmit} @change=${this.#onChange} />
        Members may let people in by invite links
      </label>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}`
  }

  readonly #onChange = async (event: Event): Promise<void> => {
    const box = event.target as HTMLInputElement
    const { room } = this
    const done = await room?.access.setMembersAdmit(box.checked)
    this.problem = done?.ok === false ? accessFailureText(done.reason) : ''
    // What holds, whether or not it could be changed.
    if (room) box.checked = room.access.membersAdmit
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-admission-setting': AdmissionSetting
  }
}

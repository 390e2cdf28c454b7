import { LitElement, css, html, nothing } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { NetworkMode, NoteKeeping } from '../../src/index.ts'
import { controls } from '../theme/controls.styles.ts'
import type { DataSaving } from './device-mode.ts'
import { NetworkSettingEvent, type NetworkSetting } from './network-settings.ts'

/** Which notes of the room this device keeps, where that is not all of them, and how to have it otherwise. */
@customElement('parley-kept-notes')
export class KeptNotes extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
      }
      section {
        display: grid;
        gap: var(--space-3);
        justify-items: start;
      }
      h3 {
        margin: 0;
        font-size: var(--size-large);
        font-weight: 650;
        letter-spacing: -0.01em;
      }
      p {
        margin: 0;
      }
      button {
        white-space: normal;
      }
    `,
  ]

  @property({ attribute: false }) keeping: Pick<NoteKeeping, 'notKept' | 'keepsAll'> | undefined
  @property({ attribute: false }) mode: NetworkMode | undefined
  @property({ attribute: false }) saving: DataSaving = 'none'

  protected override render() {
    const content = this.#content()
    if (!content) return nothing
    return html`<section aria-labelledby="kept">
      <h3 id="kept">Notes on this device</h3>
      ${content}
    </section>`
  }

  #content() {
    const { keeping, mode, saving } = this
    if (!keeping) return undefined
    if (saving === 'saving')
      return html`<p role="status">
          Saving data: this network is metered, or the browser was asked to save data. The chat goes on; notes are
          fetched when you open them.${keeping.notKept > 0 ? ` ${notesText(keeping.notKept)} waiting.` : ''}
        </p>
        <button @click=${() => this.#say({ type: 'fetch', isAnyway: true })}>Fetch anyway</button>`
    const waived =
      saving === 'waived'
        ? html`<p role="status">This network is metered. Notes are fetched all the same, until you are on another.</p>
            <button @click=${() => this.#say({ type: 'fetch', isAnyway: false })}>Save data again</button>`
        : undefined
    const kept = mode === 'edge' ? this.#kept(keeping) : undefined
    return waived || kept ? html`${waived} ${kept}` : undefined
  }

  #kept({ notKept, keepsAll }: Pick<NoteKeeping, 'notKept' | 'keepsAll'>) {
    if (keepsAll)
      return html`<p>All notes of this room are kept on this device.</p>
        <button @click=${() => this.#say({ type: 'keep', keepsAll: false })}>Keep only what I open</button>`
    if (notKept === 0) return undefined
    return html`<p>
        ${notesText(notKept)} not kept on this device;
        ${notKept === 1 ? 'it is fetched when you open it' : 'they are fetched when you open them'}.
      </p>
      <button @click=${() => this.#say({ type: 'keep', keepsAll: true })}>Keep everything</button>`
  }

  #say(setting: NetworkSetting): void {
    this.dispatchEvent(new NetworkSettingEvent(setting))
  }
}

const notesText = (count: number): string => `${count.toLocaleString()} ${count === 1 ? 'note is' : 'notes are'}`

declare global {
  interface HTMLElementTagNameMap {
    'parley-kept-notes': KeptNotes
  }
}

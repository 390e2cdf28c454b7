import { LitElement, css, html, nothing } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { Room } from '../../src/index.ts'
import { isDeviceEnded } from '../people/device-standing.ts'
import { safetyText } from './safety-text.ts'
import { SettledSafety } from './settled-safety.ts'

/**
 * On how many other devices and super peers what I wrote last is: whether it is safe to close. No live region: who needs
 * to know is asked when the page is about to close.
 */
@customElement('parley-safety')
export class SafetyLine extends LitElement {
  static override readonly styles = css`
    :host {
      flex: none;
      max-inline-size: 60%;
      color: var(--text-muted);
      font-size: var(--size-small);
    }
    :host([hidden]) {
      display: none;
    }
    @media (max-width: 719px) {
      :host {
        max-inline-size: none;
      }
    }
    span[data-tone='warning'] {
      color: var(--warning-text);
      font-weight: 500;
    }
  `

  @property({ attribute: false }) room: Room | undefined
  readonly #settled = new SettledSafety(() => this.requestUpdate())
  #unsubscribe: (() => void) | undefined
  #followed: Room | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    this.#follow()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#unsubscribe?.()
    this.#followed = undefined
    this.#settled.reset()
  }

  protected override willUpdate(): void {
    if (this.isConnected) this.#follow()
    // Without words it takes no room in the line either.
    this.hidden = this.#text === ''
  }

  protected override render() {
    const text = this.#text
    if (text === '') return nothing
    const tone = this.#settled.shown.entriesUnsafe > 0 && this.#hasOthers ? 'warning' : 'plain'
    return html`<span data-tone=${tone} title="Where what you wrote last is stored">${text}</span>`
  }

  get #hasOthers(): boolean {
    return (this.room?.members.length ?? 0) > 1
  }

  get #text(): string {
    const { room } = this
    if (!room || room.status !== 'member' || isDeviceEnded(room)) return ''
    return safetyText(this.#settled.shown, this.#hasOthers)
  }

  #follow(): void {
    const { room } = this
    if (room === this.#followed) return
    this.#unsubscribe?.()
    this.#settled.reset()
    this.#followed = room
    if (!room) return
    const look = (): void => this.#settled.take(room.safety)
    const stops = [room.on('safety', look), room.on('members', () => this.requestUpdate())]
    this.#unsubscribe = () => {
      for (const stop of stops) stop()
    }
    look()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-safety': SafetyLine
  }
}

import { LitElement, css, html, nothing } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { NetworkDoor } from '../../src/index.ts'
import { controls } from '../theme/controls.styles.ts'
import { placeRows } from '../theme/place-rows.styles.ts'
import { fullTimeText } from '../theme/time-text.ts'
import { DOOR_STATE_WORDS, REASON_TEXTS, doorName, durationText, placeText } from './network-text.ts'

/** Somebody does not want to wait until the doors are tried again. */
export class TryDoorsEvent extends Event {
  constructor() {
    super('parley-try-doors')
  }
}

const TONES = { open: 'good', connecting: 'waiting', stopped: 'waiting', failed: 'bad' } as const

/** Reasons to be open. */
const WANTED = new Set<NetworkDoor['reason']>(['searching', 'greeting', 'small-room'])

/** Closed although it is wanted: there is nowhere to go. */
const isPlaceless = ({ state, place, reason }: NetworkDoor): boolean =>
  state === 'stopped' && place === '' && WANTED.has(reason)

/** Whether it makes a difference to ask for it now: what is not needed stays closed all the same. */
const canBeTried = ({ state }: NetworkDoor): boolean => state === 'failed' || state === 'connecting'

/** Words of the machine that repeat what stands beside them already. */
const SAYS_NOTHING = new Set(['', 'connected', 'connecting', 'stopped', 'loading'])

/** Each place where the members of a room find each other: how it does, since when, and why. */
@customElement('parley-door-list')
export class DoorList extends LitElement {
  static override readonly styles = [
    controls,
    placeRows,
    css`
      :host {
        display: block;
      }
      .door {
        font-weight: 600;
      }
      .place {
        font-weight: 400;
        overflow-wrap: anywhere;
      }
      .state {
        color: var(--text);
      }
      [data-tone='bad'] .state {
        color: var(--danger);
      }
      p {
        overflow-wrap: anywhere;
      }
    `,
  ]

  @property({ attribute: false }) doors: readonly NetworkDoor[] = []
  @property({ type: Boolean }) mayTry = false

  protected override render() {
    if (this.doors.length === 0)
      return html`<p class="muted">This room has no doors: its members meet only where they are linked already.</p>`
    return html`<ul aria-label="Doors">
      ${this.doors.map((door) => this.#row(door))}
    </ul>`
  }

  #row(door: NetworkDoor) {
    const { name, place, state } = door
    const isNowhere = isPlaceless(door)
    const tone = TONES[state]
    const label = `${doorName(name)}${place === '' ? '' : ` ${placeText(place)}`}`
    return html`<li data-tone=${tone}>
      <span class="lamp" data-tone=${tone}></span>
      <div>
        <p>
          <span class="door">${doorName(name)}</span>
          ${place === '' ? nothing : html`<bdi class="place muted">${placeText(place)}</bdi>`}
        </p>
        <p class="muted small"><span class="state">${DOOR_STATE_WORDS[state]}</span>${this.#why(door)}</p>
        ${isNowhere ? html`<p class="muted small">An admin can name one under Meeting places, in the menu.</p>` : nothing}
      </div>
      ${
        this.mayTry && canBeTried(door)
          ? html`<button class="quiet" aria-label="Try now: ${label}" @click=${this.#onTry}>Try now</button>`
          : nothing
      }
    </li>`
  }

  #why({ state, detail, reason, sinceMs }: NetworkDoor) {
    const planned = reason === undefined ? '' : REASON_TEXTS[reason]
    // What went wrong says more than what is planned about it. Closed in spite of the plan, it has reasons of its own.
    const isWaiting = state === 'stopped' && WANTED.has(reason)
    const said = state === 'failed' ? [detail, planned] : isWaiting ? [detail] : [planned, detail]
    const isPlain = state === 'stopped' && !isWaiting && planned !== ''
    const parts = (isPlain ? [planned] : said).filter((text) => !SAYS_NOTHING.has(text))
    return html`${parts.map((text) => html`, <bdi>${text}</bdi>`)}${
      sinceMs === 0
        ? nothing
        : html` <span title=${fullTimeText(sinceMs)}>· ${durationText(sinceMs, Date.now())}</span>`
    }`
  }

  readonly #onTry = (): void => {
    this.dispatchEvent(new TryDoorsEvent())
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-door-list': DoorList
  }
  interface HTMLElementEventMap {
    'parley-try-doors': TryDoorsEvent
  }
}

import { LitElement, css, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { MeetingPlaceKind, Peer, PlaceReason, Room, RoomPlace } from '../../src/index.ts'
import { stillLoading } from '../devices/still-loading.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { FollowController } from '../follow/follow-controller.ts'
import { infoIcon } from '../icons.ts'
import { DOOR_STATE_WORDS } from '../network/network-text.ts'
import { controls } from '../theme/controls.styles.ts'
import { placeRows } from '../theme/place-rows.styles.ts'
import { textOf } from '../welcome/welcome.ts'

const KIND_NAMES: Readonly<Record<MeetingPlaceKind, string>> = {
  tracker: 'Tracker',
  peer: 'Super peer',
  nostr: 'Nostr relay',
  torrent: 'BitTorrent tracker',
  mqtt: 'MQTT broker',
}
const KINDS = Object.keys(KIND_NAMES) as readonly MeetingPlaceKind[]

const PROBLEMS: Readonly<Record<PlaceReason, string>> = {
  'place-empty': 'Type the address of the place, such as wss://tracker.example.',
  'place-address': 'This is no address. It begins with wss:// and names a host, such as wss://tracker.example.',
  'place-not-websocket': 'Meeting places are reached by WebSocket: the address has to begin with wss://.',
  'place-kind': 'What stands before the + is no kind of place that is known here. Choose one above.',
  'place-secret': 'Leave out the name and password: everybody who passes on the room’s log can read this list.',
  'place-too-long': 'This address is too long for the list. Ask whoever runs the place for a shorter one.',
  'place-known': 'This place is in the list already.',
  'places-full': 'Eight places are the most that a room names. Remove one first.',
}

const problemText = (reason: string): string =>
  reason in PROBLEMS ? PROBLEMS[reason as PlaceReason] : accessFailureText(reason)

const TONES = { open: 'good', connecting: 'waiting', stopped: 'waiting', failed: 'bad' } as const

/** A view of the places that a room names: whoever looks after the room changes them here. */
@customElement('parley-room-places')
export class RoomPlaces extends LitElement {
  static override readonly styles = [
    controls,
    placeRows,
    css`
      :host,
      form {
        display: grid;
        gap: var(--space-4);
      }
      .kind {
        display: block;
        font-weight: 600;
      }
      .address,
      .state {
        overflow-wrap: anywhere;
      }
      .empty {
        padding: var(--space-3) var(--space-4);
        border: 1px dashed var(--line-strong);
        border-radius: var(--radius);
      }
      li button {
        padding: 0 var(--space-2);
        font-size: var(--size-small);
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: flex-end;
        gap: var(--space-2);
      }
      .buttons .own {
        margin-inline-end: auto;
      }
    `,
  ]

  @property({ attribute: false }) peer: Peer | undefined
  @property({ attribute: false }) room: Room | undefined
  @state() private problem = ''
  @state() private said = ''
  @state() private isConfirming = false
  @state() private isMissing = false
  @query('input') private readonly field: HTMLInputElement | undefined
  #isBusy = false
  readonly #following = new FollowController<Room>(this, (room, changed) => [
    room.on('change', changed),
    room.on('connection', changed),
  ])

  protected override willUpdate(): void {
    this.#following.follow(this.room)
  }

  protected override firstUpdated(): void {
    if (this.room?.hasAccess === false) void this.#load()
  }

  /** The button that was pressed is gone: the focus goes on with the question, and back to where it was asked. */
  protected override updated(changed: PropertyValues): void {
    // Below a long list it would be out of sight.
    if (changed.has('problem') && this.problem !== '')
      this.renderRoot.querySelector('#problem')?.scrollIntoView({ block: 'nearest' })
    if (!changed.has('isConfirming')) return
    if (this.isConfirming) this.renderRoot.querySelector<HTMLElement>('.keep')?.focus()
    else if (changed.get('isConfirming') === true)
      (this.renderRoot.querySelector<HTMLElement>('.own') ?? this.field)?.focus()
  }

  protected override render() {
    const { room } = this
    if (!room) return nothing
    if (!room.hasAccess) return stillLoading(this.isMissing)
    const { list, maySet } = room.access.places
    return html`<p class="muted small">
        Where the members find each other, beside the places of the app. Every member’s device uses them, and new
        invites name them.
      </p>
      ${this.#list(list, maySet)} ${maySet ? this.#form(list.length > 0) : html`<p>Only admins can change them.</p>`}
      <p class="visually-hidden" role="status">${this.said}</p>`
  }

  #list(list: readonly RoomPlace[], maySet: boolean) {
    if (list.length === 0)
      return html`<p class="empty">This room names no place of its own: its members meet at those of the app.</p>`
    return html`<ul aria-label="Meeting places">
      ${list.map((place) => this.#row(place, maySet))}
    </ul>`
  }

  #row({ place, kind, address, state: reached, detail }: RoomPlace, maySet: boolean) {
    const name = kind === undefined ? 'Another place' : KIND_NAMES[kind]
    const tone = reached === undefined ? 'waiting' : TONES[reached]
    const why = reached === 'failed' && detail !== '' ? `, ${detail}` : ''
    const words =
      kind === undefined
        ? 'Of a kind that only newer versions know'
        : reached === undefined
          ? 'Not needed now'
          : `${DOOR_STATE_WORDS[reached]}${why}`
    return html`<li>
      <span class="lamp" data-tone=${tone}></span>
      <div>
        <p class="address"><span class="kind">${name}</span> <bdi class="muted">${address}</bdi></p>
        <p class="muted small state">${words}</p>
      </div>
      ${
        maySet
          ? html`<button class="quiet" aria-label="Remove ${name} ${address}" @click=${() => void this.#remove(place)}>
              Remove
            </button>`
          : nothing
      }
    </li>`
  }

  #form(hasPlaces: boolean) {
    return html`<form @submit=${this.#onAdd} novalidate>
      <label class="field"
        >Kind
        <select name="kind">
          ${KINDS.map((kind) => html`<option value=${kind}>${KIND_NAMES[kind]}</option>`)}
        </select>
      </label>
      <label class="field"
        >Address
        <input
          name="address"
          type="url"
          inputmode="url"
          placeholder="wss://tracker.example"
          autocomplete="off"
          spellcheck="false"
          dir="ltr"
          aria-invalid=${this.problem !== ''}
          aria-describedby="problem"
        />
      </label>
      <p class="problem" id="problem" role="alert" ?hidden=${this.problem === ''}>
        ${this.problem === '' ? nothing : html`${infoIcon}${this.problem}`}
      </p>
      <div class="buttons">${this.isConfirming ? this.#question() : this.#choices(hasPlaces)}</div>
    </form>`
  }

  #choices(hasPlaces: boolean) {
    const own = html`<button
      type="button"
      class="quiet own"
      @click=${() => {
        this.isConfirming = true
      }}
    >
      Use only the app’s own
    </button>`
    return html`${hasPlaces ? own : nothing}<button class="primary">Add</button>`
  }

  #question() {
    return html`<span id="question">Remove all?</span>
      <button
        type="button"
        class="quiet keep"
        aria-describedby="question"
        @click=${() => {
          this.isConfirming = false
        }}
      >
        Keep
      </button>
      <button type="button" class="danger" aria-describedby="question" @click=${this.#onClear}>Remove all</button>`
  }

  async #load(): Promise<void> {
    try {
      await this.peer?.loadRest()
      this.requestUpdate()
    } catch {
      this.isMissing = true
    }
  }

  readonly #onAdd = (event: SubmitEvent): void => {
    event.preventDefault()
    const data = new FormData(event.target as HTMLFormElement)
    const kind = KINDS.find((known) => known === data.get('kind')) ?? 'tracker'
    void this.#add(textOf(data, 'address'), kind)
  }

  async #add(text: string, kind: MeetingPlaceKind): Promise<void> {
    const { field } = this
    const isDone = await this.#change('Added.', (room) => room.access.places.add(text, kind))
    if (isDone && field) field.value = ''
    field?.focus()
  }

  async #remove(place: string): Promise<void> {
    if (await this.#change('Removed.', (room) => room.access.places.remove(place))) this.field?.focus()
  }

  readonly #onClear = async (): Promise<void> => {
    await this.#change('Removed all.', (room) => room.access.places.clear())
    this.isConfirming = false
  }

  /** One after the other: each starts from what the one before left. */
  async #change(
    done: string,
    act: (room: Room) => Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>,
  ): Promise<boolean> {
    const { room } = this
    if (!room || this.#isBusy) return false
    this.#isBusy = true
    this.problem = ''
    this.said = ''
    const result = await act(room)
    this.#isBusy = false
    if (result.ok) this.said = done
    else this.problem = problemText(result.reason)
    return result.ok
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-room-places': RoomPlaces
  }
}

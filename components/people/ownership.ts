import { LitElement, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { OwnershipSummary, PersonId, PersonSummary, Room } from '../../src/index.ts'
import '../avatar/avatar.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon } from '../icons.ts'
import { AccessController } from './access-controller.ts'
import { namesOf, personName } from './person-name.ts'
import { controls } from '../theme/controls.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { ownershipStyles } from './ownership.styles.ts'

/** An owner's own key signs for them; a device that was added to others has a key of its own only. */
const KEY_ELSEWHERE =
  'This takes your own key, which is not on this device. Do it on the device that has your recovery phrase.'

interface Asking {
  readonly about: 'handing-over' | 'ending'
  readonly person: PersonSummary
  /** To get the focus back. */
  readonly button: HTMLElement
}

/** Who owns the room: the owners, an offer to me, and what an owner can do so that the room never has nobody. */
@customElement('parley-ownership')
export class Ownership extends LitElement {
  static override readonly styles = [controls, ownershipStyles]

  @property({ attribute: false }) room: Room | undefined
  @state() private isOpen = false
  @state() private isBusy = false
  @state() private problem = ''
  /** What became of my own ownership while this was shown. */
  @state() private standing = ''
  /** Of whom a dialog asks. */
  @state() private asking: Asking | undefined
  @query('section') private readonly section: HTMLElement | undefined
  @query('select') private readonly choice: HTMLSelectElement | undefined
  readonly #access = new AccessController(this)
  /** Undefined until the owners are known. */
  #wasOwner: boolean | undefined
  /** I have been one since this was shown. */
  #hasOwned = false

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#access.follow(this.room)
    if (changed.has('room')) {
      this.standing = ''
      this.#wasOwner = undefined
      this.#hasOwned = false
    }
    this.#followStanding()
  }

  /** Others decide about it as well, and nothing else on the screen says that it has changed. */
  #followStanding(): void {
    const ownership = this.room?.access.ownership
    if (!ownership || ownership.owners.length === 0) return
    const { iAmOwner } = ownership
    if (this.#wasOwner !== undefined && this.#wasOwner !== iAmOwner)
      this.standing = iAmOwner ? `You are an owner ${this.#hasOwned ? 'again' : 'now'}.` : 'You are no longer an owner.'
    this.#wasOwner = iAmOwner
    this.#hasOwned ||= iAmOwner
  }

  protected override render() {
    const { room } = this
    const ownership = room?.access.ownership
    if (!room || !ownership) return nothing
    if (ownership.isUnkept) return unkept()
    if (ownership.owners.length === 0) return nothing
    return html`<section aria-label="Owners" tabindex="-1">
        ${ownership.offeredToMe ? this.#offer(ownership.offeredToMe) : nothing}
        ${ownership.needsSecondOwner && !this.isOpen && ownership.offeredTo.length === 0 ? this.#nudge() : nothing}
        <div class="line">
          <p class="muted">Owned by ${namesOf(ownership.owners)}</p>
          ${
            ownership.iAmOwner
              ? html`<button class="quiet" aria-expanded=${this.isOpen} aria-controls="manage" @click=${this.#onToggle}>
                  Owners…
                </button>`
              : nothing
          }
        </div>
        <p class="small" role="status" aria-label="My ownership">${this.standing}</p>
        <div id="manage" ?hidden=${!this.isOpen || !ownership.iAmOwner}>
          ${this.isOpen && ownership.iAmOwner ? this.#manage(room, ownership) : nothing}
        </div>
        ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      </section>
      ${this.asking ? this.#dialog(room, this.asking) : nothing}`
  }

  #dialog(room: Room, { about, person }: Asking) {
    return about === 'ending'
      ? html`<parley-ownership-end-dialog
          .room=${room}
          .owner=${person}
          @close=${this.#onDialogClose}
        ></parley-ownership-end-dialog>`
      : html`<parley-transfer-dialog
          .room=${room}
          .successor=${person}
          @close=${this.#onDialogClose}
        ></parley-transfer-dialog>`
  }

  #offer(by: PersonSummary) {
    return html`<div class="offer" role="status">
      <p>
        <bdi>${personName(by)}</bdi> asks you to own this room too. Owners stand above everybody else, and only owners
        can remove them.
      </p>
      <button class="primary" aria-disabled=${this.isBusy} @click=${this.#onAccept}>Become an owner</button>
    </div>`
  }

  #nudge() {
    return html`<div class="nudge">
      <p>
        Only you can manage this room for good. If you lose your devices and your recovery phrase, nobody can put right
        what goes wrong here.
      </p>
      <button @click=${this.#onNudge}>Choose a second owner</button>
    </div>`
  }

  #manage(room: Room, { owners, offeredTo, threshold }: OwnershipSummary) {
    const owning = new Set(owners.map(({ id }) => id))
    const asked = new Set(offeredTo.map(({ id }) => id))
    const people = room.members.map(({ person }) => person).filter(({ id }) => !owning.has(id) && !asked.has(id))
    return html`<div class="manage">
      <p class="muted small">
        Owners stand above everybody in the list. Only owners can remove an owner, and decide who owns the room.
      </p>
      <ul aria-label="Owners">
        ${repeat(
          owners,
          ({ id }) => id,
          (person) => this.#owner(person, owners.length, threshold),
        )}
      </ul>
      ${
        offeredTo.length > 0
          ? html`<p class="small" role="status">
              Asked and not answered yet: ${namesOf(offeredTo)}. Once they say yes, this device makes them an owner by
              itself.
            </p>`
          : nothing
      }
      ${threshold > 1 ? html`<p class="small">${threshold} owners have to decide together here.</p>` : this.#invitation(people)}
    </div>`
  }

  #owner(person: PersonSummary, count: number, threshold: number) {
    const name = personName(person)
    return html`<li>
      <parley-avatar .personId=${person.id} .name=${person.name}></parley-avatar>
      <p><bdi>${name}</bdi> <span class="key-tag">${person.keyTag}</span>${person.isMe ? ' · you' : ''}</p>
      ${threshold > 1 ? nothing : person.isMe ? this.#ownActions(person, count) : this.#actions(person, name)}
    </li>`
  }

  #actions(person: PersonSummary, name: string) {
    return html`<button
        aria-label="Hand over to ${name}"
        @click=${(event: Event) => this.#ask(event, 'handing-over', person)}
      >
        Hand over
      </button>
      <button aria-label="End ownership of ${name}" @click=${(event: Event) => this.#ask(event, 'ending', person)}>
        End ownership
      </button>`
  }

  #ownActions(me: PersonSummary, count: number) {
    if (count < 2) return nothing
    return html`<button @click=${(event: Event) => this.#ask(event, 'ending', me)}>Give up ownership</button>`
  }

  #invitation(people: readonly PersonSummary[]) {
    if (people.length === 0) return html`<p class="muted small">There is nobody else here who could be asked.</p>`
    return html`<form @submit=${this.#onAsk}>
      <label class="field"
        >Ask somebody to own it too
        <select name="person">
          ${people.map((person) => html`<option value=${person.id}>${personName(person)} (${person.keyTag})</option>`)}
        </select></label
      >
      <button class="primary" aria-disabled=${this.isBusy}>Ask</button>
    </form>`
  }

  #ask(event: Event, about: Asking['about'], person: PersonSummary): void {
    void (about === 'ending' ? import('./ownership-end-dialog.ts') : import('./transfer-dialog.ts'))
    this.asking = { about, person, button: event.currentTarget as HTMLElement }
  }

  /** Whether it was done. */
  async #try(work: (room: Room) => Promise<{ ok: true } | { ok: false; reason: string }>): Promise<boolean> {
    const { room } = this
    if (!room || this.isBusy) return false
    this.isBusy = true
    this.problem = ''
    const result = await work(room)
    this.isBusy = false
    if (!result.ok) this.problem = result.reason === 'not-allowed' ? KEY_ELSEWHERE : accessFailureText(result.reason)
    return result.ok
  }

  readonly #onToggle = (): void => {
    this.isOpen = !this.isOpen
    this.problem = ''
  }

  readonly #onNudge = async (): Promise<void> => {
    this.isOpen = true
    await this.updateComplete
    this.choice?.focus()
  }

  readonly #onAccept = async (): Promise<void> => {
    // Beside the owners and no toast: it gives way to the news that they have heard of it.
    if ((await this.#try((room) => room.access.acceptOwnership())) && !this.room?.access.ownership.iAmOwner)
      this.standing = 'You said yes. You become an owner as soon as they hear of it.'
    // The question goes with its button.
    if (!this.room?.access.ownership.offeredToMe) this.section?.focus()
  }

  readonly #onAsk = (event: SubmitEvent): void => {
    event.preventDefault()
    const id = this.choice?.value
    const person = this.room?.members.find((member) => member.person.id === id)?.person
    if (person) void this.#offerTo(person)
  }

  async #offerTo(person: PersonSummary): Promise<void> {
    const id: PersonId = person.id
    if (await this.#try((room) => room.access.offerOwnership(id)))
      this.dispatchEvent(new ToastEvent(`${personName(person)} was asked`))
    await this.updateComplete
    // With nobody left to ask, the button goes.
    if (!this.choice) this.section?.focus()
  }

  readonly #onDialogClose = async (): Promise<void> => {
    const button = this.asking?.button
    this.asking = undefined
    await this.updateComplete
    // The button goes with the ownership that it was about.
    if (button && (!button.isConnected || button.closest('[hidden]'))) this.section?.focus()
  }
}

/** Nobody is left who could be asked to change that. */
const unkept = () =>
  html`<section aria-label="Owners" tabindex="-1">
    <div class="nudge" role="note">
      <p>
        Nobody in this room is an owner or an admin any more: reading, chatting and writing notes go on as before, but
        nobody can make an admin. If you need one, start a new room and invite the same people.
      </p>
    </div>
  </section>`

declare global {
  interface HTMLElementTagNameMap {
    'parley-ownership': Ownership
  }
}

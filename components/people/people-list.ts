import { LitElement, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type {
  AccessMember,
  PersonHeldWritings,
  PersonId,
  PersonSummary,
  RemovedMember,
  Role,
  Room,
} from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { share2Icon, xIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { page } from '../theme/page.styles.ts'
import { isDeviceEnded } from './device-standing.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import './ownership.ts'
import { AccessController } from './access-controller.ts'
import './admission-setting.ts'
import './held-notice.ts'
import type { HeldWritingsDialog } from './held-writings-dialog.ts'
import './lapsed-denials.ts'
import { undoIcon } from './people-icons.ts'
import { peopleListStyles } from './people-list.styles.ts'
import type { HeldReviewEvent, RemovalEvent, RoleChoiceEvent } from './people-events.ts'
import { isolatedName, personName, shortName } from './person-name.ts'
import './person-row.ts'
import './request-list.ts'
import './super-peer-list.ts'
import { superPeersOf } from './super-peer-text.ts'
import { isDoneAtOnce, withArticle } from './role-change.ts'
import { ShareEvent } from './share-event.ts'
import { roomHash } from '../route/route.ts'

type Asking =
  | { readonly about: 'role'; readonly person: PersonSummary; readonly role: Role | undefined }
  | { readonly about: 'removal'; readonly member: AccessMember; readonly mode: 'remove' | 'ban' }
  | { readonly about: 'held'; readonly person: PersonSummary }

/** A change that was made without asking, and the role that takes it back. */
interface Undoable {
  readonly person: PersonSummary
  readonly to: Role
  readonly from: Role
}

/** From here on one looks for a name rather than through the list. */
const SEARCH_FROM_COUNT = 12
/** Rows are drawn in portions, so that a room of thousands opens as fast as a small one. */
const PORTION = 100

const DIALOGS = {
  role: () => import('./role-dialog.ts'),
  removal: () => import('./removal-dialog.ts'),
  held: () => import('./held-writings-dialog.ts'),
} as const satisfies Record<Asking['about'], () => Promise<unknown>>

/** Who is in the room, as what, and what I can do about each; below, who was removed. */
@customElement('parley-people-list')
export class PeopleList extends LitElement {
  static override readonly styles = [controls, page, peopleListStyles]

  @property({ attribute: false }) room: Room | undefined
  @state() private asking: Asking | undefined
  @state() private undoable: Undoable | undefined
  @state() private search = ''
  @state() private shownMax = PORTION
  @query('h2') private readonly heading: HTMLElement | undefined
  readonly #access = new AccessController(this)

  /** Those about whom was asked as super peers. */
  readonly #askedSuperPeers = new Set<PersonId>()
  /** What people wrote that is left out and that I may let in; looked up once for all rows. */
  #held: ReadonlyMap<PersonId, PersonHeldWritings> = new Map()

  protected override willUpdate(): void {
    this.#access.follow(this.room)
    const held = this.room?.access.heldWritings.filter(({ byMe }) => byMe) ?? []
    this.#held = new Map(held.map((writings) => [writings.person.id, writings]))
  }

  protected override render() {
    const { room } = this
    if (!room) return nothing
    // Until then this device has keys without names, which say nothing to anybody.
    if (room.status === 'joining' || room.status === 'waiting' || room.status === 'declined')
      return html`<div class="column">
        <h2 tabindex="-1">People</h2>
        <p class="muted">Who is in the room shows once you are let in.</p>
      </div>`
    const { members: everybody, removed, requests } = room.access
    // Super peers are machines that cannot read: among the people they would be taken for somebody.
    const members = everybody.filter(({ role, person }) => role !== 'relay' || person.isMe)
    const hasSuperPeers = superPeersOf(room).length > 0
    return html`<div
        class="column"
        @parley-role-choice=${this.#onRoleChoice}
        @parley-removal=${this.#onRemoval}
        @parley-held-review=${this.#onHeldReview}
        @parley-reissued=${this.#onAnswered}
        @parley-super-peers-gone=${this.#onAnswered}
      >
        ${this.#header(room, members)}
        <parley-ownership .room=${room}></parley-ownership>
        ${room.access.lapsedDenials.length > 0 ? html`<parley-lapsed-denials .room=${room}></parley-lapsed-denials>` : nothing}
        ${requests.length > 0 ? this.#requests(room) : nothing}
        ${members.length >= SEARCH_FROM_COUNT ? this.#searchField() : nothing} ${this.#people(room, members)}
        ${hasSuperPeers ? this.#superPeers(room) : nothing} ${removed.length > 0 ? this.#removed(removed) : nothing}
      </div>
      <div class="notice" role="status">${this.undoable ? this.#undoBar(this.undoable) : nothing}</div>
      ${this.asking ? this.#dialog(room, this.asking) : nothing}`
  }

  #header(room: Room, members: readonly AccessMember[]) {
    const onlineCount = members.filter((member) => member.online || member.person.isMe).length
    return html`<div class="header">
        <div>
          <h2 tabindex="-1">People</h2>
          ${
            members.length > 0
              ? html`<p class="muted small">
                  ${members.length} in this room${isDeviceEnded(room) ? '' : ` · ${onlineCount} here now`}
                </p>`
              : nothing
          }
        </div>
        ${room.can('invite') ? html`<button @click=${this.#onInvite}>${share2Icon}Invite</button>` : nothing}
      </div>
      ${
        members.length > 1
          ? html`<p class="muted small order">
              The list is in order of authority: a moderator or admin can remove those further down.
            </p>`
          : nothing
      }
      ${
        room.access.maySetMembersAdmit
          ? html`<parley-admission-setting .room=${room}></parley-admission-setting>`
          : nothing
      }`
  }

  /** Here as well as in their own view: who comes to see the people should not have to look for those who wait. */
  #requests(room: Room) {
    return html`<section class="waiting" aria-labelledby="waiting">
      <h3 id="waiting">Waiting to be let in</h3>
      <parley-request-list .room=${room} @parley-request-answered=${this.#onAnswered}></parley-request-list>
    </section>`
  }

  #searchField() {
    return html`<label class="field"
      >Find a person <input type="search" .value=${this.search} dir="auto" autocomplete="off" @input=${this.#onSearch}
    /></label>`
  }

  #people(room: Room, members: readonly AccessMember[]) {
    const isCutOff = isDeviceEnded(room)
    const wanted = this.search.trim().toLocaleLowerCase()
    const found = wanted
      ? members.filter(({ person }) => `${person.name} ${person.keyTag}`.toLocaleLowerCase().includes(wanted))
      : members
    const restCount = found.length - this.shownMax
    return html`<ul aria-label="People">
        ${repeat(
          found.slice(0, this.shownMax),
          ({ person }) => person.id,
          (member) =>
            html`<li>
              <parley-person-row
                .member=${member}
                .held=${this.#held.get(member.person.id)}
                ?is-cut-off=${isCutOff}
              ></parley-person-row>
            </li>`,
        )}
      </ul>
      <p role="status" class="muted">${wanted && found.length === 0 ? 'Nobody here has that name.' : ''}</p>
      ${restCount > 0 ? html`<button @click=${this.#onMore}>Show ${Math.min(restCount, PORTION)} more</button>` : nothing}`
  }

  #superPeers(room: Room) {
    return html`<section class="super-peers">
      <parley-super-peer-list
        .room=${room}
        heading="Super peers, which cannot read"
        may-promote
      ></parley-super-peer-list>
      <p class="small"><a href=${roomHash(room.id, 'network')}>All about super peers</a></p>
    </section>`
  }

  #removed(removed: readonly RemovedMember[]) {
    return html`<h3>No longer in the room</h3>
      <ul aria-label="No longer in the room" class="removed">
        ${removed.map((member) => {
          const { person, by, mode, mayReadmit } = member
          const name = personName(person)
          const held = this.#held.get(person.id)
          return html`<li>
            <parley-avatar .personId=${person.id} .name=${person.name}></parley-avatar>
            <p>
              <bdi class="name">${shortName(person)}</bdi> <span class="key-tag">${person.keyTag}</span>
              <span class="muted small by"
                >${mode === 'ban' ? 'banned' : 'removed'} by <bdi>${by.isMe ? 'you' : personName(by)}</bdi></span
              >
              ${held ? html`<parley-held-notice .held=${held}></parley-held-notice>` : nothing}
            </p>
            ${
              mayReadmit
                ? html`<button
                    aria-label="Let back in ${name}"
                    @click=${() => this.#ask({ about: 'role', person, role: undefined })}
                  >
                    Let back in
                  </button>`
                : nothing
            }
          </li>`
        })}
      </ul>`
  }

  #undoBar({ person, to }: Undoable) {
    return html`<div class="undo">
      <p><bdi>${personName(person)}</bdi> is ${withArticle(to)} now</p>
      <button @click=${this.#onUndo}>${undoIcon}Undo</button>
      <button class="quiet square" aria-label="Dismiss" @click=${this.#onDismissUndo}>${xIcon}</button>
    </div>`
  }

  #dialog(room: Room, asking: Asking) {
    if (asking.about === 'held')
      return html`<parley-held-writings-dialog
        .room=${room}
        .person=${asking.person}
        @close=${this.#onDialogClose}
      ></parley-held-writings-dialog>`
    return asking.about === 'role'
      ? html`<parley-role-dialog
          .room=${room}
          .person=${asking.person}
          .newRole=${asking.role}
          @close=${this.#onDialogClose}
        ></parley-role-dialog>`
      : html`<parley-removal-dialog
          .room=${room}
          .member=${asking.member}
          .mode=${asking.mode}
          @close=${this.#onDialogClose}
        ></parley-removal-dialog>`
  }

  #ask(asking: Asking): void {
    void DIALOGS[asking.about]()
    this.undoable = undefined
    this.asking = asking
  }

  #memberOf(id: PersonId): AccessMember | undefined {
    return this.room?.access.members.find(({ person }) => person.id === id)
  }

  readonly #onRoleChoice = (event: RoleChoiceEvent): void => {
    const member = this.#memberOf(event.person)
    if (!this.room || !member) return
    const { person, role: from } = member
    if (from === 'relay') this.#askedSuperPeers.add(person.id)
    const preview = this.room.access.preview({ type: 'role', person: person.id, role: event.role })
    if (preview && isDoneAtOnce(from, event.role, preview)) void this.#give(person, from, event.role, true)
    else this.#ask({ about: 'role', person, role: event.role })
  }

  readonly #onRemoval = (event: RemovalEvent): void => {
    const member = this.#memberOf(event.person)
    if (member) this.#ask({ about: 'removal', member, mode: event.mode })
  }

  readonly #onHeldReview = (event: HeldReviewEvent): void => {
    const held = this.#held.get(event.person)
    if (held) this.#ask({ about: 'held', person: held.person })
  }

  async #give(person: PersonSummary, from: Role, to: Role, isUndoable: boolean): Promise<void> {
    this.undoable = undefined
    const applied = await this.room?.access.apply({ type: 'role', person: person.id, role: to })
    if (applied && !applied.ok) this.dispatchEvent(new ToastEvent(accessFailureText(applied.reason)))
    else if (isUndoable) this.undoable = { person, from, to }
    else this.dispatchEvent(new ToastEvent(`${isolatedName(person)} is ${withArticle(to)} again`))
  }

  readonly #onUndo = (): void => {
    const { undoable } = this
    if (!undoable) return
    // The button goes with the bar, and the focus must not go with it.
    this.heading?.focus()
    void this.#give(undoable.person, undoable.to, undoable.from, false)
  }

  readonly #onDismissUndo = (): void => {
    this.undoable = undefined
    this.heading?.focus()
  }

  readonly #onAnswered = (): void => this.heading?.focus()

  readonly #onDialogClose = (event: Event): void => {
    const { asking } = this
    this.asking = undefined
    // The notice from which the dialog was opened goes with what was accepted.
    if (asking?.about === 'held' && (event.target as HeldWritingsDialog).hasAccepted) this.heading?.focus()
    // Whoever was let back in has left the list in which the button was.
    if (asking?.about === 'role' && asking.role === undefined && this.#memberOf(asking.person.id)) this.heading?.focus()
    // A super peer that reads from now on stands among the people.
    const isLetRead = asking?.about === 'role' && this.#askedSuperPeers.delete(asking.person.id)
    if (isLetRead && this.#memberOf(asking.person.id)?.role !== 'relay') this.heading?.focus()
    // The row of somebody who is gone takes the button along from which the dialog was opened.
    if (asking?.about === 'removal' && !this.#memberOf(asking.member.person.id)) this.heading?.focus()
  }

  readonly #onSearch = (event: Event): void => {
    this.search = (event.target as HTMLInputElement).value
    this.shownMax = PORTION
  }

  readonly #onMore = (): void => {
    this.shownMax += PORTION
  }

  readonly #onInvite = (): void => {
    this.dispatchEvent(new ShareEvent())
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-people-list': PeopleList
  }
}

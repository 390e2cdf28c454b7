import { LitElement, css, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { Invite, JoinRequestSummary, Room } from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { FollowController } from '../follow/follow-controller.ts'
import type { HostSuperPeer } from '../host-settings.ts'
import { infoIcon } from '../icons.ts'
import { isLive } from '../people/live-invites.ts'
import { personName } from '../people/person-name.ts'
import { peopleHash } from '../route/route.ts'
import { controls } from '../theme/controls.styles.ts'
import { placeRows } from '../theme/place-rows.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import './command-box.ts'
import type { CommandBox } from './command-box.ts'
import { hostName, nameAsPlace, pageHost, placeOfHost, type SuperPeerHost } from './host-super-peer.ts'
import { makeRelayLink } from './relay-link.ts'
import '../people/super-peer-list.ts'
import { superPeersOf, WHAT_IT_IS } from '../people/super-peer-text.ts'

/** `asking`: the host is. `coming`: it has said yes, and is yet to be let in. */
type Progress = 'idle' | 'asking' | 'coming'

/** The super peers of a room, those that are on their way, and how to get one. */
@customElement('parley-always-there')
export class AlwaysThere extends LitElement {
  static override readonly styles = [
    controls,
    placeRows,
    css`
      :host {
        display: grid;
        gap: var(--space-3);
        --heading-size: var(--size-large);
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
      .buttons button {
        white-space: normal;
        overflow-wrap: anywhere;
      }
      li button,
      li a {
        font-size: var(--size-small);
      }
      li .actions {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: flex-end;
        gap: var(--space-1);
      }
      li button {
        padding-inline: var(--space-3);
      }
      .words {
        overflow-wrap: anywhere;
      }
      .empty {
        padding: var(--space-3) var(--space-4);
        border: 1px dashed var(--line-strong);
        border-radius: var(--radius);
      }
      [role='status']:empty {
        display: none;
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  /** What is asked of the host; this page's by default. */
  @property({ attribute: false }) host: SuperPeerHost = pageHost
  @state() private offered: HostSuperPeer | undefined
  @state() private progress: Progress = 'idle'
  @state() private problem = ''
  @state() private said = ''
  /** The link whose command is shown. */
  @state() private shown: Invite['hash'] | undefined
  @query('parley-command-box') private readonly commandBox: CommandBox | undefined
  @query('#add') private readonly addButton: HTMLElement | undefined
  /** What the host was given, and who was there before. */
  #awaited: { readonly invite: Invite['hash']; readonly name: string } | undefined
  #isMaking = false
  readonly #following = new FollowController<Room>(this, (room, changed) => [
    ...(['safety', 'members', 'invites'] as const).map((event) => room.on(event, changed)),
    room.access.on('change', changed),
  ])

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#following.follow(this.room)
    if (changed.has('room')) this.#forget()
    const awaited = this.#awaited
    if (!awaited || !this.room) return
    if ((this.#invite(awaited.invite)?.used ?? 0) === 0) return
    this.#awaited = undefined
    this.progress = 'idle'
    this.said = `${awaited.name} keeps this room from now on.`
  }

  protected override updated(changed: PropertyValues): void {
    // The command stands below the button that made it appear.
    if (changed.has('shown') && this.shown !== undefined)
      void this.commandBox?.updateComplete.then(() => this.commandBox?.focus())
  }

  protected override firstUpdated(): void {
    void this.host.offer().then((offered) => {
      this.offered = offered
    })
  }

  protected override render() {
    const { room } = this
    if (!room) return nothing
    const isEmpty = superPeersOf(room).length === 0
    const mayAdd = room.status === 'member' && room.can('invite')
    return html`<parley-super-peer-list .room=${room} heading="Always there"></parley-super-peer-list>
      ${isEmpty ? html`<p class="empty">${WHAT_IT_IS}</p>` : nothing} ${this.#pending(room)}
      ${
        mayAdd
          ? this.#ways(isEmpty)
          : isEmpty
            ? html`<p class="muted small">Whoever may invite people to this room can add one.</p>`
            : nothing
      }
      <p class="muted small" role="status">${this.#status()}</p>
      ${this.problem === '' ? nothing : html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>`}
      ${this.#command()}`
  }

  #ways(isEmpty: boolean) {
    const { offered, progress } = this
    return html`<div class="buttons">
      ${
        offered
          ? html`<button
              class=${isEmpty ? 'primary' : ''}
              aria-disabled=${progress !== 'idle'}
              @click=${() => void this.#keepHere(offered)}
            >
              <span>Keep this room on <bdi>${hostName(offered, location.host)}</bdi></span>
            </button>`
          : nothing
      }
      <button id="add" class=${isEmpty && !offered ? 'primary' : ''} @click=${this.#onAdd}>
        ${this.#addLabel(isEmpty)}
      </button>
    </div>`
  }

  #addLabel(isEmpty: boolean): string {
    if (!isEmpty) return 'Add another super peer'
    return this.offered ? 'Add one of your own' : 'Add a super peer'
  }

  /** Those who ask to be let in, and links by which nobody has come yet. */
  #pending(room: Room) {
    const requests = room.access.requests.filter(({ role }) => role === 'relay')
    const invites = room.invites.filter(
      (invite) => invite.role === 'relay' && invite.mine && invite.used === 0 && isLive(invite, Date.now()),
    )
    if (requests.length + invites.length === 0) return nothing
    return html`<ul aria-label="Super peers on their way">
      ${requests.map((request) => this.#request(room, request))} ${invites.map((invite) => this.#unused(invite))}
    </ul>`
  }

  #request(room: Room, { person }: JoinRequestSummary) {
    const name = personName(person)
    return html`<li>
      <span class="lamp" data-tone="waiting"></span>
      <div>
        <p class="words"><bdi>${name}</bdi></p>
        <p class="muted small">Waiting to be let in</p>
      </div>
      <a href=${peopleHash(room.id, 'requests')} aria-label="Decide about ${name}">Decide</a>
    </li>`
  }

  #unused({ hash, label, link }: Invite) {
    const name = label ?? 'A link'
    return html`<li>
      <span class="lamp" data-tone="waiting"></span>
      <div>
        <p class="words"><bdi>${name}</bdi></p>
        <p class="muted small">Invited, not here yet</p>
      </div>
      <div class="actions">
        ${
          link === undefined || hash === this.shown
            ? nothing
            : html`<button class="quiet" aria-label="Command of: ${name}" @click=${() => this.#show(hash)}>
                Command
              </button>`
        }
        <button class="quiet" aria-label="Revoke: ${name}" @click=${() => void this.#revoke(hash)}>Revoke</button>
      </div>
    </li>`
  }

  #command() {
    const invite = this.shown === undefined ? undefined : this.#invite(this.shown)
    if (invite?.link === undefined) return nothing
    return invite.used > 0
      ? html`<p class="small" role="status">The link was used: a super peer has come in by it.</p>`
      : html`<parley-command-box .link=${invite.link}></parley-command-box>`
  }

  #status(): string {
    const name = this.offered ? hostName(this.offered, location.host) : ''
    if (this.progress === 'asking') return `Asking ${name}…`
    if (this.progress === 'coming')
      return `${name} takes the room up. It is in the list as soon as it has been let in, which takes a moment; keep this page open.`
    return this.said
  }

  #invite(hash: Invite['hash']): Invite | undefined {
    return this.room?.invites.find((invite) => invite.hash === hash)
  }

  #show(hash: Invite['hash']): void {
    this.problem = ''
    this.shown = hash
  }

  #forget(): void {
    this.#awaited = undefined
    this.progress = 'idle'
    this.problem = ''
    this.said = ''
    this.shown = undefined
  }

  async #keepHere(offered: HostSuperPeer): Promise<void> {
    const { room } = this
    if (!room || this.progress !== 'idle') return
    this.#forget()
    this.progress = 'asking'
    const name = hostName(offered, location.host)
    const made = await makeRelayLink(room, name)
    const link = made.ok ? made.value.link : undefined
    const kept = link === undefined ? undefined : await this.host.keep(link)
    if (this.room !== room) return
    this.progress = 'idle'
    if (!made.ok || !kept) {
      this.problem = accessFailureText(made.ok ? 'not-stored' : made.reason)
      return
    }
    const { hash } = made.value
    // A door that nobody is to come by any more is better shut.
    if (!kept.ok || kept.isThere) void room.revokeInvite(hash)
    if (!kept.ok) this.problem = kept.sentence
    else if (kept.isThere) this.said = `${name} keeps this room already.`
    else {
      this.#awaited = { invite: hash, name }
      this.progress = 'coming'
    }
    if (kept.ok) await this.#namePlace(room, offered)
  }

  /** Those whose network lets nothing else through reach it there. */
  async #namePlace(room: Room, offered: HostSuperPeer): Promise<void> {
    const place = placeOfHost(offered, location.href)
    const reason = place === undefined ? undefined : await nameAsPlace(room, place)
    if (reason !== undefined)
      this.problem = `The room is kept, but its address could not be added to the meeting places. ${accessFailureText(reason)}`
  }

  readonly #onAdd = async (): Promise<void> => {
    const { room } = this
    if (!room || this.#isMaking) return
    this.problem = ''
    const unused = room.invites.find(
      (invite) =>
        invite.role === 'relay' &&
        invite.link !== undefined &&
        invite.used === 0 &&
        invite.usesMax === 1 &&
        !invite.label &&
        isLive(invite, Date.now()),
    )
    if (unused) {
      if (this.shown === unused.hash) this.commandBox?.focus()
      this.shown = unused.hash
      return
    }
    this.#isMaking = true
    const made = await makeRelayLink(room)
    this.#isMaking = false
    if (made.ok) this.#show(made.value.hash)
    else this.problem = accessFailureText(made.reason)
  }

  async #revoke(hash: Invite['hash']): Promise<void> {
    const revoked = await this.room?.revokeInvite(hash)
    if (revoked?.ok === false) {
      this.problem = accessFailureText(revoked.reason)
      return
    }
    if (this.shown === hash) this.shown = undefined
    if (this.#awaited?.invite === hash) this.#forget()
    this.dispatchEvent(new ToastEvent('The link no longer works'))
    // The row goes with its buttons.
    this.addButton?.focus()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-always-there': AlwaysThere
  }
}

import { concatBytes } from '../base/bytes.ts'
import type { PersonId } from '../base/ids.ts'
import type { LinkId } from '../sync/sync-event.ts'
import type { RoomLink } from './links-code.ts'
import type { Mesh } from './mesh.ts'

/** The first byte of what overlays say to each other on the control lane. No sync message begins with it. */
export const MESH_MESSAGE = 0xf0

/**
 * Which links of a room the mesh counts on: all but those between tabs, and those to somebody who was found to hold back
 * what others are to have. The latter go on as links and count as none, so that others are made.
 */
export class LinksInMesh {
  readonly #links = new Set<LinkId>()
  readonly #shunned = new Set<PersonId>()
  readonly #all: () => readonly RoomLink[]
  #mesh: Mesh | undefined

  constructor(all: () => readonly RoomLink[]) {
    this.#all = all
  }

  attach(mesh: Mesh): void {
    this.#mesh = mesh
  }

  get all(): readonly RoomLink[] {
    return this.#all().filter(({ id }) => this.#links.has(id))
  }

  enter(link: RoomLink): void {
    if (link.link.kind === 'tab' || this.#shunned.has(link.remote.person)) return
    this.#links.add(link.id)
    this.#mesh?.linkUp(link)
  }

  leave(link: RoomLink, reason: string): void {
    if (this.#links.delete(link.id)) this.#mesh?.linkDown(link, reason)
  }

  setShunned(person: PersonId, isShunned: boolean): void {
    if (isShunned === this.#shunned.has(person)) return
    if (isShunned) this.#shunned.add(person)
    else this.#shunned.delete(person)
    for (const link of this.#all()) {
      if (link.remote.person !== person) continue
      if (isShunned) this.leave(link, 'shunned')
      else this.enter(link)
    }
  }

  /** For the mesh of the other side. */
  send(to: RoomLink | undefined, bytes: Uint8Array): void {
    const isSent = to?.link.send('control', concatBytes(Uint8Array.of(MESH_MESSAGE), bytes))
    if (isSent === false) to?.link.close('queue-full')
  }
  receive(link: LinkId, message: Uint8Array): void {
    if (this.#links.has(link)) this.#mesh?.message(link, message.subarray(1))
  }
  roundTrip(link: LinkId, roundTripMs: number): void {
    if (this.#links.has(link)) this.#mesh?.roundTrip(link, roundTripMs)
  }
  disturbed(link: LinkId): void {
    if (this.#links.has(link)) this.#mesh?.disturbed(link)
  }
}

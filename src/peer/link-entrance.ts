import type { SessionId } from '../base/ids.ts'
import type { Link } from '../transport/link.ts'
import type { Environment } from './environment.ts'
import { authenticateLink, type AuthenticatedLink } from './link-handshake.ts'
import type { Mesh } from './mesh.ts'
import type { Session } from './session.ts'

/** Strangers that are being asked who they are. */
const PENDING_MAX = 10

/**
 * Links among those who are no members yet. They are of use, as one of the two may be let in first; but a crowd of
 * newcomers must not be content with each other.
 */
const STRANGER_LINKS_MAX = 2

/** Where a link comes from. */
export interface Origin {
  /** By which of the mesh's doors. */
  readonly door?: string
  /** We looked for the other side, not it for us. */
  readonly isOutbound: boolean
  /** Whose it has to be: of a link that was called for. */
  readonly peer?: SessionId
}

/** Asks whoever is at the other end of a new link who they are, a few at a time. */
export class LinkEntrance {
  readonly #key: Uint8Array
  readonly #session: Session
  readonly #environment: Environment
  readonly #mesh: Mesh
  #pending = 0

  constructor(options: {
    readonly key: Uint8Array
    readonly session: Session
    readonly environment: Environment
    readonly mesh: Mesh
  }) {
    this.#key = options.key
    this.#session = options.session
    this.#environment = options.environment
    this.#mesh = options.mesh
  }

  /** Undefined, and the link closed, for whom nothing is to be had with. */
  async ask(link: Link, { door, peer }: Origin): Promise<AuthenticatedLink | undefined> {
    // Those whom we called, or welcomed, are few and not strangers.
    if (peer === undefined && this.#pending >= PENDING_MAX) {
      link.close('busy')
      return undefined
    }
    this.#pending++
    const { mode, isInside } = this.#mesh
    const [key, session, environment] = [this.#key, this.#session, this.#environment]
    const result = await authenticateLink(link, { key, session, environment, mode, isInside })
    this.#pending--
    if (!result.ok) {
      if (result.reason === 'handshake-noise' && door !== undefined) this.#mesh.refused(door)
      return undefined
    }
    const { remote } = result.value
    if (peer !== undefined && peer !== remote.session) link.close('another-session')
    else if (!this.#mesh.isInside && !remote.isInside && this.#isCrowd(link)) link.close('strangers')
    else return result.value
    return undefined
  }

  #isCrowd({ kind }: Link): boolean {
    return kind !== 'tab' && this.#mesh.strangers >= STRANGER_LINKS_MAX
  }
}

import { concatBytes, toHex, utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { idToBytes, type DeviceId, type PersonId, type SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { createInitiator, createResponder, type NoiseHandshake } from '../crypto/noise-handshake.ts'
import { verify } from '../crypto/signature.ts'
import { SIGNATURE_BYTES } from '../feed/chain.ts'
import { SESSION_NONCE_BYTES, sessionIdOf } from '../feed/feed-id.ts'
import { DEVICE_CERTIFICATE_BYTES_MAX, verifyDeviceCertificate } from '../identity/device-certificate.ts'
import type { Mode } from '../discovery/limits.ts'
import type { Lane, Link } from '../transport/link.ts'
import type { Environment } from './environment.ts'
import { SESSION_LIFE_BYTES, type Session } from './session.ts'

/**
 * Who is at the other end of a link. Noise NNpsk0 proves that both sides hold the room's key and gives a hash that only
 * these two sides of this handshake share; each side then signs that hash with its device key, in messages that are
 * sealed to the other. A stranger without the key gets no answer at all.
 *
 *   initiator -> responder   noise message 1
 *   responder -> initiator   noise message 2
 *   initiator -> responder   sealed identity
 *   responder -> initiator   sealed identity
 *
 * The prologue binds the handshake to the link beneath it (DTLS fingerprints), so nobody can stand in between.
 */
export interface RemoteIdentity {
  readonly person: PersonId
  readonly device: DeviceId
  readonly session: SessionId
  /** The same for all links of one page: another one means that the page before it is gone. */
  readonly life: string
  /** What the other side says it is for the mesh. A claim: it may be linked to more often, and be trusted no more. */
  readonly mode: Mode
  /** Whether the other side says that it is a member. A claim, for whoever cannot know yet. */
  readonly isInside: boolean
}

export type HandshakeReason =
  | 'handshake-timeout'
  | 'handshake-noise'
  | 'handshake-identity'
  | 'handshake-self'
  | 'handshake-closed'

/** mesh.md: eight seconds cover a slow phone on a slow network; a stranger must not hold a place for longer. */
const TIMEOUT_MS = 8_000
/** What may arrive in all until the identity is checked: the dialogue, and what the other side says behind it. */
const EARLY_MESSAGES_MAX = 1_024
const EARLY_BYTES_MAX = 512 * 1024

/** As they are written in an identity; beside them a bit that says that the speaker is a member. */
const MODES: readonly Mode[] = ['normal', 'edge', 'super']
const INSIDE = 4

const PROLOGUE = utf8('parley link 1')
const IDENTITY = utf8('parley identity 1')

/** What this side says of itself. */
interface Own {
  readonly session: Session
  readonly mode?: Mode
  readonly isInside?: boolean
}

type LaneMessage = readonly [lane: Lane, message: Uint8Array]

export interface AuthenticatedLink {
  readonly remote: RemoteIdentity
  /** Hands the link over: first what arrived behind the handshake while nobody listened, then all that follows. */
  listen(onMessage: (lane: Lane, message: Uint8Array) => void): void
}

/** Messages of a link in order, for code that reads as a dialogue. */
class Inbox {
  readonly #early: LaneMessage[] = []
  readonly #control: Uint8Array[] = []
  #messages = 0
  #bytes = 0
  #isDialogueOver = false
  #waiting: ((message: Uint8Array | undefined) => void) | undefined

  constructor(link: Link) {
    link.onMessage = (lane, message) => {
      this.#messages++
      this.#bytes += message.length
      // Dropping one message would make nonsense of those behind it, so too many end the link.
      if (this.#messages > EARLY_MESSAGES_MAX || this.#bytes > EARLY_BYTES_MAX) link.close('handshake-flood')
      else if (lane === 'control') this.#arrive(message)
      else this.#early.push([lane, message])
    }
    link.onClose = () => {
      this.end()
    }
  }
  /** The next control message; undefined when the link closed or time is over. */
  next(): Promise<Uint8Array | undefined> {
    const message = this.#control.shift()
    if (message || this.#isDialogueOver) return Promise.resolve(message)
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }
  end(): void {
    this.#isDialogueOver = true
    this.#waiting?.(undefined)
  }
  get isEmpty(): boolean {
    return this.#early.length === 0 && this.#control.length === 0
  }
  /** Control messages behind the last one of the dialogue belong to whoever takes the link over. */
  handOver(link: Link, onMessage: (lane: Lane, message: Uint8Array) => void): void {
    link.onMessage = onMessage
    for (const message of this.#control.splice(0)) onMessage('control', message)
    for (const [lane, message] of this.#early.splice(0)) onMessage(lane, message)
  }
  #arrive(message: Uint8Array): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting) waiting(message)
    else this.#control.push(message)
  }
}

/** On a rejection the link is closed with the reason. On success nobody listens to the link yet. */
export async function authenticateLink(
  link: Link,
  options: { readonly key: Uint8Array; readonly environment: Environment } & Own,
): Promise<Result<AuthenticatedLink, HandshakeReason>> {
  const inbox = new Inbox(link)
  let isLate = false
  const cancel = options.environment.after(TIMEOUT_MS, () => {
    isLate = true
    inbox.end()
  })
  const result = await converse(link, inbox, options.key, options)
  cancel()
  if (result.ok)
    return accepted({
      remote: result.value,
      listen: (onMessage) => {
        inbox.handOver(link, onMessage)
      },
    })
  const reason = isLate ? 'handshake-timeout' : result.reason
  link.close(reason)
  return rejected(reason, result.detail)
}

async function converse(
  link: Link,
  inbox: Inbox,
  key: Uint8Array,
  own: Own,
): Promise<Result<RemoteIdentity, HandshakeReason>> {
  const noiseOptions = { psk: key, prologue: concatBytes(PROLOGUE, link.binding) }
  const noise = link.initiator ? createInitiator(noiseOptions) : createResponder(noiseOptions)
  const remote = await introduce(link, inbox, noise, own)
  return remote.ok && !protect(link, inbox, noise) ? rejected('handshake-noise', 'not sealed') : remote
}

/**
 * Where somebody on the way could read and write, all that follows is sealed by what was just agreed on. Nothing can have
 * come behind the dialogue then: the other side seals what it says there, and it waits in the link until now.
 */
function protect(link: Link, inbox: Inbox, noise: NoiseHandshake): boolean {
  if (!link.protect) return true
  if (!inbox.isEmpty) return false
  const { sending, receiving } = noise.transport
  link.protect({ seal: (plain) => sending.seal(plain), open: (sealed) => receiving.open(sealed) })
  return true
}

async function introduce(
  link: Link,
  inbox: Inbox,
  noise: NoiseHandshake,
  own: Own,
): Promise<Result<RemoteIdentity, HandshakeReason>> {
  const agreed = link.initiator ? await initiate(link, inbox, noise) : await respond(link, inbox, noise)
  if (!agreed.ok) return agreed
  if (link.initiator) {
    if (!link.send('control', await sealIdentity(noise, own, 'initiator'))) return rejected('handshake-closed')
    return readIdentity(await inbox.next(), noise, own.session, 'responder')
  }
  const remote = await readIdentity(await inbox.next(), noise, own.session, 'initiator')
  if (!remote.ok) return remote
  if (!link.send('control', await sealIdentity(noise, own, 'responder'))) return rejected('handshake-closed')
  return remote
}

async function initiate(link: Link, inbox: Inbox, noise: NoiseHandshake): Promise<Result<void, HandshakeReason>> {
  const first = await noise.writeMessage(new Uint8Array(0))
  if (!first.ok || !link.send('control', first.value)) return rejected('handshake-closed')
  const answer = await inbox.next()
  if (!answer) return rejected('handshake-closed')
  const read = await noise.readMessage(answer)
  return read.ok ? accepted(undefined) : rejected('handshake-noise', read.reason)
}

async function respond(link: Link, inbox: Inbox, noise: NoiseHandshake): Promise<Result<void, HandshakeReason>> {
  const first = await inbox.next()
  if (!first) return rejected('handshake-closed')
  const read = await noise.readMessage(first)
  if (!read.ok) return rejected('handshake-noise', read.reason)
  const second = await noise.writeMessage(new Uint8Array(0))
  if (!second.ok) return rejected('handshake-noise', second.reason)
  return link.send('control', second.value) ? accepted(undefined) : rejected('handshake-closed')
}

type Side = 'initiator' | 'responder'

/**
 * The side is signed too, so that an identity cannot be sent back to whom it came from; and the certificate, because
 * somebody else could have certified our device's key as theirs.
 */
const statementOf = (
  noise: NoiseHandshake,
  side: Side,
  { certificate, nonce, life }: Pick<Session, 'certificate' | 'nonce' | 'life'>,
  claims: number,
): Uint8Array => concatBytes(IDENTITY, utf8(side), certificate, nonce, life, Uint8Array.of(claims), noise.handshakeHash)

async function sealIdentity(
  noise: NoiseHandshake,
  { session, mode = 'normal', isInside = false }: Own,
  side: Side,
): Promise<Uint8Array> {
  const { certificate, nonce, life } = session
  const claims = MODES.indexOf(mode) | (isInside ? INSIDE : 0)
  const signature = await session.signer.sign(statementOf(noise, side, session, claims))
  const identity = new Writer().bytes(certificate).fixed(nonce).fixed(life).u8(claims).fixed(signature).finish()
  return noise.transport.sending.seal(identity)
}

async function readIdentity(
  sealed: Uint8Array | undefined,
  noise: NoiseHandshake,
  session: Session,
  side: Side,
): Promise<Result<RemoteIdentity, HandshakeReason>> {
  if (!sealed) return rejected('handshake-closed')
  const bytes = noise.transport.receiving.open(sealed)
  if (!bytes) return rejected('handshake-noise', 'not-opened')
  const identity = decode(bytes, (reader) => ({
    certificate: reader.bytes(DEVICE_CERTIFICATE_BYTES_MAX),
    nonce: reader.fixed(SESSION_NONCE_BYTES),
    life: reader.fixed(SESSION_LIFE_BYTES),
    claims: reader.u8(),
    signature: reader.fixed(SIGNATURE_BYTES),
  }))
  if (!identity.ok) return rejected('handshake-identity', identity.reason)
  const certificate = await verifyDeviceCertificate(identity.value.certificate)
  if (!certificate.ok) return rejected('handshake-identity', certificate.reason)
  const { person, device } = certificate.value
  const { nonce, life, claims, signature } = identity.value
  const mode = MODES[claims & ~INSIDE]
  if (mode === undefined) return rejected('handshake-identity', 'claims')
  if (!(await verify(signature, statementOf(noise, side, identity.value, claims), idToBytes(device))))
    return rejected('handshake-identity', 'signature')
  const remote = {
    person,
    device,
    session: sessionIdOf(device, nonce),
    life: toHex(life),
    mode,
    isInside: (claims & INSIDE) !== 0,
  }
  return remote.session === session.id ? rejected('handshake-self') : accepted(remote)
}

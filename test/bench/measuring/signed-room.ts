/** A large room with every signature real, made quickly: signed by the platform, and only where somebody checks. */
import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'
import { utf8 } from '../../../src/base/bytes.ts'
import { idFromBytes, idToBytes, type FeedId } from '../../../src/base/ids.ts'
import { assert } from '../../../src/base/assert.ts'
import { keyPairFromBytes } from '../../../src/crypto/key-agreement.ts'
import { signHead, type SignedEntry } from '../../../src/feed/chain.ts'
import { sessionIdOf } from '../../../src/feed/feed-id.ts'
import { decodeDeviceCertificate, type DeviceCertificate } from '../../../src/identity/device-certificate.ts'
import { foundRoom } from '../../../src/access/found-room.ts'
import type { ReceivedGenesis } from '../../../src/access/genesis.ts'
import { createJoinRequest, decodeJoinRequest, type JoinRequest } from '../../../src/access/join-request.ts'
import { OperationWriter, type WrittenOperation } from '../../../src/access/operation-writer.ts'
import { ROOT } from '../../../src/access/operation.ts'

export interface SignedLog {
  readonly log: FeedId
  readonly certificate: DeviceCertificate
  readonly entries: readonly SignedEntry[]
}

export interface SignedRoom {
  readonly genesis: ReceivedGenesis
  /** The founder's first, with everybody's admission in it. */
  readonly logs: readonly SignedLog[]
  readonly requests: readonly JoinRequest[]
}

/** The entries of a range as peers send them. */
export const RANGE_ENTRIES = 500

/** What stands before the seed in an Ed25519 private key (RFC 8410), and how much before the key in a public one. */
const PRIVATE_KEY_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const PUBLIC_KEY_PREFIX_BYTES = 12

const now = (): number => 1_700_000_000_000
const hashOf = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest())

class PlatformSigner {
  readonly publicKey: Uint8Array
  readonly #key: KeyObject

  constructor(name: string) {
    const der = Buffer.concat([PRIVATE_KEY_PREFIX, hashOf(name)])
    this.#key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    const spki = createPublicKey(this.#key).export({ format: 'der', type: 'spki' })
    this.publicKey = new Uint8Array(spki.subarray(PUBLIC_KEY_PREFIX_BYTES))
  }
  sign(message: Uint8Array): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(sign(null, message, this.#key)))
  }
}

interface Member {
  readonly person: PlatformSigner
  readonly device: PlatformSigner
  readonly certificate: DeviceCertificate
  readonly nonce: Uint8Array
}

const { publicKey: sealKey } = keyPairFromBytes(new Uint8Array(32).fill(1))

/** As `certifyDevice` does it, but for the checks of keys: they are remembered, and would be missing in the figures. */
async function memberOf(name: string): Promise<Member> {
  const person = new PlatformSigner(`person ${name}`)
  const device = new PlatformSigner(`device ${name}`)
  const statement = Buffer.concat([Uint8Array.of(2), person.publicKey, device.publicKey, sealKey, Uint8Array.of(0)])
  const signature = await person.sign(Buffer.concat([utf8('parley device certificate\0'), statement]))
  const certificate = decodeDeviceCertificate(new Uint8Array(Buffer.concat([statement, signature])))
  assert(certificate.ok, 'a certificate of ours decodes')
  return { person, device, certificate: certificate.value, nonce: hashOf(name).subarray(0, 16) }
}

/** A signature at the end, and on the way as often as ranges are sent. */
async function seal(
  { device, certificate }: Member,
  log: FeedId,
  operations: readonly WrittenOperation[],
): Promise<SignedLog> {
  const entries = operations.map(async (operation, i) => {
    const isSigned = i === operations.length - 1 || (i + 1) % RANGE_ENTRIES === 0
    return { bytes: operation.bytes, signature: isSigned ? await signHead(device, log, operation.head) : undefined }
  })
  return { log, certificate, entries: await Promise.all(entries) }
}

/** A room of `members` who came by one link, each with `operationsEach` operations, their grant among them. */
export async function signedRoom(name: string, members: number, operationsEach: number): Promise<SignedRoom> {
  const ada = await memberOf(`ada of ${name}`)
  const link = new PlatformSigner(`link of ${name}`)
  const { genesis, writer, operations, node, chat } = await foundRoom({
    founder: ada.person,
    certificate: ada.certificate,
    sessionNonce: ada.nonce,
    salt: hashOf(name),
    epoch: idFromBytes(hashOf('key')),
    boxes: [],
    chatSchemaVersion: 1,
    sealedName: hashOf('name'),
    now,
  })
  const terms = { usesMax: 0, expiresAtMs: 0, admitBy: 'inviter', approval: 'auto' } as const
  const invite = writer.append(node, {
    kind: 'invite',
    inviteKey: link.publicKey,
    role: 'writer',
    scope: '*',
    sealedLabel: hashOf('label'),
    ...terms,
  })
  const founders = [...operations, invite]
  const logs: SignedLog[] = []
  const requests: JoinRequest[] = []
  for (let i = 0; i < members; i++) {
    const member = await memberOf(`member ${i} of ${name}`)
    const { certificate, nonce, device } = member
    const sealedProfile = hashOf(`profile ${i}`)
    const asked = { room: genesis.room, invite: invite.hash, certificate, sealedProfile }
    const request = decodeJoinRequest(await createJoinRequest({ ...asked, deviceSigner: device, inviteSigner: link }))
    assert(request.ok, 'a request of ours decodes')
    requests.push(request.value)
    const via = { invite: invite.hash, consent: request.value.consent }
    const to = certificate.person
    const grant = { kind: 'grant', to, role: 'writer', scope: '*', maxGrant: undefined, over: [], via } as const
    const granted = writer.append(node, grant)
    founders.push(granted)
    const own = new OperationWriter(genesis.room, sessionIdOf(certificate.device, nonce), now)
    const written = [own.append(ROOT, { kind: 'session', certificate: certificate.bytes, nonce })]
    written.push(own.append(granted.hash, { kind: 'feed.open', document: idFromBytes(idToBytes(chat)) }))
    for (let counter = 1; written.length < operationsEach - 1; counter++)
      written.push(own.append(granted.hash, { kind: 'profile', counter, sealed: sealedProfile }))
    logs.push(await seal(member, own.log, written))
  }
  return { genesis, logs: [await seal(ada, writer.log, founders), ...logs], requests }
}

import { idFromBytes, type DeviceId, type PersonId } from '../base/ids.ts'
import { accepted, type Result } from '../base/result.ts'
import { createDeviceKey, createSeedDeviceKey, signerFromSeed, signerOf, type DeviceKey } from '../crypto/device-key.ts'
import { createKeyPair, isAgreementKeyPair, type AgreementKeyPair } from '../crypto/key-agreement.ts'
import {
  certifyByDevice,
  certifyDevice,
  mayCertify,
  verifyDeviceCertificate,
  type CertifiedKeys,
  type DeviceCertificate,
} from '../identity/device-certificate.ts'
import { createPerson, phraseOf, restorePerson, serialisePerson, type Person } from '../identity/person.ts'
import type { Change, Store, StoredValue, StoreFailure } from '../storage/store.ts'
import type { Author, PersonSigner } from './session.ts'

/** The person's entropy: on the first device, on one that was restored from the phrase, and nowhere else. */
const PERSON_KEY = 'me/person'
const DEVICE_KEY = 'me/device'
const SEAL_KEY = 'me/seal'
const CERTIFICATE_KEY = 'me/certificate'
const NAME_KEY = 'me/name'
const SERIAL_KEY = 'me/serial'
const ROOT_KEYS = 'me/root/'

const MINUTE_MS = 60_000

/** What a device makes for itself and never hands out. */
export interface DeviceKeys {
  readonly deviceKey: DeviceKey
  readonly sealKeyPair: AgreementKeyPair
}

export const createDeviceKeys = async (): Promise<DeviceKeys> => ({
  deviceKey: await createDeviceKey(),
  sealKeyPair: await createKeyPair(),
})

export const deviceIdOf = ({ deviceKey }: DeviceKeys): DeviceId => idFromBytes<DeviceId>(deviceKey.publicKey)

interface ProfileParts {
  readonly keys: DeviceKeys
  readonly certificate: DeviceCertificate
  readonly identity: Person | undefined
  readonly rootKeys: ReadonlyMap<PersonId, PersonSigner>
  readonly name: string
}

/**
 * Who I am on this device: the person, a device key that is certified as theirs, and the name I go by. Made silently at
 * the first start. The person's own key is here only if this is where the person was made or restored, and not after
 * it was written down and forgotten.
 */
export class Profile {
  readonly author: Author
  readonly certificate: DeviceCertificate
  readonly #store: Store
  readonly #rootKeys: Map<PersonId, PersonSigner>
  #identity: Person | undefined
  #name: string

  private constructor(store: Store, { keys, certificate, identity, rootKeys, name }: ProfileParts) {
    this.#store = store
    this.certificate = certificate
    this.#identity = identity
    this.#rootKeys = new Map(rootKeys)
    this.#name = name
    const identityKey = (): PersonSigner | undefined => this.#identity && ((message) => this.#signAsPerson(message))
    this.author = {
      person: certificate.person,
      device: certificate.device,
      certificate: certificate.bytes,
      signer: signerOf(keys.deviceKey),
      sealKeyPair: keys.sealKeyPair,
      get signAsPerson() {
        return identityKey()
      },
      rootSigner: (key) => (key === certificate.person ? identityKey() : undefined) ?? this.#rootKeys.get(key),
    }
  }

  /** What the store holds, or somebody new. `nowMs` is the time, in milliseconds since 1970. */
  static async open(store: Store, nowMs: number): Promise<Profile> {
    const identity = await readPerson(store)
    const keys = await readKeys(store)
    const certificate = await readCertificate(store)
    const isWhole = keys && certificate?.device === deviceIdOf(keys)
    const isOwn = identity === undefined || certificate?.person === identity.id
    if (!isWhole || !isOwn) return Profile.#create(store, identity ?? createPerson(), nowMs)
    const name = await store.get(NAME_KEY)
    const rootKeys = await readRootKeys(store)
    return new Profile(store, {
      keys,
      certificate,
      identity,
      rootKeys,
      name: typeof name === 'string' ? name : '',
    })
  }

  /** A device of `person`, certified by the person's own key, in place of what the store held. */
  static async restore(store: Store, person: Person, nowMs: number): Promise<Result<Profile, StoreFailure>> {
    const keys = await createDeviceKeys()
    const certificate = await firstCertificate(person, keys, nowMs)
    const changes = [...changesOf(keys, certificate), personChange(person)]
    const stored = await store.write(changes, { durable: true })
    if (!stored.ok) return stored
    return accepted(await Profile.open(store, nowMs))
  }

  /** A device of somebody whose other device has certified it. The person's own key is not here. */
  static async adopt(
    store: Store,
    { keys, certificate, name }: { keys: DeviceKeys; certificate: DeviceCertificate; name: string },
    others: readonly Change[],
    nowMs: number,
  ): Promise<Result<Profile, StoreFailure>> {
    const changes: Change[] = [
      ...changesOf(keys, certificate.bytes),
      { kind: 'delete', key: PERSON_KEY },
      { kind: 'put', key: NAME_KEY, value: name },
      ...others,
    ]
    const stored = await store.write(changes, { durable: true })
    if (!stored.ok) return stored
    return accepted(await Profile.open(store, nowMs))
  }

  static async #create(store: Store, person: Person, nowMs: number): Promise<Profile> {
    const keys = await createDeviceKeys()
    const certificate = await verifyDeviceCertificate(await firstCertificate(person, keys, nowMs))
    if (!certificate.ok) throw new Error('a certificate of our own making is good')
    const changes = [...changesOf(keys, certificate.value.bytes), personChange(person)]
    await store.write(changes, { durable: true })
    const name = await store.get(NAME_KEY)
    const parts = { keys, certificate: certificate.value, identity: person, rootKeys: new Map() }
    return new Profile(store, { ...parts, name: typeof name === 'string' ? name : '' })
  }

  get person(): PersonId {
    return this.certificate.person
  }
  get name(): string {
    return this.#name
  }
  async setName(name: string): Promise<void> {
    this.#name = name
    await this.#store.write([{ kind: 'put', key: NAME_KEY, value: name }], { durable: false })
  }

  /** Whether the person's own key is on this device, and with it the recovery phrase. */
  get holdsPhrase(): boolean {
    return this.#identity !== undefined
  }
  /** The 24 words, or undefined where the person's own key is not. */
  async phrase(): Promise<string | undefined> {
    return this.#identity && phraseOf(this.#identity)
  }
  /** Removes the person's own key from this device; from then on only the words bring it back. */
  async forgetPhrase(): Promise<Result<void, StoreFailure>> {
    const stored = await this.#store.write([{ kind: 'delete', key: PERSON_KEY }], { durable: true })
    if (stored.ok) this.#identity = undefined
    return stored
  }

  /** Whether another device can be added from here: too long a path from the person's own key cannot be extended. */
  get mayCertify(): boolean {
    return this.#identity !== undefined || mayCertify(this.certificate)
  }

  /** Certifies another device of mine: by the person's own key if it is here, else by this device's. */
  async certify(keys: Omit<CertifiedKeys, 'serial'>, nowMs: number): Promise<Uint8Array> {
    const last = await this.#store.get(SERIAL_KEY)
    const serial = Math.max(serialAt(nowMs), typeof last === 'number' ? last + 1 : 0, this.certificate.serial + 1)
    await this.#store.write([{ kind: 'put', key: SERIAL_KEY, value: serial }], { durable: true })
    if (this.#identity) return certifyDevice(this.#identity, { ...keys, serial })
    const { certificate: issuerCertificate, author } = this
    return certifyByDevice({ issuerCertificate, signer: author.signer, ...keys, serial })
  }

  /**
   * The root key for a room that is founded here: the person's own or, where that is not, a key made for this room
   * alone, which is kept here until the person's own takes its place.
   */
  async rootKeyForNewRoom(): Promise<{ readonly key: PersonId; readonly sign: PersonSigner }> {
    const identity = this.author.signAsPerson
    if (identity) return { key: this.person, sign: identity }
    const { seed, publicKey } = createSeedDeviceKey()
    const key = idFromBytes<PersonId>(publicKey)
    const sign: PersonSigner = (message) => signerFromSeed(seed).sign(message)
    await this.#store.write([{ kind: 'put', key: ROOT_KEYS + key, value: seed }], { durable: true })
    this.#rootKeys.set(key, sign)
    return { key, sign }
  }

  /** After the person's own key, or somebody else's, has taken the place of a room's. */
  async forgetRootKey(key: PersonId): Promise<void> {
    if (!this.#rootKeys.delete(key)) return
    await this.#store.write([{ kind: 'delete', key: ROOT_KEYS + key }], { durable: false })
  }

  /** Whether the store still holds this profile: another tab may have become somebody else. */
  async isCurrent(): Promise<boolean> {
    const stored = await readCertificate(this.#store)
    return stored === undefined || stored.device === this.certificate.device
  }

  async #signAsPerson(message: Uint8Array): Promise<Uint8Array> {
    if (!this.#identity) throw new Error('the person’s own key has been removed from this device')
    return this.#identity.sign(message)
  }
}

/**
 * Serials are the minutes since 1970 at which an issuer certified, so that issuers which do not know of each other's
 * devices number them sensibly too. No rule takes them for a time.
 */
const serialAt = (nowMs: number): number => Math.max(0, Math.floor(nowMs / MINUTE_MS))

const firstCertificate = (person: Person, keys: DeviceKeys, nowMs: number): Promise<Uint8Array> =>
  certifyDevice(person, {
    device: deviceIdOf(keys),
    sealKey: keys.sealKeyPair.publicKey,
    serial: serialAt(nowMs),
  })

const personChange = (person: Person): Change => ({ kind: 'put', key: PERSON_KEY, value: serialisePerson(person) })

const changesOf = ({ deviceKey, sealKeyPair }: DeviceKeys, certificate: Uint8Array): Change[] => [
  { kind: 'put', key: DEVICE_KEY, value: deviceKey as unknown as StoredValue },
  { kind: 'put', key: SEAL_KEY, value: { ...sealKeyPair } },
  { kind: 'put', key: CERTIFICATE_KEY, value: certificate },
]

async function readPerson(store: Store): Promise<Person | undefined> {
  const stored = await store.get(PERSON_KEY)
  const restored = stored instanceof Uint8Array ? restorePerson(stored) : undefined
  return restored?.ok === true ? restored.value : undefined
}

async function readKeys(store: Store): Promise<DeviceKeys | undefined> {
  const deviceKey = await store.get(DEVICE_KEY)
  const sealKeyPair: unknown = await store.get(SEAL_KEY)
  return isDeviceKey(deviceKey) && isAgreementKeyPair(sealKeyPair) ? { deviceKey, sealKeyPair } : undefined
}

async function readCertificate(store: Store): Promise<DeviceCertificate | undefined> {
  const bytes = await store.get(CERTIFICATE_KEY)
  const certificate = bytes instanceof Uint8Array ? await verifyDeviceCertificate(bytes) : undefined
  return certificate?.ok === true ? certificate.value : undefined
}

async function readRootKeys(store: Store): Promise<ReadonlyMap<PersonId, PersonSigner>> {
  const keys = new Map<PersonId, PersonSigner>()
  for (const [name, seed] of await store.range({ from: ROOT_KEYS, to: `${ROOT_KEYS}~` })) {
    if (!(seed instanceof Uint8Array)) continue
    keys.set(name.slice(ROOT_KEYS.length) as PersonId, (message) => signerFromSeed(seed).sign(message))
  }
  return keys
}

const isDeviceKey = (value: unknown): value is DeviceKey =>
  typeof value === 'object' && value !== null && 'publicKey' in value && ('keys' in value || 'seed' in value)

import { idFromBytes, type DeviceId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { Person } from '../identity/person.ts'
import { createPerson, personFromPhrase, phraseOf, restorePerson, serialisePerson } from '../identity/person.ts'
import { certifyDevice } from '../identity/device-certificate.ts'
import { createDeviceKey, signerOf, type DeviceKey } from '../crypto/device-key.ts'
import type { Store, StoredValue } from '../storage/store.ts'
import type { Author } from './session.ts'

const PERSON_KEY = 'me/person'
const DEVICE_KEY = 'me/device'
const CERTIFICATE_KEY = 'me/certificate'
const NAME_KEY = 'me/name'

/**
 * Who I am on this device: the person, a device key that the person has certified, and the name I go by. Made silently
 * at the first start.
 */
export class Profile {
  readonly person: Person
  readonly author: Author
  readonly #store: Store
  #name: string

  private constructor(store: Store, person: Person, author: Author, name: string) {
    this.#store = store
    this.person = person
    this.author = author
    this.#name = name
  }

  static async open(store: Store): Promise<Profile> {
    const person = await openPerson(store)
    const { deviceKey, certificate } = await openDevice(store, person)
    const name = await store.get(NAME_KEY)
    const author = {
      person: person.id,
      certificate,
      signer: signerOf(deviceKey),
      device: idFromBytes<DeviceId>(deviceKey.publicKey),
    }
    return new Profile(store, person, author, typeof name === 'string' ? name : '')
  }

  get name(): string {
    return this.#name
  }
  async setName(name: string): Promise<void> {
    this.#name = name
    await this.#store.write([{ kind: 'put', key: NAME_KEY, value: name }], { durable: false })
  }
  phrase(): Promise<string> {
    return phraseOf(this.person)
  }
}

/** Makes the person of a phrase the person of an empty store. Rooms that were joined as somebody else stay theirs. */
export async function restoreProfile(
  store: Store,
  phrase: string,
): Promise<Result<void, 'word-count' | 'unknown-word' | 'checksum' | 'in-use'>> {
  if ((await store.get(PERSON_KEY)) !== undefined) return rejected('in-use')
  const person = await personFromPhrase(phrase)
  if (!person.ok) return person
  await store.write([{ kind: 'put', key: PERSON_KEY, value: serialisePerson(person.value) }], { durable: true })
  return accepted(undefined)
}

async function openPerson(store: Store): Promise<Person> {
  const stored = await store.get(PERSON_KEY)
  const restored = stored instanceof Uint8Array ? restorePerson(stored) : undefined
  if (restored?.ok) return restored.value
  const person = createPerson()
  await store.write([{ kind: 'put', key: PERSON_KEY, value: serialisePerson(person) }], { durable: true })
  return person
}

async function openDevice(store: Store, person: Person): Promise<{ deviceKey: DeviceKey; certificate: Uint8Array }> {
  const storedKey = await store.get(DEVICE_KEY)
  const storedCertificate = await store.get(CERTIFICATE_KEY)
  if (isDeviceKey(storedKey) && storedCertificate instanceof Uint8Array)
    return { deviceKey: storedKey, certificate: storedCertificate }
  const deviceKey = await createDeviceKey()
  const certificate = await certifyDevice(person, deviceKey.publicKey)
  const changes = [
    { kind: 'put', key: DEVICE_KEY, value: deviceKey as unknown as StoredValue },
    { kind: 'put', key: CERTIFICATE_KEY, value: certificate },
  ] as const
  await store.write(changes, { durable: true })
  return { deviceKey, certificate }
}

const isDeviceKey = (value: unknown): value is DeviceKey =>
  typeof value === 'object' && value !== null && 'publicKey' in value && ('keys' in value || 'seed' in value)

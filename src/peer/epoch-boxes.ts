import { utf8 } from '../base/bytes.ts'
import { Writer } from '../base/codec.ts'
import type { DeviceId, EpochId } from '../base/ids.ts'
import type { KeyBox } from '../access/operation.ts'
import { openWithNonce, sealWithRandomNonce } from '../crypto/body-cipher.ts'
import { hkdfSha256 } from '../crypto/hash.ts'
import { openSealed, sealTo } from '../crypto/hpke.ts'
import type { AgreementKeyPair } from '../crypto/key-agreement.ts'
import type { Environment } from './environment.ts'
import { EPOCH_KEY_BYTES, epochIdOf } from './key-ring.ts'

const BOX = utf8('parley key box 1')
const WRAP = utf8('parley key wrap 1')

/** Boxes sealed side by side: the platform's own threads do the curve arithmetic. */
const WINDOW_BOXES = 8
/** After this long the page gets a turn: half a frame, so that nobody sees the work. */
const SLICE_MS = 8

export interface Recipient {
  readonly device: DeviceId
  /** X25519, from the device's certificate. */
  readonly sealKey: Uint8Array
}

const boxData = (epoch: EpochId, device: DeviceId): Uint8Array => new Writer().id(epoch).id(device).finish()

/** Seals an epoch's key for each of the devices, in slices between which the page can do something else. */
export async function sealBoxes(
  key: Uint8Array,
  recipients: readonly Recipient[],
  environment: Pick<Environment, 'now' | 'after'>,
): Promise<readonly KeyBox[]> {
  const epoch = epochIdOf(key)
  const boxes: KeyBox[] = []
  let sliceStartMs = environment.now()
  for (let i = 0; i < recipients.length; i += WINDOW_BOXES) {
    const window = recipients.slice(i, i + WINDOW_BOXES)
    boxes.push(...(await Promise.all(window.map((recipient) => sealBox(key, epoch, recipient)))))
    if (environment.now() - sliceStartMs < SLICE_MS) continue
    await new Promise<void>((resolve) => {
      environment.after(0, resolve)
    })
    sliceStartMs = environment.now()
  }
  return boxes
}

async function sealBox(key: Uint8Array, epoch: EpochId, { device, sealKey }: Recipient): Promise<KeyBox> {
  return { device, ...(await sealTo(sealKey, BOX, key, boxData(epoch, device))) }
}

/**
 * The key in a box for this device, or undefined for a bad box: one that does not open, or holds another key than the
 * epoch's. Which room it is for is said by the epoch's id: keys are random.
 */
export async function openBox(
  pair: AgreementKeyPair,
  epoch: EpochId,
  { device, encapsulated, sealed }: KeyBox,
): Promise<Uint8Array | undefined> {
  const key = await openSealed(pair, { encapsulated, sealed }, BOX, boxData(epoch, device))
  return key && isKeyOf(epoch, key) ? key : undefined
}

const isKeyOf = (epoch: EpochId, key: Uint8Array): boolean => key.length === EPOCH_KEY_BYTES && epochIdOf(key) === epoch

const wrapKey = (key: Uint8Array): Uint8Array => hkdfSha256(key, WRAP, 32)

const wrapData = (key: Uint8Array, previous: EpochId): Uint8Array =>
  new Writer().id(epochIdOf(key)).id(previous).finish()

/** The key of the epoch before, for whoever holds `key`. */
export const wrapPrevious = (key: Uint8Array, previousKey: Uint8Array): Uint8Array =>
  sealWithRandomNonce(wrapKey(key), previousKey, wrapData(key, epochIdOf(previousKey)))

/** Undefined unless what is wrapped is the key of `previous`. */
export function unwrapPrevious(key: Uint8Array, previous: EpochId, wrapped: Uint8Array): Uint8Array | undefined {
  const unwrapped = openWithNonce(wrapKey(key), wrapped, wrapData(key, previous))
  return unwrapped && isKeyOf(previous, unwrapped) ? unwrapped : undefined
}

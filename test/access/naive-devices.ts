/** Which devices of a person stand, said as directly as possible: the naive half of the layer below the roles. */
import { consentIn, keepsOperation, type NaiveOperation, type Present } from './naive-operation.ts'

type Path = readonly (readonly [serial: number, device: string])[]

const comparePaths = (a: Path, b: Path): number => {
  if (a.length !== b.length) return a.length - b.length
  for (const [i, [serial, device]] of a.entries()) {
    const [otherSerial = 0, otherDevice = ''] = b[i] ?? []
    if (serial !== otherSerial) return serial - otherSerial
    if (device !== otherDevice) return device < otherDevice ? -1 : 1
  }
  return 0
}

export interface NaiveDevice {
  readonly person: string
  readonly device: string
  readonly path: Path
}

/** Every device that a session, a consent or an issuer's certificate shows, with its most senior certificate; eldest first. */
function devicesIn(operations: readonly NaiveOperation[]): NaiveDevice[] {
  const best = new Map<string, NaiveDevice>()
  const shown = new Set(operations.flatMap((operation) => [operation.certificate, consentIn(operation) ?? []].flat()))
  for (const certificate of shown) {
    const chain = [certificate, ...certificate.chain].toReversed()
    const path = chain.map(({ serial, device }) => [serial, device as string] as const)
    for (const [i, { person, device }] of chain.entries()) {
      const found = { person, device, path: path.slice(0, i + 1) }
      const known = best.get(`${person} ${device}`)
      if (!known || comparePaths(found.path, known.path) < 0) best.set(`${person} ${device}`, found)
    }
  }
  return [...best.values()].toSorted((a, b) => comparePaths(a.path, b.path))
}

export interface NaiveDevices {
  readonly devices: readonly NaiveDevice[]
  readonly effective: ReadonlySet<string>
  isStanding(person: string, device: string): boolean
  /** The revocations that hit the device of this operation's session. */
  limits(operation: NaiveOperation): readonly NaiveOperation[]
}

const isHit = (revocation: NaiveOperation, { person, path }: NaiveDevice): boolean => {
  const { body } = revocation
  if (body?.kind !== 'device.revoke' || revocation.person !== person) return false
  const at = path.findIndex(([, device]) => device === body.device)
  return at >= 0 && !path.slice(at + 1).some(([, device]) => body.keep.some((kept) => kept === device))
}

const pinsOf = ({ body }: NaiveOperation) => (body?.kind === 'device.revoke' ? body.pins : [])
const targetOf = ({ body }: NaiveOperation): string | undefined =>
  body?.kind === 'device.revoke' ? body.device : undefined

export function naiveDevices(operations: readonly NaiveOperation[], present: Present, root: string): NaiveDevices {
  const devices = devicesIn(operations)
  const revocations = operations.filter(
    ({ body, genuine, node }) => body?.kind === 'device.revoke' && genuine && node === root,
  )
  const isByIdentity = ({ body }: NaiveOperation): boolean =>
    body?.kind === 'device.revoke' && body.identitySignature.length > 0
  const effective = revocations.filter(isByIdentity)
  const isInside = (operation: NaiveOperation, limits: readonly NaiveOperation[]): boolean =>
    limits.every((limit) => keepsOperation(present, pinsOf(limit), operation))
  for (const author of devices) {
    const limits = effective.filter((revocation) => isHit(revocation, author))
    const own = revocations.filter(
      (revocation) =>
        revocation.person === author.person &&
        revocation.device === author.device &&
        !isByIdentity(revocation) &&
        isInside(revocation, limits),
    )
    const ofItself = own.filter((revocation) => targetOf(revocation) === author.device)
    const ofOthers = own.filter((revocation) => {
      const target = devices.find(({ person, device }) => person === author.person && device === targetOf(revocation))
      return target && comparePaths(author.path, target.path) < 0 && isInside(revocation, ofItself)
    })
    effective.push(...ofItself, ...ofOthers)
  }
  const limitsOfDevice = (person: string, device: string): NaiveOperation[] => {
    const found = devices.find((known) => known.person === person && known.device === device)
    return found ? effective.filter((revocation) => isHit(revocation, found)) : []
  }
  return {
    devices,
    effective: new Set(effective.map(({ hash }) => hash)),
    isStanding: (person, device) => limitsOfDevice(person, device).length === 0,
    limits: ({ person, device }) => limitsOfDevice(person, device),
  }
}

/**
 * What it costs a newcomer to a large room to believe its access logs: 10,000 members who came by one link, 100,000
 * operations, every signature real. One signature of a log is checked and hashes carry the rest. Beside that stand each
 * member's certificate, and the two signatures of their request, which lie in the grant; and before any signature by a
 * key that is new, whether the key is one that may sign at all.
 */
import { idToBytes } from '../../src/base/ids.ts'
import { rememberKeys } from '../../src/crypto/signature.ts'
import { emptyChain, extendChain, verifyRange, type ChainHead } from '../../src/feed/chain.ts'
import { verifyDeviceCertificate } from '../../src/identity/device-certificate.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { verifyConsent } from '../../src/access/join-request.ts'
import { decodeOperation } from '../../src/access/operation-codec.ts'
import { verifyLogRange, verifyLogRanges } from '../../src/access/verify-log.ts'
import { printTable, verdict } from './measuring/figures.ts'
import { RANGE_ENTRIES, signedRoom, type SignedLog, type SignedRoom } from './measuring/signed-room.ts'

const MEMBERS = 10_000
const OPERATIONS_EACH = 10
/** For the signatures of the logs' heads, with the check of the keys that made them. */
const GOAL_MS = 3000

interface Time {
  readonly wallMs: number
  /** On all cores together: what does not depend on who else is at work. */
  readonly processorMs: number
}

async function timed(work: () => unknown): Promise<Time> {
  const start = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { wallMs: performance.now() - start, processorMs: (user + system) / 1000 }
}

const sum = (times: readonly (Time | undefined)[]): Time => ({
  wallMs: times.reduce((total, time) => total + (time?.wallMs ?? 0), 0),
  processorMs: times.reduce((total, time) => total + (time?.processorMs ?? 0), 0),
})

const headOf = ({ log, certificate, entries }: SignedLog): ReturnType<typeof verifyRange> =>
  verifyRange(log, certificate.device, emptyChain(log), entries)

async function partsOf(room: SignedRoom): Promise<readonly (readonly [string, Time])[]> {
  const { genesis, logs, requests } = room
  const devices = requests.map(({ certificate }) => idToBytes(certificate.device))
  const people = requests.map(({ certificate }) => idToBytes(certificate.person))
  return [
    ['keys of devices', await timed(() => rememberKeys(devices))],
    ['head signatures, hashes', await timed(() => Promise.all(logs.map(headOf)))],
    [
      '  hashes alone',
      await timed(() =>
        logs.map(({ log, entries }) => entries.reduce((at, { bytes }) => extendChain(at, bytes), emptyChain(log))),
      ),
    ],
    ['keys of people', await timed(() => rememberKeys(people))],
    [
      'certificates',
      await timed(() => Promise.all(requests.map((request) => verifyDeviceCertificate(request.consent.certificate)))),
    ],
    [
      'requests in grants',
      await timed(() =>
        Promise.all(
          requests.map(({ invite, certificate, consent }) =>
            verifyConsent(genesis.room, invite, certificate.person, consent),
          ),
        ),
      ),
    ],
    [
      'decoding',
      await timed(() => logs.map(({ entries }) => entries.map(({ bytes }, seq) => decodeOperation(bytes, seq)))),
    ],
  ]
}

// The parts on a room of their own, since what is checked once is remembered.
const parts = await partsOf(await signedRoom('the parts', MEMBERS, OPERATIONS_EACH))
const room = await signedRoom('all of them', MEMBERS, OPERATIONS_EACH)
const access = new AccessLog({ genesis: room.genesis })
let held = 0
const [founders, ...others] = room.logs
if (!founders) throw new Error('an empty room')
const offers = others.map(({ log, entries }) => ({ log, entries, binding: undefined, start: emptyChain(log) }))

function take(outcome: Awaited<ReturnType<typeof verifyLogRange>>): ChainHead {
  if (!outcome.ok) throw new Error(`refused: ${outcome.reason}`)
  const added = access.add(outcome.value)
  if (!added.ok) throw new Error(`not added: ${added.reason}`)
  return outcome.value.range.head
}

/** Range by range, as it comes. */
async function takeFounders({ log, entries }: SignedLog): Promise<void> {
  let start = emptyChain(log)
  while (start.length < entries.length) {
    const range = entries.slice(start.length, start.length + RANGE_ENTRIES)
    const binding = access.binding(log)
    start = take(await verifyLogRange({ genesis: room.genesis, log, binding, start, entries: range }))
  }
}

const admissions = await timed(() => takeFounders(founders))
const members = await timed(async () => {
  for (const outcome of await verifyLogRanges(room.genesis, offers)) take(outcome)
})
const evaluating = await timed(() => {
  held = access.evaluate().members().length
})
if (held !== MEMBERS + 1) throw new Error(`${held} members`)
// The first two parts: the keys that signed the heads, and the heads.
const heads = sum([parts[0]?.[1], parts[1]?.[1]])
const row = (name: string, { wallMs, processorMs }: Time, goal = ''): string[] => [
  name,
  wallMs.toFixed(0),
  processorMs.toFixed(0),
  goal,
]

printTable(
  `Cold join of a room of ${MEMBERS} members and ${access.size} operations, in Node`,
  ['work', 'ms', 'ms on processors', 'goal'],
  [
    row('heads of logs, with the keys that signed', heads, `<= ${GOAL_MS} ms ${verdict(heads.wallMs <= GOAL_MS)}`),
    row('everything checked, decoded and taken in', sum([admissions, members])),
    row('  founder’s log: certificates and requests of all', admissions),
    row('  all other logs', members),
    row('evaluated', evaluating),
    ...parts.map(([name, time]) => row(`  ${name}`, time)),
  ],
)

import { EXE, PDF, PNG } from '../../trust/corpus/bytes.ts'
import { atMost, told, type Outcome, type Row, type Scenario, type ScenarioOptions } from '../scenario.ts'
import { runSpread, type MaliciousFile, type Sender, type Spread } from '../spread.ts'

const MEGABYTE = 1024 ** 2

export const PROGRAM: MaliciousFile = { name: 'invoice.exe', bytes: EXE, sizeBytes: 2 * MEGABYTE }
export const DOCUMENT: MaliciousFile = { name: 'plan.pdf', bytes: PDF, sizeBytes: 2 * MEGABYTE }
export const PICTURE: MaliciousFile = { name: 'boat.png', bytes: PNG, sizeBytes: MEGABYTE, pixels: 4_000_000 }

/** Of a hundred people to whom a file is one tap away, so many tap: bold ones, and curious ones. */
const TAPS = [0.1, 0.3] as const

const FROM: Readonly<Record<Sender, string>> = {
  unknown: 'an unknown account',
  introduced: 'a new account among the invited',
  hijacked: "a member's stolen account",
  blocked: 'a blocked account',
}

const CASES: readonly (readonly [MaliciousFile, string, Sender])[] = [
  [PROGRAM, 'a program', 'unknown'],
  [PICTURE, 'a picture', 'unknown'],
  [DOCUMENT, 'a document', 'unknown'],
  [PROGRAM, 'a program', 'introduced'],
  [PICTURE, 'a picture', 'introduced'],
  [DOCUMENT, 'a document', 'introduced'],
  [PROGRAM, 'a program', 'hijacked'],
  [PICTURE, 'a picture', 'hijacked'],
  [DOCUMENT, 'a document', 'hijacked'],
]

/** Programs of strangers go nowhere, and neither do their pictures: whatever people tap. */
const isKept = (sender: Sender, what: string): boolean =>
  sender !== 'hijacked' && (what === 'a program' || (what === 'a picture' && sender === 'unknown'))

function rowsOf({ nodes, seed }: ScenarioOptions): { rows: Row[]; runs: Spread[] } {
  const rows: Row[] = []
  const runs: Spread[] = []
  for (const [malicious, what, sender] of CASES) {
    const seeding = runSpread({ nodes, seed, sender, file: malicious, taps: 0, isSeedingAll: true })
    for (const taps of TAPS) {
      const run = runSpread({ nodes, seed, sender, file: malicious, taps })
      runs.push(run)
      const metric = `${what} from ${FROM[sender]}, ${taps * 100} % tap: devices that hold it`
      const anchor = `seeds what it sees ${seeding.holders}`
      rows.push(
        isKept(sender, what) ? atMost({ metric, anchor }, 0, run.holders) : told({ metric, anchor }, run.holders),
      )
      if (run.holders > 0)
        rows.push(
          told(
            { metric: '  without anybody asking; passing it on; warning others' },
            `${run.unasked}; ${run.servers}; ${run.warners}`,
          ),
        )
    }
  }
  return { rows, runs }
}

export function runSpreads(options: ScenarioOptions): Outcome {
  const { rows, runs } = rowsOf(options)
  const [last] = runs.slice(-1)
  if (!last) throw new RangeError('there are cases')
  const events = runs.reduce((sum, { trace }) => sum + trace.events, 0)
  return { rows, broken: runs.flatMap(({ broken }) => broken), world: { events, trace: last.trace } }
}

export const spread: Scenario<Outcome> = {
  name: 'spread',
  purpose: 'a malicious file in a room, one hour; files travel whole, people act by stated odds',
  nodes: 1_000,
  run: runSpreads,
}

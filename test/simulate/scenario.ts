/** What a scenario is and what comes of it: rows for the table, and invariants that did not hold. */
import type { World } from './world.ts'

export interface Row {
  readonly metric: string
  /** What others reach at the same, with its source in a word. */
  readonly anchor: string
  readonly target: string
  readonly measured: string
  /** Undefined where there is nothing to reach. */
  readonly isMet: boolean | undefined
}

export interface Outcome {
  readonly rows: readonly Row[]
  /** Invariants that do not hold, in words. None in a good run. */
  readonly broken: readonly string[]
  /** What it was run in, or as much of it as tells one run from another. */
  readonly world: Pick<World, 'events' | 'trace'>
}

/** Of a scenario that is played on the mesh. */
export interface MeshOutcome extends Outcome {
  readonly world: World
}

export interface ScenarioOptions {
  readonly nodes: number
  readonly seed: number
}

export interface Scenario<Result extends Outcome = MeshOutcome> {
  readonly name: string
  readonly purpose: string
  /** How many nodes unless the caller says otherwise. */
  readonly nodes: number
  readonly run: (options: ScenarioOptions) => Result
}

const round = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2).replace(/\.?0+$/, '')

interface Bound {
  readonly metric: string
  readonly anchor?: string
  readonly unit?: string
}

/** A figure that should not exceed `target`. */
export function atMost({ metric, anchor = '', unit = '' }: Bound, target: number, measured: number): Row {
  const text = `${round(measured)}${unit}`
  return { metric, anchor, target: `≤ ${round(target)}${unit}`, measured: text, isMet: measured <= target }
}
/** A figure that should reach `target`. */
export function atLeast({ metric, anchor = '', unit = '' }: Bound, target: number, measured: number): Row {
  const text = `${round(measured)}${unit}`
  return { metric, anchor, target: `≥ ${round(target)}${unit}`, measured: text, isMet: measured >= target }
}
/** A figure that is only told. */
export function told({ metric, anchor = '', unit = '' }: Bound, measured: number | string): Row {
  const text = typeof measured === 'string' ? measured : `${round(measured)}${unit}`
  return { metric, anchor, target: '', measured: text, isMet: undefined }
}

/**
 * Where nodes are and how they are connected to the rest of the world: distance, access line, bandwidth, and what kind
 * of NAT they sit behind. Numbers are round figures of home and mobile lines; one that a result hangs on is a parameter.
 */
import type { SeededRandom } from './seeded-random.ts'

/** Whether two nodes behind these can find a path for UDP, without anybody in between. */
export type NatClass = 'open' | 'cone' | 'restricted' | 'symmetric' | 'blocked'

const NAT_CLASSES: readonly NatClass[] = ['open', 'cone', 'restricted', 'symmetric', 'blocked']
/**
 * Gives 16 % of pairs that cannot connect; measurements of real browsers say 15 to 25 %. Nodes without UDP need a
 * server to speak to and are left out where there is none.
 */
const NAT_SHARES: readonly number[] = [0.11, 0.43, 0.23, 0.23, 0]
/** Uplinks in bits per second: weak mobile, ADSL, VDSL or cable, fibre. */
const UPLINK_BITS: readonly number[] = [1e6, 5e6, 20e6, 100e6]
const UPLINK_SHARES: readonly number[] = [0.1, 0.3, 0.4, 0.2]
/** Lines are faster down than up, and none here is slower than 10 Mbit/s. */
const DOWNLINK_FACTOR = 5
const DOWNLINK_BITS_MIN = 10e6
/** One way across the map, of which a mean pair of nodes is half apart. */
const ACROSS_MS = 70
const ACCESS_MS_MIN = 3
const ACCESS_MS_MAX = 16
/** Nothing is nearer than this: two home lines of one town. */
const ONE_WAY_MS_MIN = 10

export interface Site {
  readonly x: number
  readonly y: number
  readonly accessMs: number
  readonly nat: NatClass
  readonly upBytesPerMs: number
  readonly downBytesPerMs: number
}

export function randomSite(random: SeededRandom): Site {
  const upBits = UPLINK_BITS[random.share(UPLINK_SHARES)] ?? 5e6
  return {
    x: random.next(),
    y: random.next(),
    accessMs: random.between(ACCESS_MS_MIN, ACCESS_MS_MAX),
    nat: NAT_CLASSES[random.share(NAT_SHARES)] ?? 'cone',
    upBytesPerMs: upBits / 8000,
    downBytesPerMs: Math.max(DOWNLINK_BITS_MIN, upBits * DOWNLINK_FACTOR) / 8000,
  }
}

/** Mean 55 ms, from 10 to 130. */
export function oneWayMs(a: Site, b: Site): number {
  const distance = Math.hypot(a.x - b.x, a.y - b.y)
  return Math.max(ONE_WAY_MS_MIN, a.accessMs + b.accessMs + distance * ACROSS_MS)
}

export function canConnect(a: NatClass, b: NatClass): boolean {
  if (a === 'blocked' || b === 'blocked') return false
  if (a === 'symmetric') return b === 'open' || b === 'cone'
  if (b === 'symmetric') return a === 'open' || a === 'cone'
  return true
}

/** The part of all pairs that cannot connect, for the table. */
export function unreachableShare(sites: readonly Site[], random: SeededRandom, samples = 20_000): number {
  let failed = 0
  for (let i = 0; i < samples; i++) {
    const [a, b] = [sites[random.below(sites.length)], sites[random.below(sites.length)]]
    if (a && b && !canConnect(a.nat, b.nat)) failed++
  }
  return failed / samples
}

import type { NetworkLink, NetworkReach, PersonSummary } from '../../src/index.ts'

/** Where things of the picture stand, in pixels from its upper left corner. */
export interface PictureLayout {
  readonly width: number
  readonly height: number
  readonly me: Spot
  readonly links: readonly (Spot & { readonly link: NetworkLink })[]
  readonly reach: readonly (Spot & { readonly person: PersonSummary; readonly from: readonly Spot[] })[]
  /** Beyond each link: how many more are behind it than are drawn. */
  readonly more: readonly (Spot & { readonly count: number; readonly from: Spot })[]
}

export interface Spot {
  readonly x: number
  readonly y: number
}

/** A full circle of nodes: more are in the table only. */
const LINKS_MAX = 12
/** So many stand outside, their names beside each other. */
const OUTSIDE_MAX = { wide: 14, narrow: 8 } as const
const WIDTH_MIN = 280
/** Below this the picture stands upright. */
const NARROW = 520
/** A node and half of its two lines of text. */
const EDGE = { x: 46, y: 44 } as const
/** Between neighbours on the outer circle, if there is room. */
const GAP_RADIANS = 0.42
const RELAXATIONS = 80

interface Outside {
  readonly parent: number
  readonly person: PersonSummary | undefined
  readonly via: readonly number[]
  readonly count: number
}

/** Me in the middle, those linked to me around, and outside, behind them, those they are linked to. */
export function pictureLayout(
  links: readonly NetworkLink[],
  reach: readonly NetworkReach[],
  measuredWidth: number,
): PictureLayout {
  const width = Math.max(WIDTH_MIN, Math.round(measuredWidth))
  const isNarrow = width < NARROW
  const shown = links.slice(0, LINKS_MAX)
  const hasReach = reach.length > 0
  const height = heightOf(width, shown.length, hasReach)
  const me = { x: width / 2, y: height / 2 }
  const outer = { x: width / 2 - EDGE.x, y: height / 2 - EDGE.y }
  const share = hasReach ? 0.57 : 0.88
  // The first stands at the left, so that two make a line, in which texts below the nodes have most room.
  const angleOf = (index: number): number => Math.PI + (2 * Math.PI * index) / Math.max(1, shown.length)
  const on = (part: number, angle: number): Spot => ({
    x: Math.round(me.x + part * outer.x * Math.cos(angle)),
    y: Math.round(me.y + part * outer.y * Math.sin(angle)),
  })
  const nodes = shown.map((link, index) => ({ ...on(share, angleOf(index)), link }))
  const outside = chooseOutside(shown, reach, isNarrow ? OUTSIDE_MAX.narrow : OUTSIDE_MAX.wide)
  const angles = spread(outside.map(({ parent }) => angleOf(parent)))
  const spots = outside.map((each, index) => ({ ...each, ...on(1, angles[index] ?? 0) }))
  const spotOf = (id: number): Spot[] => nodes.filter(({ link }) => link.id === id).map(({ x, y }) => ({ x, y }))
  return {
    width,
    height,
    me,
    links: nodes,
    reach: spots.flatMap(({ person, via, x, y }) => (person ? [{ x, y, person, from: via.flatMap(spotOf) }] : [])),
    more: spots.flatMap(({ person, parent, count, x, y }) => {
      const from = nodes[parent]
      return person || !from ? [] : [{ x, y, count, from: { x: from.x, y: from.y } }]
    }),
  }
}

function heightOf(width: number, linkCount: number, hasReach: boolean): number {
  if (linkCount === 0) return 150
  if (linkCount <= 2) return hasReach ? 240 : 190
  if (width < NARROW) return Math.round(width * (hasReach ? 1.45 : 1.1))
  return hasReach ? 430 : 320
}

/** As many of each neighbour as there is room for, who is behind several behind the one with fewest; the rest as a number. */
function chooseOutside(links: readonly NetworkLink[], reach: readonly NetworkReach[], places: number): Outside[] {
  const behind = links.map((): NetworkReach[] => [])
  for (const each of reach) {
    const ways = behind.filter((_, index) => each.via.includes(links[index]?.id ?? 0))
    ways.toSorted((one, other) => one.length - other.length)[0]?.push(each)
  }
  const groups = behind.filter(({ length }) => length > 0).length
  const each = Math.max(1, Math.floor(places / Math.max(1, groups)))
  return behind.flatMap((group, parent): Outside[] => {
    const drawn = group.slice(0, group.length > each ? each - 1 : each)
    const people = drawn.map(({ person, via }) => ({ parent, person, via, count: 1 }))
    const rest = group.length - drawn.length
    return rest === 0 ? people : [...people, { parent, person: undefined, via: [], count: rest }]
  })
}

/** Moves angles, given in ascending order, apart until none stand on one another. */
function spread(wanted: readonly number[]): readonly number[] {
  const angles = [...wanted]
  const gap = Math.min(GAP_RADIANS, (2 * Math.PI) / Math.max(1, angles.length))
  for (let round = 0; angles.length > 1 && round < RELAXATIONS; round++)
    for (const index of angles.keys()) {
      const next = (index + 1) % angles.length
      const turn = next === 0 ? 2 * Math.PI : 0
      const lack = gap - ((angles[next] ?? 0) + turn - (angles[index] ?? 0))
      if (lack <= 0) continue
      angles[index] = (angles[index] ?? 0) - lack / 2
      angles[next] = (angles[next] ?? 0) + lack / 2
    }
  return angles
}

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { accusationsOf } from './invariants.ts'
import { HOSTILE, underAttack } from './scenarios/byzantine.ts'
import type { World } from './world.ts'

/** Twice what a quiet room of this size takes, in simulated time: what is held back comes over another link. */
const P99_MS_MAX = 500

/** Whether each node of one side has all that honest members wrote. */
const haveAll = ({ nodes, ledger }: World, isWanted: (isHonest: boolean) => boolean): boolean =>
  nodes
    .filter(({ isHonest }) => isWanted(isHonest))
    .every(({ shelf }) =>
      ledger.feeds
        .filter(({ author }) => nodes[author]?.isHonest === true)
        .every((feed) => shelf.lengthOf(feed) === feed.entries.length),
    )

/** Members whom honest ones remember, though there are none such. */
const inventedMembers = ({ nodes }: World): number => {
  const sessions = new Set(nodes.map(({ session }) => session))
  const remembered = nodes
    .filter(({ isHonest }) => isHonest)
    .flatMap(({ membership }) => membership?.overlay.passive ?? [])
  return remembered.filter(({ peer }) => !sessions.has(peer)).length
}

/** What shows itself as nothing that an honest peer on a bad line would not do. */
interface Unprovable {
  readonly why: string
  readonly held: string
  readonly isHeld: (world: World, p99Ms: number) => boolean
}
const inTime = (_world: World, p99Ms: number): boolean => p99Ms <= P99_MS_MAX

const UNPROVABLE: Readonly<Record<string, Unprovable>> = {
  withholder: {
    why: 'what was promised may be on its way over a slow line',
    held: 'what it keeps to itself comes over another link',
    isHeld: inTime,
  },
  'neighbour-liar': {
    why: 'whom it is linked to is only known by those it names, and they are not asked',
    held: 'what is left out for its word comes by others',
    isHeld: inTime,
  },
  'black-hole': {
    why: 'it answers pings, and somebody who has no news says as little',
    held: 'nobody depends on it alone',
    isHeld: inTime,
  },
  'graft-spammer': {
    why: 'to want everything pushed is anybody’s right, and its own line pays for it',
    held: 'others get theirs as soon',
    isHeld: inTime,
  },
  'prune-spammer': {
    why: 'to want nothing pushed is anybody’s right',
    held: 'it still hears of all there is, and others lose nothing',
    isHeld: (world, p99Ms) => inTime(world, p99Ms) && haveAll(world, (isHonest) => !isHonest),
  },
  'feed-inventor': {
    why: 'a feed that nobody knows may be that of a newcomer, whose admission is still on its way',
    held: 'nothing of it is taken in',
    isHeld: (world, p99Ms) => inTime(world, p99Ms) && haveAll(world, (isHonest) => isHonest),
  },
  'card-liar': {
    why: 'whoever passes a bad card on may have been given it',
    held: 'nobody remembers a member that there is not',
    isHeld: (world, p99Ms) => inTime(world, p99Ms) && inventedMembers(world) === 0,
  },
  'signal-spammer': {
    why: 'a signal names whom it is from, and its carrier cannot check that',
    held: 'what is above its allowance is dropped, and others are heard as soon',
    isHeld: inTime,
  },
}
const FOUND_OUT = ['forger', 'repeater', 'length-liar', 'babbler']

describe('a tenth of the members is hostile', () => {
  test('each kind is either found out or held', () => {
    assert.deepEqual([...FOUND_OUT, ...Object.keys(UNPROVABLE)].toSorted(), Object.keys(HOSTILE).toSorted())
  })

  for (const [i, [name, attack]] of Object.entries(HOSTILE).entries()) {
    const unprovable = UNPROVABLE[name]
    const also = unprovable ? ` (${unprovable.why}: ${unprovable.held})` : ''
    test(`${name}: honest members lose nothing, stay together and accuse nobody honest${also}`, () => {
      const seed = 100 + i
      const { broken, world, p99Ms } = underAttack({ nodes: 30, seed }, attack)
      assert.ok(
        world.nodes.some(({ isHonest }) => !isHonest),
        `seed ${seed}: nobody is hostile`,
      )
      assert.deepEqual(broken, [], `seed ${seed}; links ended for ${accusationsOf(world)}`)
      if (unprovable) assert.ok(unprovable.isHeld(world, p99Ms), `seed ${seed}: p99 ${p99Ms.toFixed(0)} ms`)
    })
  }

  for (const name of FOUND_OUT)
    test(`${name}: is found out`, () => {
      const attack = HOSTILE[name]
      assert(attack)
      const { world } = underAttack({ nodes: 40, seed: 7 }, attack)
      assert.notEqual(accusationsOf(world), 'nothing')
    })
})

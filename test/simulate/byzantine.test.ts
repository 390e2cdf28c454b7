import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { accusationsOf } from './invariants.ts'
import { HOSTILE, underAttack } from './scenarios/byzantine.ts'

describe('a tenth of the members is hostile', () => {
  for (const [i, [name, attack]] of Object.entries(HOSTILE).entries())
    test(`${name}: honest members lose nothing, stay together and accuse nobody honest`, () => {
      const seed = 100 + i
      const { broken, world } = underAttack({ nodes: 30, seed }, attack)
      assert.deepEqual(broken, [], `seed ${seed}; links ended for ${accusationsOf(world)}`)
    })

  for (const name of ['forger', 'repeater', 'length-liar', 'babbler'])
    test(`${name}: is found out`, () => {
      const attack = HOSTILE[name]
      assert(attack)
      const { world } = underAttack({ nodes: 40, seed: 7 }, attack)
      assert.notEqual(accusationsOf(world), 'nothing')
    })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OperationHash, PersonId } from '../../src/base/ids.ts'
import type { LoggedOperation } from '../../src/access/logged-operation.ts'
import type { OperationBody } from '../../src/access/operation.ts'
import { RootGenerations } from '../../src/access/root-generations.ts'
import { idOf } from './room-history.ts'

const person = (name: string): PersonId => idOf<PersonId>(`person ${name}`)
const people = (names: string): readonly PersonId[] => names.split('').map(person)
const hashOf = (name: string): OperationHash => name.padStart(64, '0') as OperationHash

/** An operation of which the generations look at the hash, the signers and the body. */
const signed = (name: string, signer: string, body: OperationBody): LoggedOperation =>
  ({
    hash: hashOf(name),
    operation: { body, rootSignatures: [{ key: person(signer), signature: new Uint8Array(64) }] },
  }) as unknown as LoggedOperation

const ban = (name: string, by: string, whom: string): LoggedOperation =>
  signed(name, by, {
    kind: 'revoke',
    target: { type: 'person', person: person(whom) },
    scope: '*',
    pins: [],
    mode: 'ban',
    note: new Uint8Array(0),
  })

const rotation = (name: string, by: string, left: string, keep: readonly LoggedOperation[]): LoggedOperation =>
  signed(name, by, {
    kind: 'root.rotate',
    rootKeys: people(left),
    threshold: 1,
    keep: keep.map(({ hash }) => hash),
    consents: [],
  })

describe('the root keys of owners who remove each other while they are apart', () => {
  test('[A39] of two who take the key from each other one keeps it, also where another rotation came first', () => {
    const bans = { ab: ban('a1', 'A', 'B'), cd: ban('c1', 'C', 'D'), dc: ban('d1', 'D', 'C') }
    const generations = new RootGenerations({ rootKeys: people('ABCD'), threshold: 1 })
    generations.update([
      rotation('1', 'A', 'ACD', [bans.ab]),
      rotation('2', 'C', 'ABC', [bans.cd]),
      rotation('3', 'D', 'ABD', [bans.dc]),
    ])
    assert.deepEqual(generations.newest.keys.toSorted(), [...people('AC')].toSorted())
    assert.deepEqual(
      [bans.ab, bans.cd, bans.dc].map((operation) => generations.isByRoot(operation)),
      [true, true, false],
    )
  })

  test('[A39] no ring of removals leaves a room to nobody', () => {
    const bans = {
      ab: ban('a1', 'A', 'B'),
      cd: ban('c1', 'C', 'D'),
      ca: ban('c2', 'C', 'A'),
      dc: ban('d1', 'D', 'C'),
    }
    const second = rotation('2', 'C', 'ABC', [bans.cd])
    const generations = new RootGenerations({ rootKeys: people('ABCD'), threshold: 1 })
    generations.update([
      rotation('1', 'A', 'ACD', [bans.ab]),
      second,
      rotation('4', 'C', 'BC', [bans.cd, second, bans.ca]),
      rotation('3', 'D', 'ABD', [bans.dc]),
    ])
    const fallen = Object.entries(bans).flatMap(([pair, operation]) =>
      generations.isByRoot(operation) ? [pair.slice(1).toUpperCase()] : [],
    )
    assert.deepEqual(
      ['A', 'B', 'C', 'D'].filter((name) => !fallen.includes(name)),
      ['C'],
    )
    assert.deepEqual(generations.newest.keys, people('C'))
  })
})

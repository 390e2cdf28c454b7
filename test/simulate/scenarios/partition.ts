import { brokenInvariants, largestComponent, missingEntries } from '../invariants.ts'
import { SimulatedRoom } from '../room.ts'
import { atMost, told, type Scenario } from '../scenario.ts'

const APART_MS = 300_000
const LATEST_MS = 180_000

export const partition: Scenario = {
  name: 'partition',
  purpose: 'two halves hear nothing of each other for five minutes, and both write',
  nodes: 400,
  run: ({ nodes, seed }) => {
    const room = new SimulatedRoom({ seed, nodes, hasDoors: true })
    const { world } = room
    room.warmUp()
    world.runFor(30_000)
    world.cut((node) => node.index % 2)
    for (const door of room.doors) door.cut()
    room.writeFor(20_000)
    world.runFor(APART_MS)
    const halves = largestComponent(world.nodes)
    world.sideOf = undefined
    const healedAtMs = world.nowMs
    const isOne = world.runUntil(() => largestComponent(world.nodes) === nodes, LATEST_MS)
    const oneMs = world.nowMs - healedAtMs
    const isEqual = world.runUntil(() => missingEntries(world).length === 0, LATEST_MS)
    const equalMs = world.nowMs - healedAtMs - oneMs
    world.runFor(5_000)
    const rows = [
      told({ metric: 'largest part while cut' }, halves),
      atMost({ metric: 'one mesh again', anchor: 'iroh: never', unit: ' s' }, 30, isOne ? oneMs / 1000 : Infinity),
      atMost({ metric: 'everybody has everything, after that', unit: ' s' }, 10, isEqual ? equalMs / 1000 : Infinity),
    ]
    return { rows, broken: brokenInvariants(world), world }
  },
}

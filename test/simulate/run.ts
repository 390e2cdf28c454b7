/**
 * Runs the mesh in a simulated world and prints what came of it beside what was aimed at:
 * `npm run simulate`, or `npm run simulate -- steady crash --nodes 10000 --seed 7`. Exits with 1 when an invariant does
 * not hold; a missed target is said, and no failure.
 */
import { parseArgs } from 'node:util'
import { SCENARIOS } from './scenarios/index.ts'
import { tableOf } from './table.ts'
import { World } from './world.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { nodes: { type: 'string' }, seed: { type: 'string', default: '1' } },
})
const names = SCENARIOS.map(({ name }) => name)
const unknown = positionals.filter((name) => !names.includes(name))
const nodesAsked = values.nodes === undefined ? undefined : Number(values.nodes)
const seed = Number(values.seed)
if (unknown.length > 0 || !Number.isInteger(seed) || (nodesAsked !== undefined && !(nodesAsked >= 2))) {
  console.error(`Usage: npm run simulate -- [${names.join(' | ')}]... [--nodes N] [--seed S]`)
  process.exit(1)
}

const TOLD_EVERY_MS = 10_000
let toldAtMs = performance.now()
World.onProgress = ({ nowMs, events }) => {
  if (performance.now() - toldAtMs < TOLD_EVERY_MS) return
  toldAtMs = performance.now()
  console.error(`… ${(nowMs / 1_000).toFixed(1)} s have passed in the room, ${Math.round(events / 1_000)}k events`)
}

for (const scenario of SCENARIOS) {
  if (positionals.length > 0 && !positionals.includes(scenario.name)) continue
  const nodes = nodesAsked ?? scenario.nodes
  const started = process.cpuUsage()
  const { rows, broken, world } = scenario.run({ nodes, seed })
  const { user, system } = process.cpuUsage(started)
  const seconds = (user + system) / 1e6
  const megabytes = process.memoryUsage().rss / 1e6
  console.log(`\n${scenario.name}: ${scenario.purpose}; ${nodes} nodes, seed ${seed}`)
  console.log(tableOf(rows))
  const speed = `${Math.round(world.events / seconds / 1000)}k a second`
  console.log(
    `${world.events} events in ${seconds.toFixed(1)} s of CPU (${speed}), ${Math.round(megabytes)} MB, trace ${world.trace.hex()}`,
  )
  for (const text of broken) console.log(`BROKEN: ${text}`)
  if (broken.length > 0) process.exitCode = 1
}

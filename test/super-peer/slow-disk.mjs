/** Put into a program by NODE_OPTIONS: its disk takes a while for everything, so what is said too early is found out. */
import { setTimeout as pause } from 'node:timers/promises'
import { ClassicLevel } from 'classic-level'

const SLOW_MS = 400
const { batch } = ClassicLevel.prototype
ClassicLevel.prototype.batch = async function (...operations) {
  await pause(SLOW_MS)
  return Reflect.apply(batch, this, operations)
}

/** Writes values one after the other into the store of the folder named, and says what was acknowledged. */
import { platformClock } from '../../src/transport/clock.ts'
import { LevelStore } from '../../src/super-peer/level-store.ts'

const [folder = '', count = ''] = process.argv.slice(2)
const opened = await LevelStore.open(folder, {
  onProblem: (problem) => {
    console.log(problem ? `problem ${problem.failure}` : 'goes on')
  },
  // Looks again at once, as the test does not want to wait.
  clock: { ...platformClock, after: (_, run) => platformClock.after(50, run) },
})
if (!opened.ok) throw new Error(opened.reason)
for (let i = 0; i < Number(count); i++) {
  const result = await opened.value.write([{ kind: 'put', key: `value/${i}`, value: new Uint8Array(8_192).fill(i) }])
  console.log(result.ok ? `stored ${i}` : `refused ${i}`)
}
await opened.value.close()

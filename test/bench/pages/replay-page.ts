/** The replay of a recording in a browser: see `replay.ts`. */
import type { EditingTrace } from '../measuring/editing-trace.ts'
import { recordTrace, type Recording } from '../measuring/recording.ts'
import { replay, type ReplayTimes } from '../measuring/replay-run.ts'

export interface ReplayPage {
  record(trace: EditingTrace, batch: number): Promise<void>
  replay(): Promise<ReplayTimes>
}

let recording: Recording | undefined

const page: ReplayPage = {
  record: async (trace, batch) => {
    recording = await recordTrace(trace, batch)
  },
  replay: () => (recording ? replay(recording) : Promise.reject(new Error('nothing is recorded'))),
}
Object.assign(globalThis, { replayPage: page })

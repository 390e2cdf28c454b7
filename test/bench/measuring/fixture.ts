import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { EditingTrace } from './editing-trace.ts'

/** A recorded editing session of `test/data`. */
export const readTrace = (name: string): EditingTrace =>
  JSON.parse(
    gunzipSync(readFileSync(new URL(`../../data/${name}.json.gz`, import.meta.url))).toString(),
  ) as EditingTrace

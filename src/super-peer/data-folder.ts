/** The folder of a super peer's program: what lies where in it, and what may be wrong with it. */
import { join } from 'node:path'
import type { OpenStoreReason, StoreProblem } from './level-store.ts'

/** Where in the folder of the program the store is. Beside it lies only what is made anew at each start. */
export const storeFolderIn = (data: string): string => join(data, 'store')
/** Says where the program that has the folder open can be asked. */
export const runningFileIn = (data: string): string => join(data, 'running.json')

/** Why the store cannot be opened, in a sentence. */
export function openProblem(reason: OpenStoreReason, data: string, detail = ''): string {
  if (reason === 'busy')
    return `Another program has the folder ${data} open: stop it, or give this one a folder of its own with --data.`
  if (reason === 'unavailable')
    return 'The database classic-level has no binary for this machine, or was not installed: run npm install where one can be built.'
  return `The folder ${data} could not be opened: ${detail}.`
}

/** Why nothing is written now, in a sentence that everybody may read. */
export const storeProblem = ({ failure }: StoreProblem): string =>
  failure === 'full'
    ? 'The disk is full: nothing is taken in until there is room again.'
    : 'The disk does not take writes: nothing is taken in until it does.'

/** The same for whoever runs the program. */
export const storeProblemIn = (data: string, problem: StoreProblem): string =>
  `${storeProblem(problem)} The folder is ${data}; the system says: ${problem.detail}.`

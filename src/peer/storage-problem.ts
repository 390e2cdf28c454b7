import type { OpenFailure } from '../storage/indexeddb-store.ts'
import type { StoreFailure } from '../storage/store.ts'

const OPEN_PROBLEMS: Readonly<Record<OpenFailure, string>> = {
  unavailable: 'This browser does not let Parley store anything here (a private window, perhaps).',
  blocked: 'Another tab holds an older version of Parley’s database. Close the other tabs and reload.',
  'newer-version': 'Another tab has updated Parley’s database. Reload this page to use it.',
  full: 'There is no room left on this device.',
}
const WRITE_PROBLEMS: Readonly<Record<StoreFailure, string>> = {
  full: 'There is no room left on this device. Free some space, then reload.',
  closed: 'The browser has closed Parley’s database. Reload this page.',
  failed: 'The browser could not write to Parley’s database. Reload this page.',
}
const IN_MEMORY =
  'You can go on, but what is written from now on is lost when you close this tab, unless others have it.'

/** Why nothing is kept, as sentences for the user. */
export const openProblem = (failure: OpenFailure): string => `${OPEN_PROBLEMS[failure]} ${IN_MEMORY}`
export const writeProblem = (failure: StoreFailure): string => `${WRITE_PROBLEMS[failure]} ${IN_MEMORY}`

/** Said once, by the page that finds the database empty: afterwards everything is kept as before. */
export const LOSS_PROBLEM =
  'This browser has lost what Parley kept here: its database was damaged and had to be started anew. Open a link to a room to come back into it.'

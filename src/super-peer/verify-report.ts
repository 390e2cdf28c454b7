/** `parley superpeer verify`: what is whole of what is stored, for a terminal. */
import { access } from 'node:fs/promises'
import { accepted, rejected, type Result } from '../base/result.ts'
import { becomeOwnerOf } from './folder-owner.ts'
import { shortId } from './journal.ts'
import { LevelStore } from './level-store.ts'
import { openProblem, storeFolderIn } from './data-folder.ts'
import { AFTER_LOSS, mendStore, verifyStore, type Damage, type RoomVerdict } from './verify-store.ts'

export interface VerifyReport {
  readonly isWhole: boolean
  readonly lines: readonly string[]
}

/** A rejection's detail is the sentence to show. */
export async function verifyFolder(
  data: string,
  mayMend: boolean,
): Promise<Result<VerifyReport, 'nothing' | 'not-opened'>> {
  const folder = storeFolderIn(data)
  const isThere = await access(folder).then(
    () => true,
    () => false,
  )
  if (!isThere) return rejected('nothing', `There is nothing in ${data}: no super peer has kept anything there yet.`)
  await becomeOwnerOf(folder)
  const repairs: string[] = []
  const opened = await LevelStore.open(folder, {
    afterRepair: AFTER_LOSS,
    onRepair: (sentence) => void repairs.push(sentence),
  })
  if (!opened.ok) return rejected('not-opened', openProblem(opened.reason, data, opened.detail))
  const store = opened.value
  const verdicts = await verifyStore(store)
  const isWhole = verdicts.every(({ damages, hasRecord }) => damages.length === 0 && hasRecord)
  const lines = [...repairs, ...verdicts.flatMap(linesOf)]
  if (verdicts.length === 0) lines.push('No room is kept.')
  if (!isWhole && mayMend) {
    const cut = await mendStore(store, verdicts)
    const left = await verifyStore(store)
    const unknown = left.flatMap(({ damages }) => damages).filter(({ reason }) => reason === 'unannounced').length
    const isMended = left.every(({ damages }) => damages.every(({ reason }) => reason === 'unannounced'))
    lines.push(`Cut off in ${cut} places; ${isMended ? 'what is left is whole' : 'some damage is left'}.`)
    if (unknown > 0) lines.push(`${unknown} feeds can be checked when the logs that announce them are fetched anew.`)
  } else if (!isWhole)
    lines.push('Run it again with --mend to cut what is damaged: it is then fetched anew from others.')
  await store.close()
  return accepted({ isWhole: isWhole && repairs.length === 0, lines })
}

function linesOf({ room, hasRecord, logs, feeds, entries, damages }: RoomVerdict): readonly string[] {
  const isWhole = damages.length === 0 && hasRecord
  const counted = `${entries} entries in ${logs} logs and ${feeds} feeds`
  return [
    `${shortId(room)}: ${isWhole ? 'whole' : 'not whole'}, ${counted}${isWhole ? '' : ' are good'}`,
    ...(hasRecord ? [] : ['  its record is gone: give the super peer a link to it again']),
    ...damages.map((damage) => `  ${shortId(damage.feed)}: ${textOf(damage)}`),
  ]
}

function textOf({ kind, from, reason }: Damage): string {
  const what = kind === 'log' ? 'log' : 'feed'
  if (reason === 'unannounced') return `nothing says whose ${what} it is`
  if (reason === 'gap') return `${what}: entries are missing from number ${from} on`
  return `${what}: damaged from number ${from} on (${reason})`
}

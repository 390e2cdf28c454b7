import type { NetworkView } from '../../src/index.ts'
import {
  CHECK_NAMES,
  CHECK_STATE_WORDS,
  DOOR_STATE_WORDS,
  PATH_WORDS,
  REASON_TEXTS,
  bytesText,
  doorName,
} from './network-text.ts'
import type { Check, Verdict } from './self-test.ts'

const countText = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([text, count]) => `${count} × ${text}`).join(', ') || 'none'

function counted(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

/**
 * What somebody who helps needs to know. Made of kinds, counts and words of our own alone: what the machines said of
 * themselves may hold an address, and so is left out, as are names, keys and rooms.
 */
export function networkReport(view: NetworkView, checks: readonly Check[], verdict: Verdict, browser: string): string {
  const roundTrips = view.links.flatMap(({ roundTripMs }) =>
    roundTripMs === undefined ? [] : [Math.round(roundTripMs)],
  )
  const sent = view.links.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
  const received = view.links.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0)
  const doors = view.doors.map(({ name, state, reason }) =>
    [doorName(name), DOOR_STATE_WORDS[state].toLowerCase(), ...(reason ? [`(${REASON_TEXTS[reason]})`] : [])].join(' '),
  )
  return [
    'Parley network report',
    `Verdict: ${verdict.text}`,
    ...checks.map(({ id, state, text }) =>
      `${CHECK_NAMES[id]}: ${CHECK_STATE_WORDS[state].toLowerCase()}. ${text}`.trim(),
    ),
    `Links: ${countText(counted(view.links.map(({ path, role }) => [PATH_WORDS[path], role].filter(Boolean).join(' '))))}`,
    `Round trips: ${roundTrips.length > 0 ? `${roundTrips.join(', ')} ms` : 'not measured'}`,
    `Sent ${bytesText(sent)}, received ${bytesText(received)}`,
    `Behind them: ${view.reach.length}`,
    ...(view.acquaintanceCount === undefined ? [] : [`Others it could link to: ${view.acquaintanceCount}`]),
    `Members: ${countText(counted(view.members.map(({ route }) => ROUTE_WORDS[route])))}`,
    `Missing entries: ${view.missingEntries}`,
    `Doors: ${countText(counted(doors))}`,
    `Mode: ${view.mode ?? 'normal'}, ${view.isOffline ? 'offline' : 'online'}${view.isAddressHidden === true ? ', address hidden' : ''}`,
    `Browser: ${browser}`,
  ].join('\n')
}

const ROUTE_WORDS = { linked: 'linked', via: 'through others', none: 'no route', unknown: 'not known' } as const

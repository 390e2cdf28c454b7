import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LatencyHistogram, metricsText } from '../../src/super-peer/metrics.ts'

const ROOM = {
  room: 'abcdefgh',
  state: 'member',
  sessions: 2,
  entries: 40,
  bytes: 9_000,
  missing: 1,
  links: { ws: 2, rtc: 1 },
  lastEntryAtMs: undefined,
  entriesTaken: 40,
  entriesGiven: 12,
} as const

test('[SU4] figures are in the text format of Prometheus', () => {
  const writes = new LatencyHistogram()
  for (const ms of [0.5, 3, 3, 40, 70_000]) writes.add(ms)
  const text = metricsText({
    rooms: [ROOM, { ...ROOM, room: 'ijklmnop', links: {}, state: 'waiting' }],
    folderBytes: 20_000,
    folderAgeMs: 2_500,
    quotasFull: 0,
    writes,
    hasProblem: true,
    webRtcRestarts: 2,
    startedAtMs: 1_000_500,
    memory: { rss: 3, heapUsed: 2, external: 1 },
  })
  for (const line of text.split('\n'))
    assert.match(line, /^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[a-z]+="[^"\\\n]*"\})? [0-9.e+-]+)$/, line)
  const names = [...text.matchAll(/^# TYPE (\S+) (gauge|counter|histogram)$/gm)].map(([, name]) => name)
  assert.equal(new Set(names).size, names.length)
  const lines = new Set(text.split('\n'))
  for (const line of [
    'parley_rooms{state="member"} 1',
    'parley_rooms{state="waiting"} 1',
    'parley_room_entries{room="abcdefgh"} 40',
    'parley_room_bytes{room="ijklmnop"} 9000',
    'parley_links{kind="ws"} 2',
    'parley_links{kind="rtc"} 1',
    'parley_entries_taken_total{room="abcdefgh"} 40',
    'parley_entries_given_total{room="abcdefgh"} 12',
    'parley_store_bytes 20000',
    'parley_store_bytes_age_seconds 2.5',
    'parley_store_problem 1',
    'parley_webrtc_restarts_total 2',
    'parley_store_write_seconds_bucket{le="0.001"} 1',
    'parley_store_write_seconds_bucket{le="0.005"} 3',
    'parley_store_write_seconds_bucket{le="60"} 4',
    'parley_store_write_seconds_bucket{le="+Inf"} 5',
    'parley_store_write_seconds_count 5',
    'parley_process_start_time_seconds 1000.5',
  ])
    assert.ok(lines.has(line), line)
})

// WebRTC in Node, in processes of its own, on this machine's own addresses.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, it, type TestContext } from 'node:test'
import { remoteDialler } from '../../src/super-peer/remote-dialler.ts'
import { RtcProcess, type RtcProcessOptions } from '../../src/super-peer/rtc-process.ts'
import { LANES, QUEUE_BYTES_MAX, type Lane, type Link } from '../../src/transport/link.ts'
import { must } from '../peer/meeting.ts'

const BOUND = { timeout: 60_000 }
const FIRST_PAUSE = { restartFirstMs: 50, restartMaxMs: 200 }

const processes: RtcProcess[] = []
const notices: string[] = []

function rtcProcess(options: RtcProcessOptions = {}): RtcProcess {
  const rtc = new RtcProcess({ notice: (sentence) => notices.push(sentence), ...options })
  processes.push(rtc)
  return rtc
}

const diallerOf = (rtc: RtcProcess) => remoteDialler(rtc, () => Promise.resolve({}))

/** A link between two processes, from both its ends. */
async function linkOf(from: RtcProcess, to: RtcProcess): Promise<readonly [Link, Link]> {
  const dial = must(await diallerOf(from).dial())
  const answer = must(await diallerOf(to).answer(must(await dial.offer)))
  must(await dial.accept(answer.answer))
  const ends = await Promise.all([dial.opened, answer.opened])
  return [must(ends[0]), must(ends[1])]
}

const closed = (link: Link): Promise<string> =>
  new Promise((resolve) => {
    link.onClose = resolve
  })

/** The messages of a link as they come, until there are so many. */
const messagesOf = (link: Link, count: number): Promise<readonly (readonly [Lane, Uint8Array])[]> =>
  new Promise((resolve) => {
    const messages: (readonly [Lane, Uint8Array])[] = []
    link.onMessage = (lane, message) => {
      messages.push([lane, message])
      if (messages.length === count) resolve(messages)
    }
  })

/** Something else for each lane, of which every piece differs. */
const contentOf = (lane: Lane): Uint8Array =>
  Uint8Array.from({ length: lane === 'ephemeral' ? 900 : 50_000 }, (_, i) => (i * 31 + (i >> 8) + lane.length) & 0xff)

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const pidOf = (rtc: RtcProcess): number => {
  assert.ok(rtc.pid !== undefined, 'there is a process')
  return rtc.pid
}

/** How a program ends that has a WebRTC process, and does what `body` says. A crash there is mended after an hour. */
async function endOf(t: TestContext, body: string, shell: readonly string[] = []): Promise<number> {
  const began = new URL('../../src/super-peer/rtc-process.ts', import.meta.url).href
  const program = `import { RtcProcess } from '${began}'
    const hour = 3_600_000
    const rtc = new RtcProcess({ notice: () => undefined, limits: { restartFirstMs: hour, restartMaxMs: hour } })
    ${body}`
  const [command, ...words] = [...shell, process.execPath, '--import', 'tsx', '--input-type=module', '-e', program]
  const parent = spawn(command, words, {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  t.after(() => parent.kill('SIGKILL'))
  const [code] = (await once(parent, 'exit')) as [number]
  return code
}

describe('WebRTC in a process of its own', () => {
  beforeEach(() => {
    notices.length = 0
  })
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((rtc) => rtc.close()))
  })

  it('[NR1][NR2] a dial and an answer make a link that carries every lane both ways', BOUND, async () => {
    const [adas, bens] = await linkOf(rtcProcess(), rtcProcess())
    assert.deepEqual([adas.initiator, bens.initiator, adas.kind, bens.kind], [true, false, 'rtc', 'rtc'])
    assert.deepEqual(adas.binding, bens.binding)
    assert.equal(adas.binding.length, 32)
    for (const [from, to] of [
      [adas, bens],
      [bens, adas],
    ] as const) {
      const all = messagesOf(to, LANES.length)
      for (const lane of LANES) assert.ok(from.send(lane, contentOf(lane)))
      const messages = new Map(await all)
      for (const lane of LANES) assert.deepEqual(messages.get(lane), contentOf(lane), lane)
    }
  })

  it('[NR3] what the other side does not take waits with the sender, and nothing is lost', BOUND, async () => {
    const ben = rtcProcess()
    const [adas, bens] = await linkOf(rtcProcess(), ben)
    const message = new Uint8Array(65_536).fill(7)
    const wanted = 512
    const all = messagesOf(bens, wanted)
    let sent = 0
    let refused = 0
    let queuedBytesPeak = 0
    const fill = (): void => {
      while (sent < wanted) {
        queuedBytesPeak = Math.max(queuedBytesPeak, adas.queuedBytes('bulk'))
        if (!adas.send('bulk', message)) {
          refused++
          return
        }
        sent++
      }
    }
    adas.onDrain = fill
    process.kill(pidOf(ben), 'SIGSTOP')
    fill()
    assert.ok(refused > 0 && sent < wanted, `${sent} were taken`)
    process.kill(pidOf(ben), 'SIGCONT')
    const messages = await all
    assert.ok(messages.every(([lane, { length }]) => lane === 'bulk' && length === message.length))
    // The lane's queue, and the largest window (LN4).
    assert.ok(queuedBytesPeak <= QUEUE_BYTES_MAX.bulk + 9 * 1_048_576, `${queuedBytesPeak} bytes waited`)
  })

  it('[NR4] closing a link closes the other end', BOUND, async () => {
    const [adas, bens] = await linkOf(rtcProcess(), rtcProcess())
    const end = closed(bens)
    adas.close('enough')
    assert.equal(adas.closeReason, 'enough')
    assert.match(await end, /closed-by-peer|connection-failed/)
    assert.equal(bens.send('control', new Uint8Array(1)), false)
  })

  it('[NR5] a process that is killed takes its links with it and nothing else, and is begun anew', BOUND, async () => {
    const [ada, ben] = [rtcProcess({ limits: FIRST_PAUSE }), rtcProcess()]
    const [adas] = await linkOf(ada, ben)
    const before = pidOf(ada)
    const end = closed(adas)
    process.kill(before, 'SIGKILL')
    assert.equal(await end, 'connection-lost')
    const refusal = await diallerOf(ada).dial()
    assert.equal(refusal.ok, false)
    assert.match(refusal.ok ? '' : (refusal.detail ?? ''), /started again in 1 s/)
    assert.equal(notices.length, 1)
    while (ada.state === 'waiting') await new Promise((resolve) => setTimeout(resolve, 10))
    const [again, far] = await linkOf(ada, ben)
    assert.notEqual(pidOf(ada), before)
    const all = messagesOf(far, 1)
    again.send('sync', contentOf('sync'))
    assert.deepEqual(await all, [['sync', contentOf('sync')]])
  })

  it('[NR5] dials that are under way when the process dies come to nothing', BOUND, async () => {
    const rtc = rtcProcess()
    const dial = must(await diallerOf(rtc).dial())
    must(await dial.offer)
    process.kill(pidOf(rtc), 'SIGKILL')
    const opened = await dial.opened
    assert.equal(opened.ok, false)
    assert.equal((await dial.accept(new Uint8Array(1))).ok, false)
  })

  it('[NR6] a process that gives no sign of life is ended', BOUND, async () => {
    const rtc = rtcProcess({ limits: { ...FIRST_PAUSE, beatMs: 500, silentBeatsMax: 2 } })
    must(await rtc.ready())
    const [link] = await linkOf(rtc, rtcProcess())
    const end = closed(link)
    process.kill(pidOf(rtc), 'SIGSTOP')
    assert.equal(await end, 'connection-lost')
  })

  it('[NR7] where there is no WebRTC it is said once, in one sentence, and not tried again', BOUND, async () => {
    const elsewhere = "data:text/javascript,Object.defineProperty(process,'arch',{value:'riscv64'})"
    const rtc = rtcProcess({ nodeFlags: ['--import', elsewhere], limits: FIRST_PAUSE })
    for (const dial of [await diallerOf(rtc).dial(), await diallerOf(rtc).dial()]) assert.equal(dial.ok, false)
    assert.equal(rtc.state, 'missing')
    assert.equal(notices.length, 1)
    assert.match(notices[0] ?? '', /^WebRTC is off in Node on this platform \(.+\): peers are reached over WebSocket/)
    assert.doesNotMatch(notices[0] ?? '', /\n/)
  })

  it('what is no offer is refused, and a second answer changes nothing', BOUND, async () => {
    const [ada, ben] = [rtcProcess(), rtcProcess()]
    assert.equal((await diallerOf(ben).answer(new Uint8Array([9, 9, 9]))).ok, false)
    const dial = must(await diallerOf(ada).dial())
    const answer = must(await diallerOf(ben).answer(must(await dial.offer)))
    assert.equal((await dial.accept(new Uint8Array([1]))).ok, false)
    must(await dial.accept(answer.answer))
    assert.equal((await dial.accept(answer.answer)).ok, false)
    must(await dial.opened)
  })

  it('an aborted dial is over at both ends of the pipe', BOUND, async () => {
    const { abort, opened } = must(await diallerOf(rtcProcess()).dial())
    abort('changed my mind')
    assert.deepEqual(await opened, { ok: false, reason: 'aborted', detail: 'changed my mind' })
  })

  it('[NR5] without descriptors for it there is none, and nothing throws', BOUND, async (t) => {
    const scarce = `const { open } = await import('node:fs/promises')
      const held = []
      try {
        for (;;) held.push(await open('/dev/null'))
      } catch {}
      const refused = await rtc.ready()
      for (const handle of held) await handle.close()
      if (refused.ok || rtc.state !== 'waiting') process.exit(1)
      await rtc.close()`
    assert.equal(await endOf(t, scarce, ['sh', '-c', 'ulimit -n 256; exec "$0" "$@"']), 0)
  })

  it('closing is done at once where the process ended by itself, or never began', BOUND, async () => {
    const began: ChildProcess[] = []
    const watch = (message: unknown): void => void began.push((message as { process: ChildProcess }).process)
    subscribe('child_process', watch)
    const { execPath } = process
    try {
      const rtc = rtcProcess()
      must(await rtc.ready())
      const [child] = began
      assert.ok(child)
      const closing = new Promise<void>((resolve) => {
        child.once('exit', () => resolve(rtc.close()))
      })
      // Nothing runs there, so nothing else keeps this program waiting.
      child.ref()
      child.kill('SIGKILL')
      await closing

      process.execPath = '/nowhere/node'
      const never = rtcProcess()
      const refused = never.ready()
      await never.close()
      assert.equal((await refused).ok, false)
    } finally {
      process.execPath = execPath
      unsubscribe('child_process', watch)
    }
  })

  it('[NR9] the process ends with the one that began it, even if that is killed', BOUND, async () => {
    const began = new URL('../../src/super-peer/rtc-process.ts', import.meta.url).href
    const program = `import { RtcProcess } from '${began}'
      const rtc = new RtcProcess()
      await rtc.ready()
      console.log(rtc.pid)
      setInterval(() => undefined, 1_000)`
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    assert.ok(isRunning(pid))
    parent.kill('SIGKILL')
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
  })

  it('[NR9] a program that needs no link any more ends by itself', BOUND, async (t) => {
    assert.equal(await endOf(t, 'await rtc.ready()'), 0)
  })

  it('[NR9] nor does it wait for a new process when the last one crashed and nothing needs one', BOUND, async (t) => {
    const crashed = `await rtc.ready()
      process.kill(rtc.pid, 'SIGKILL')
      while (rtc.state !== 'waiting') await new Promise((resolve) => setTimeout(resolve, 10))`
    assert.equal(await endOf(t, crashed), 0)
  })
})

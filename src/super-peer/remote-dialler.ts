/** Dials in the WebRTC process, for a mesh that cannot tell the difference. */
import { accepted, rejected, type Result } from '../base/result.ts'
import type { DialRefusal, MeshDialler } from '../peer/mesh-dialler.ts'
import type { Link } from '../transport/link.ts'
import type { Answer, Dial, DialFailure } from '../transport/rtc-dial.ts'
import type { Report } from './rtc-message.ts'
import type { RtcProcess, RtcTenant } from './rtc-process.ts'
import { writeSettings, type DialSettings } from './rtc-settings.ts'

/** `settings` are asked for with every connection. */
export const remoteDialler = (rtc: RtcProcess, settings: () => Promise<DialSettings>): MeshDialler => ({
  dial: async () => {
    const asText = writeSettings(await settings())
    const ready = await rtc.ready()
    if (!ready.ok) return ready
    const dial = new RemoteDial(rtc)
    rtc.send({ type: 'dial', id: dial.id, settings: asText })
    return accepted(dial)
  },
  answer: async (offer) => {
    const asText = writeSettings(await settings())
    const ready = await rtc.ready()
    if (!ready.ok) return ready
    const dial = new RemoteDial(rtc)
    rtc.send({ type: 'answer', id: dial.id, settings: asText, offer })
    return answerOf(dial)
  },
})

async function answerOf({ offer, opened, abort }: RemoteDial): Promise<Result<Answer, DialRefusal>> {
  const described = await offer
  if (!described.ok) return rejected('not-dialled', described.detail ?? described.reason)
  return accepted({ answer: described.value, opened, abort })
}

type Failed = Result<never, DialFailure>

/** A dial, or an answer, whose description is called an offer here as well. */
class RemoteDial implements Dial, RtcTenant {
  readonly offer: Promise<Result<Uint8Array, DialFailure>>
  readonly opened: Promise<Result<Link, DialFailure>>
  readonly id: number
  readonly #rtc: RtcProcess
  #describe: (result: Result<Uint8Array, DialFailure>) => void = () => undefined
  #open: (result: Result<Link, DialFailure>) => void = () => undefined
  #accepts: ((result: Result<void, DialFailure>) => void)[] = []
  #link: Link | undefined
  #failure: Failed | undefined

  constructor(rtc: RtcProcess) {
    this.#rtc = rtc
    this.offer = new Promise((resolve) => {
      this.#describe = resolve
    })
    this.opened = new Promise((resolve) => {
      this.#open = resolve
    })
    this.id = rtc.add(this)
  }

  // Both are given away by themselves.
  readonly accept = (answer: Uint8Array): Promise<Result<void, DialFailure>> => {
    if (this.#failure) return Promise.resolve(this.#failure)
    if (this.#link) return Promise.resolve(rejected('aborted', 'answered already'))
    return new Promise((resolve) => {
      this.#accepts.push(resolve)
      this.#rtc.send({ type: 'accept', id: this.id, answer })
    })
  }

  readonly abort = (reason: string): void => {
    if (this.#link) return this.#link.close(reason)
    this.#rtc.send({ type: 'abort', id: this.id, reason })
    this.#fail(rejected('aborted', reason))
  }

  report(report: Report): void {
    if (report.type === 'described') this.#describe(accepted(report.description))
    else if (report.type === 'failed') this.#fail(rejected('connection-failed', report.reason))
    else if (report.type === 'accepted')
      this.#accepts.shift()?.(report.failure === '' ? accepted(undefined) : rejected('aborted', report.failure))
    else if (report.type === 'opened') this.#succeed(this.#rtc.link(report.link))
  }

  lost(reason: string): void {
    this.#fail(rejected('connection-failed', reason))
  }

  #succeed(link: Link | undefined): void {
    if (!link) return this.#fail(rejected('connection-failed', 'closed at once'))
    this.#link = link
    this.#end({ ok: false, reason: 'aborted', detail: 'answered already' })
    this.#open(accepted(link))
  }

  #fail(failure: Failed): void {
    if (this.#failure || this.#link) return
    this.#failure = failure
    this.#end(failure)
    this.#describe(failure)
    this.#open(failure)
  }

  #end(failure: Failed): void {
    for (const resolve of this.#accepts.splice(0)) resolve(failure)
    this.#rtc.remove(this.id)
  }
}

/** One machine with its clock, whose sent messages are read back. */
import assert from 'node:assert/strict'
import type { FeedId } from '../../src/base/ids.ts'
import { emptyChain, extendChain, type ChainHead, type SignedEntry } from '../../src/feed/chain.ts'
import {
  decodeSyncMessage,
  encodeSyncMessage,
  type FeedReference,
  type SyncMessage,
} from '../../src/sync/sync-message.ts'
import type { FeedKind, FeedUse, SyncEffect, SyncEvent } from '../../src/sync/sync-event.ts'
import type { SpreadPolicy } from '../../src/sync/spread-policy.ts'
import { SyncMachine } from '../../src/sync/sync-machine.ts'
import { feedNamed, sessionNamed, sign } from './simulation.ts'

export const NOTE = feedNamed('note')
export const LOG = feedNamed('log')
export const named = (feed: FeedId, kind: FeedKind = 'log'): FeedReference => ({ isNew: true, kind, feed })
export const numbered = (index: number): FeedReference => ({ isNew: false, index })

/** A chain of `count` entries of `sizeBytes` each, every one signed. */
export function chainOf(feed: FeedId, count: number, sizeBytes = 10, fill = 1) {
  const heads: ChainHead[] = [emptyChain(feed)]
  const entries: SignedEntry[] = []
  for (let i = 0; i < count; i++) {
    const bytes = new Uint8Array(sizeBytes).fill(fill)
    const head = extendChain(heads[i] ?? emptyChain(feed), bytes)
    heads.push(head)
    entries.push({ bytes, signature: sign(feed, head) })
  }
  const headAt = (length: number): ChainHead => heads[length] ?? emptyChain(feed)
  return { entries, headAt, prefixAt: (length: number) => headAt(length).hash.slice(0, 16) }
}

/** Only the last of a range is signed. */
export const unsigned = (entries: readonly SignedEntry[]): SignedEntry[] =>
  entries.map((entry, i) => (i === entries.length - 1 ? entry : { bytes: entry.bytes, signature: undefined }))

/** A machine with its clock, whose sent messages are read back. */
export class Bench {
  readonly machine: SyncMachine
  nowMs = 1000

  constructor(spread?: SpreadPolicy, useOf?: (feed: FeedId) => FeedUse) {
    this.machine = new SyncMachine({ ...(spread && { spread }), useOf })
  }

  step(event: SyncEvent): SyncEffect[] {
    return this.machine.step(event, this.nowMs)
  }
  up(link: number, mayRead = true): SyncEffect[] {
    return this.step({ type: 'link-up', link, session: sessionNamed(`session ${link}`), mayRead })
  }
  hear(link: number, message: SyncMessage): SyncEffect[] {
    return this.step({ type: 'message', link, bytes: encodeSyncMessage(message) })
  }
  register(feed: FeedId, kind: FeedKind, head: ChainHead = emptyChain(feed)): SyncEffect[] {
    return this.step({ type: 'feed', feed, kind, head })
  }
  append(
    feed: FeedId,
    chain: ReturnType<typeof chainOf>,
    range: { from: number; to: number; by?: number },
  ): SyncEffect[] {
    const entries = chain.entries.slice(range.from, range.to)
    return this.step({ type: 'appended', feed, head: chain.headAt(range.to), entries, from: range.by })
  }
  /** Lets time pass with the ticks that it would bring. */
  pass(durationMs: number): SyncEffect[] {
    const effects: SyncEffect[] = []
    for (let passed = 0; passed < durationMs; passed += 500) {
      this.nowMs += 500
      effects.push(...this.step({ type: 'tick' }))
    }
    return effects
  }
  claim(link: number, feed: FeedReference, length: number, hashPrefix: Uint8Array): SyncEffect[] {
    return this.hear(link, { type: 'vector', items: [{ feed, length, hashPrefix }] })
  }
}

export function sent<T extends SyncMessage['type']>(effects: readonly SyncEffect[], type: T, link?: number) {
  const messages: Extract<SyncMessage, { type: T }>[] = []
  for (const effect of effects) {
    if (effect.type !== 'send' || (link !== undefined && effect.link !== link)) continue
    const message = decodeSyncMessage(effect.bytes)
    assert(message.ok)
    if (message.value.type === type) messages.push(message.value as Extract<SyncMessage, { type: T }>)
  }
  return messages
}

export const closes = (effects: readonly SyncEffect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'close' ? [effect.reason] : []))

export function of<T extends SyncEffect['type']>(effects: readonly SyncEffect[], type: T) {
  return effects.filter((effect): effect is Extract<SyncEffect, { type: T }> => effect.type === type)
}

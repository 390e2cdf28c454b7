/** How feeds are named on a link: by their 32 bytes once, and by a small number from then on. */
import type { Reader, Writer } from '../base/codec.ts'
import type { FeedId } from '../base/ids.ts'
import { FEEDS_PER_LINK_MAX } from './limits.ts'
import type { FeedKind } from './sync-event.ts'

export type FeedReference =
  /** The number counts what the sender named, or what the receiver did when it says so. */
  | { readonly isNew: false; readonly index: number; readonly isYours?: true }
  | { readonly isNew: true; readonly kind: FeedKind; readonly feed: FeedId }

const YOURS = 2
const FIRST_INDEX = 3

export function writeReference(writer: Writer, reference: FeedReference): Writer {
  if (!reference.isNew)
    return reference.isYours
      ? writer.varuint(YOURS).varuint(reference.index)
      : writer.varuint(reference.index + FIRST_INDEX)
  return writer.varuint(reference.kind === 'log' ? 0 : 1).id(reference.feed)
}

export function readReference(reader: Reader): FeedReference {
  const value = reader.varuint(FEEDS_PER_LINK_MAX + FIRST_INDEX)
  if (value >= FIRST_INDEX) return { isNew: false, index: value - FIRST_INDEX }
  if (value === YOURS) return { isNew: false, index: reader.varuint(FEEDS_PER_LINK_MAX), isYours: true }
  return { isNew: true, kind: value === 0 ? 'log' : 'document', feed: reader.id<FeedId>() }
}

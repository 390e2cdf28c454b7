import type { FeedId, PersonId } from '../base/ids.ts'
import type { PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'

/** Why something counts or does not, in one sentence. */
export interface AccessExplanation {
  readonly status: 'effective' | 'pending' | 'not-effective' | 'unknown'
  readonly sentence: string
  /** Whose decision it is. */
  readonly by?: PersonSummary
}

/** Why an entry of a document's feed is shown or not, in one sentence. */
export function explainEntry(
  core: RoomCore,
  feed: FeedId,
  seq: number,
  summaryOf: (person: PersonId) => PersonSummary,
): AccessExplanation {
  const { state } = core
  const record = state?.feeds.get(feed)
  if (!state || !record) return { status: 'unknown', sentence: 'The feed it stands in has not been announced.' }
  if (record.status !== 'effective') {
    const { status, sentence, by } = state.explain(record.operation)
    return { status, sentence, ...(by && { by: summaryOf(by.person) }) }
  }
  if (record.limit !== undefined && seq >= record.limit) {
    const removal = state.removalOf(record.person)
    const by = removal && summaryOf(removal.author)
    const sentence = by
      ? `It lies outside what stays of its author’s writing since ${nameOf(by)} removed them.`
      : 'It lies outside what stays of its author’s writing.'
    return { status: 'not-effective', sentence, ...(by && { by }) }
  }
  if (record.redactions.some(({ from, to }) => seq >= from && seq < to))
    return { status: 'not-effective', sentence: 'It was hidden.' }
  const host = core.documents.get(record.document)
  const end = host?.guarded.endOf(feed)
  if (end && seq >= end.seq) return { status: 'not-effective', sentence: 'It, or one before it, is not well-formed.' }
  const isHere = host !== undefined && host.guarded.lengthOf(feed) > seq
  if (isHere) return { status: 'effective', sentence: 'It counts.' }
  const isStored = host?.hashAt(feed, seq + 1) !== undefined
  if (isStored) return { status: 'pending', sentence: 'It waits for a key, or for what its author had seen.' }
  return { status: 'unknown', sentence: 'It has not arrived.' }
}

const nameOf = ({ name, keyTag }: PersonSummary): string => (name === '' ? `somebody (${keyTag})` : name)

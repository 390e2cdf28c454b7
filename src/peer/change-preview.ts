import type { DocumentId, FeedId, OperationHash, PersonId } from '../base/ids.ts'
import type { AccessState } from '../access/access-state.ts'
import { compareStates } from '../access/compare-states.ts'
import type { Role } from '../access/role.ts'
import type { PersonSummary } from './people.ts'
import type { AccessChange } from './access-change.ts'
import { excerptOf, type Writing, type Writings } from './writings.ts'

/** What a change would come to, by what this device knows. */
export interface ChangePreview {
  /** Of the person themselves; undefined on a side for no role at all. */
  readonly role?: { readonly from: Role | undefined; readonly to: Role | undefined }
  /** Writings that stay, by place. */
  readonly kept: readonly { readonly place: string; readonly count: number }[]
  /** Writings that nobody will see any more, with the first words of the newest. */
  readonly dropped: readonly { readonly place: string; readonly count: number; readonly excerpt: string }[]
  readonly alsoAffected: readonly {
    readonly person: PersonSummary
    readonly from: Role | undefined
    readonly to: Role | undefined
  }[]
  /** What would no longer count, in sentences. Removals among it are made again in our name. */
  readonly lapsed: readonly string[]
  /** The person keeps a copy of what they have read until now. */
  readonly keepsReading: boolean
  /** The person owns the room, and no longer would. */
  readonly endsOwnership?: true
  /** The room gets a new key, which the person does not get. */
  readonly needsNewKey: boolean
}

/** Compares what is with what would be. Writes nothing. */
export function previewOf(options: {
  readonly change: AccessChange
  readonly owns: (state: AccessState) => boolean
  readonly before: AccessState
  readonly after: AccessState
  readonly writings: Writings
  readonly titleOf: (document: DocumentId) => string
  readonly summaryOf: (person: PersonId) => PersonSummary
  /** What an operation says, with its author. */
  readonly sentenceOf: (hash: OperationHash) => string
}): ChangePreview {
  const { change, before, after, writings, summaryOf } = options
  const { person } = change
  const difference = compareStates(before.snapshot(), after.snapshot())
  const own = difference.members.find((member) => member.person === person)
  const lengths = new Map<FeedId, number>()
  for (const { feed, to } of difference.feeds) if (to !== undefined) lengths.set(feed, to)
  const all = writings.of(person)
  const isDropped = ({ feed, seq }: Writing): boolean => seq >= (lengths.get(feed) ?? Infinity)
  const wasReader = before.can(person, 'read')
  const isReader = after.can(person, 'read')
  return {
    ...(own && { role: { from: own.from, to: own.to } }),
    kept: countsByPlace(
      all.filter((writing) => !isDropped(writing)),
      options.titleOf,
    ).map(({ place, count }) => ({ place, count })),
    dropped: countsByPlace(all.filter(isDropped), options.titleOf),
    alsoAffected: difference.members
      .filter((member) => member.person !== person)
      .map((member) => ({ person: summaryOf(member.person), from: member.from, to: member.to })),
    lapsed: difference.lapsed.map(options.sentenceOf),
    ...(options.owns(before) && !options.owns(after) && { endsOwnership: true }),
    keepsReading: wasReader && !isReader,
    needsNewKey: difference.members.some(
      (member) => before.can(member.person, 'read') && !after.can(member.person, 'read'),
    ),
  }
}

function countsByPlace(
  writings: readonly Writing[],
  titleOf: (document: DocumentId) => string,
): readonly { readonly place: string; readonly count: number; readonly excerpt: string }[] {
  const places = new Map<DocumentId, { count: number; newestAtMs: number; text: string }>()
  for (const { document, atMs, text } of writings) {
    const place = places.get(document)
    if (!place) places.set(document, { count: 1, newestAtMs: atMs, text })
    else {
      place.count++
      if (atMs < place.newestAtMs) continue
      place.newestAtMs = atMs
      place.text = text
    }
  }
  return [...places].map(([document, { count, text }]) => ({
    place: titleOf(document),
    count,
    excerpt: excerptOf(text),
  }))
}

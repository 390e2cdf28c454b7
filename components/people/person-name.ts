import { html, type TemplateResult } from 'lit'
import type { PersonSummary } from '../../src/index.ts'

const LIST_FORMATS = {
  and: new Intl.ListFormat('en', { type: 'conjunction' }),
  or: new Intl.ListFormat('en', { type: 'disjunction' }),
} as const

/** What to call a person: two who gave no name, or whose name is closed to this device, are told apart by their keys. */
export const personName = ({ name, keyTag }: PersonSummary): string => name || `Somebody (${keyTag})`

/** The same where the key stands beside it. */
export const shortName = ({ name }: PersonSummary): string => name || 'Somebody'

/** What to call a person in plain text, between the marks that keep it from turning the direction of the words around it. */
export const isolatedName = (person: PersonSummary): string => `\u2068${personName(person)}\u2069`

/** "Ada, Cleo and you": the reader last, since that is how one says it. */
const inOrder = (people: readonly PersonSummary[]): readonly PersonSummary[] =>
  people.toSorted((a, b) => Number(a.isMe) - Number(b.isMe))

const wordOf = (person: PersonSummary, isStart: boolean): string =>
  person.isMe ? (isStart ? 'You' : 'you') : personName(person)

/** The names as part of a sentence, each kept from turning the direction of the text around it. */
export function namesOf(
  people: readonly PersonSummary[],
  options: { readonly isStart?: boolean; readonly type?: keyof typeof LIST_FORMATS } = {},
): TemplateResult {
  const words = inOrder(people).map((person, index) => wordOf(person, options.isStart === true && index === 0))
  return html`${LIST_FORMATS[options.type ?? 'and']
    .formatToParts(words)
    .map(({ type, value }) => (type === 'element' ? html`<bdi>${value}</bdi>` : value))}`
}

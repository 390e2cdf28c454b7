import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import type { JsonValue, Presence, SessionId } from '../../src/index.ts'
import { personName } from '../people/person-name.ts'
import { personColour } from '../theme/person-colour.ts'

/** What the cursor plugin reads of a person: name and colour come from the signed presence, never from what it claims. */
export interface CursorState {
  readonly user: { readonly name: string; readonly color: string; readonly colourIndex: number }
  readonly cursor: { readonly anchor: JsonValue; readonly head: JsonValue } | null
}

type ChangeListener = (change: { added: number[]; updated: number[]; removed: number[] }) => void

/**
 * Gives the cursor plugin of y-prosemirror the few methods of an Awareness that it calls, on top of a room's signed
 * presence. Positions come from other people, so they are checked before Yjs resolves them.
 */
export class PresenceAwareness {
  readonly #presence: Presence
  readonly #listeners = new Set<ChangeListener>()
  readonly #unsubscribe: () => void
  #local: { cursor: JsonValue } = { cursor: null }

  constructor(presence: Presence) {
    this.#presence = presence
    this.#unsubscribe = presence.on('change', (change) => {
      const clients = (sessions: readonly SessionId[]) =>
        sessions.flatMap((session) => presence.states.get(session)?.clientId ?? [])
      const event = { added: clients(change.added), updated: clients(change.updated), removed: [] }
      for (const listener of this.#listeners) listener(event)
    })
  }

  /** The plugin asks for a whole Awareness, of which it calls `getStates`, `getLocalState`, `setLocalStateField`, `on`, `off`. */
  asAwareness(): Awareness {
    return this as unknown as Awareness
  }

  getStates(): Map<number, CursorState> {
    const states = new Map<number, CursorState>()
    for (const { person, clientId, state } of this.#presence.states.values())
      states.set(clientId, {
        user: {
          name: personName(person),
          color: personColour(person.id).solid,
          colourIndex: personColour(person.id).index,
        },
        cursor: parseCursor(state),
      })
    return states
  }

  getLocalState(): { cursor: JsonValue } {
    return this.#local
  }

  setLocalStateField(field: string, value: unknown): void {
    if (field !== 'cursor') return
    this.#local = {
      cursor: value === null ? null : cursorJson(value as { anchor: Y.RelativePosition; head: Y.RelativePosition }),
    }
    this.#presence.set(this.#local)
  }

  on(name: 'change', listener: ChangeListener): void {
    if (name === 'change') this.#listeners.add(listener)
  }

  off(_name: 'change', listener: ChangeListener): void {
    this.#listeners.delete(listener)
  }

  destroy(): void {
    this.#unsubscribe()
    this.#listeners.clear()
    this.#presence.set(undefined)
  }
}

const cursorJson = ({ anchor, head }: { anchor: Y.RelativePosition; head: Y.RelativePosition }): JsonValue => ({
  anchor: positionJson(anchor),
  head: positionJson(head),
})

function positionJson(position: Y.RelativePosition): JsonValue {
  const id = (value: Y.ID | null) => (value ? { client: value.client, clock: value.clock } : null)
  return { type: id(position.type), tname: position.tname, item: id(position.item), assoc: position.assoc }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

function isPosition(value: unknown): value is JsonValue {
  if (!isObject(value)) return false
  const isId = (id: unknown) =>
    id === null || id === undefined || (isObject(id) && isCount(id['client']) && isCount(id['clock']))
  const name = value['tname']
  const assoc = value['assoc']
  const isRoot = name === null || name === undefined || name === NOTE_ROOT
  return isId(value['type']) && isId(value['item']) && isRoot && (assoc === undefined || assoc === 0 || assoc === -1)
}

/** The only root that a cursor can stand in: resolving another name would make Yjs create it. */
const NOTE_ROOT = 'body'

function parseCursor(state: unknown): CursorState['cursor'] {
  const cursor = isObject(state) ? state['cursor'] : undefined
  if (!isObject(cursor)) return null
  const { anchor, head } = cursor
  return isPosition(anchor) && isPosition(head) ? { anchor, head } : null
}

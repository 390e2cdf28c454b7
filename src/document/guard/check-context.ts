import type * as Y from 'yjs'
import { Characters } from './characters.ts'
import { NewStructs } from './new-structs.ts'
import type { Places } from './places.ts'
import { refuse } from './reasons.ts'
import { structAt } from './struct-at.ts'
import { UpdateReader } from './update-reader.ts'

/** What the author had seen: the next clock of each Yjs client. The author's own is known and not looked up here. */
export type StateView = ReadonlyMap<number, number>

export interface Author {
  readonly client: number
  /** The root in which this author alone appends. */
  readonly lane: string
  readonly mayWrite: boolean
  /** Clock at which the next update begins. */
  nextClock: number
  structs: number
  sizeBytes: number
}

/** What the parts of a check share: the bytes, the document, who writes and what that author had seen. */
export class CheckContext {
  readonly reader = new UpdateReader()
  readonly fresh = new NewStructs()
  readonly doc: Y.Doc
  readonly places: Places
  readonly characters: Characters
  author: Author = { client: 0, lane: '', mayWrite: false, nextClock: 0, structs: 0, sizeBytes: 0 }
  view: StateView = new Map()

  constructor(doc: Y.Doc, places: Places) {
    this.doc = doc
    this.places = places
    this.characters = new Characters(doc)
  }

  /** First clock of a client that the author had not seen in the document; what the update itself adds is apart. */
  limitOf(client: number): number {
    return client === this.author.client ? this.author.nextClock : (this.view.get(client) ?? 0)
  }

  /** An item of the document that the author had seen. */
  seen(client: number, clock: number): Y.Item {
    if (clock >= this.limitOf(client)) refuse('unseen', 'reference outside the view')
    return structAt(this.doc, client, clock) ?? refuse('view', 'not here yet')
  }
}

import * as Y from 'yjs'
import { refuse } from './reasons.ts'
import { compileRoots, LANE_RULE, type ContainerRule, type DocumentSchema } from './schema.ts'

/** A container: what it takes, and where it stands. Two slots are the same if place and key are. */
export interface Place {
  readonly rule: ContainerRule
  /** Containers above it. */
  readonly depth: number
  /** The root's name if only one feed appends here. */
  readonly lane: string | undefined
  /** Undefined while the container is only in the update that is being checked. */
  readonly type: SharedType | undefined
}

export type SharedType = Y.AbstractType<unknown>

/**
 * The containers of a document, found from the shared type. The document keeps everything (`gc: false`), so an item's
 * parent is a fact that does not depend on what was collected when.
 */
export class Places {
  readonly #doc: Y.Doc
  readonly #places = new WeakMap<object, Place>()
  readonly #roots = new Map<string, Place>()
  #lastType: unknown = undefined
  #lastPlace: Place | undefined = undefined

  /** Makes the roots of the schema, so that no update decides of what class they are. */
  constructor(doc: Y.Doc, schema: DocumentSchema) {
    this.#doc = doc
    for (const [name, rule] of compileRoots(schema)) {
      const root = rule.list === 'text' ? doc.getText(name) : doc.getXmlFragment(name)
      this.#add(name, { rule, depth: 0, lane: undefined, type: root as SharedType })
    }
  }

  addLane(name: string): void {
    const type = this.#doc.getArray(name) as unknown as SharedType
    this.#add(name, { rule: LANE_RULE, depth: 0, lane: name, type })
  }

  root(name: string): Place {
    return this.#roots.get(name) ?? refuse('placement', 'unknown root')
  }

  /** The place of a container in the document. */
  of(type: unknown): Place {
    if (type === this.#lastType && this.#lastPlace !== undefined) return this.#lastPlace
    const place = this.#places.get(type as object) ?? this.#find(type as SharedType)
    this.#lastType = type
    this.#lastPlace = place
    return place
  }

  #add(name: string, place: Place): void {
    this.#roots.set(name, place)
    this.#places.set(place.type as object, place)
  }

  /** Depth is bounded by what the guard lets in, so the recursion is too. */
  #find(type: SharedType): Place {
    const item = type._item
    if (item === null) return refuse('placement', 'root outside the schema')
    const parent = this.of(item.parent)
    const rule = type instanceof Y.XmlElement ? parent.rule.children.get(type.nodeName) : parent.rule.text
    if (rule === undefined) return refuse('placement', 'container outside the schema')
    const place = { rule, depth: parent.depth + 1, lane: parent.lane, type }
    this.#places.set(type, place)
    return place
  }
}

import * as Y from 'yjs'
import type { StateView } from '../../src/document/guard/check-context.ts'
import type { DocumentSchema, NodeRule } from '../../src/document/guard/schema.ts'
import {
  anyContent,
  elementContent,
  markContent,
  textContent,
  typeContent,
  writeUpdate,
  type Draft,
  type DraftDeletes,
  type UnitId,
} from './draft.ts'
import type { Random } from './random.ts'

type SharedType = Y.AbstractType<unknown>

/** A container that an update may name: its list and its keys are slots. */
interface Target {
  readonly parent: string | UnitId
  readonly name: string
  readonly type: SharedType | undefined
  readonly lane: boolean
}

/** Who writes, and what they claim to have seen. */
export interface Attacker {
  readonly client: number
  readonly lane: string
  readonly nextClock: number
}

const EMOJI = ['x', 'ab', '😀', 'é日', 'hello', '\ufffd\ufffd']

/** Every container of a document, deleted ones too. */
export function targetsOf(doc: Y.Doc, schema: DocumentSchema): Target[] {
  const targets: Target[] = []
  for (const [name, root] of doc.share) {
    const lane = name.startsWith(schema.lanePrefix)
    if (lane || Object.hasOwn(schema.roots, name)) {
      targets.push({ parent: name, name: root instanceof Y.Text ? 'title' : 'root', type: root as SharedType, lane })
    }
  }
  for (const structs of doc.store.clients.values()) {
    for (const struct of structs) {
      if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentType)) continue
      const type = struct.content.type as SharedType
      targets.push({
        parent: struct.id,
        name: type instanceof Y.XmlElement ? type.nodeName : 'text',
        type,
        lane: false,
      })
    }
  }
  return targets
}

/**
 * Writes updates as a well-meaning device would that has seen `view`, and then spoils most of them in one way. What
 * stays in order is as valuable as what does not: it must do no harm, however old the view.
 */
export class Forger {
  readonly #random: Random
  readonly #schema: DocumentSchema
  readonly #targets: readonly Target[]
  readonly #attacker: Attacker
  readonly #view: StateView
  /** Units of a slot in the attacker's eyes, with what this update has added. */
  readonly #slots = new Map<string, UnitId[]>()
  #clock: number

  constructor(random: Random, schema: DocumentSchema, targets: readonly Target[], attacker: Attacker, view: StateView) {
    this.#random = random
    this.#schema = schema
    this.#targets = targets
    this.#attacker = attacker
    this.#view = view
    this.#clock = attacker.nextClock
  }

  forge(): Uint8Array {
    const random = this.#random
    const drafts: Draft[] = []
    const targets = this.#targets.filter(({ parent }) => typeof parent === 'string' || this.#sees(parent))
    for (let left = random.pick([0, 1, 1, 1, 2, 3, 6]); left > 0; left--) this.#draft(targets, drafts)
    const deletes = drafts.length === 0 || random.chance(0.2) ? this.#deletes() : []
    const start = { client: this.#attacker.client, clock: this.#attacker.nextClock }
    if (random.chance(0.45)) return writeUpdate(start, drafts, deletes)
    const draft = drafts.length > 0 ? random.pick(drafts) : undefined
    if (draft === undefined || random.chance(0.15)) return mutateBytes(random, writeUpdate(start, drafts, deletes))
    this.#spoil(draft)
    if (random.chance(0.04)) return writeUpdate({ ...start, client: this.#anyUnit().client }, drafts, deletes)
    if (random.chance(0.04)) return writeUpdate({ ...start, clock: start.clock + random.below(5) - 2 }, drafts, deletes)
    return writeUpdate(start, drafts, deletes)
  }

  #sees({ client, clock }: UnitId): boolean {
    return client === this.#attacker.client ? clock < this.#clock : clock < (this.#view.get(client) ?? 0)
  }

  #units(target: Target, key: string | undefined): UnitId[] {
    const name = `${JSON.stringify(target.parent)}@${key ?? ''}`
    const known = this.#slots.get(name)
    if (known !== undefined) return known
    const units: UnitId[] = []
    let item =
      target.type === undefined ? null : key === undefined ? target.type._start : (target.type._map.get(key) ?? null)
    if (key !== undefined) while (item !== null && item.left !== null) item = item.left
    for (; item !== null; item = item.right) {
      for (let i = 0; i < item.length; i++) {
        const id = { client: item.id.client, clock: item.id.clock + i }
        if (this.#sees(id)) units.push(id)
      }
    }
    this.#slots.set(name, units)
    return units
  }

  #draft(targets: Target[], drafts: Draft[]): void {
    const random = this.#random
    const mine = targets.filter(({ lane, parent }) => !lane || parent === this.#attacker.lane || random.chance(0.02))
    const target = random.chance(0.3) ? mine.at(-1 - random.below(Math.min(4, mine.length))) : random.pick(mine)
    if (target === undefined) return
    const rule: NodeRule | undefined = this.#schema.nodes[target.name]
    const names = Object.keys(rule?.attributes ?? {})
    const key = names.length > 0 && random.chance(0.5) ? random.pick(names) : undefined
    const units = this.#units(target, key)
    const last = key !== undefined || target.lane
    const at = last ? units.length : random.below(units.length + 1)
    const draft: Draft = {
      origin: units[at - 1],
      right: units[at],
      parent: target.parent,
      key,
      ...(key === undefined ? this.#listContent(target) : this.#attribute(rule, key)),
    }
    const added = Array.from({ length: draft.length }, (_, i) => ({
      client: this.#attacker.client,
      clock: this.#clock + i,
    }))
    const [first] = added
    if (first !== undefined && draft.kind === 7) {
      const name = this.#lastName
      targets.push({ parent: first, name, type: undefined, lane: false })
    }
    units.splice(at, 0, ...added)
    this.#clock += draft.length
    drafts.push(draft)
  }

  #lastName = ''

  #listContent(target: Target): Pick<Draft, 'kind' | 'length' | 'content'> {
    const random = this.#random
    if (target.lane)
      return anyContent(...Array.from({ length: 1 + random.below(3) }, () => ({ kind: 'message', text: 'x' })))
    if (target.name === 'title') return textContent(random.pick(EMOJI))
    if (target.name === 'text') {
      if (random.chance(0.6)) return textContent(random.pick(EMOJI))
      return markContent(random.pick(['strong', 'em', 'code']), random.chance(0.5) ? null : {})
    }
    const rule = this.#schema.nodes[target.name]
    if (rule?.text === true && random.chance(0.6)) {
      this.#lastName = 'text'
      return typeContent(6)
    }
    const root = this.#schema.roots['body']
    const children = rule?.children ?? (root?.type === 'fragment' ? root.children : [])
    const names = children.flatMap((name) => this.#schema.groups[name] ?? [name])
    this.#lastName = names.length > 0 ? random.pick(names) : 'paragraph'
    return elementContent(this.#lastName)
  }

  #attribute(rule: NodeRule | undefined, key: string): Pick<Draft, 'kind' | 'length' | 'content'> {
    const random = this.#random
    const value = rule?.attributes?.[key]
    switch (value?.type) {
      case 'boolean':
        return anyContent(random.chance(0.5))
      case 'integer':
        return anyContent(1 + random.below(6))
      case 'integers':
        return anyContent([random.below(50), 1])
      case 'one-of':
        return anyContent(random.pick(value.values))
      default:
        return anyContent('some text')
    }
  }

  #anyUnit(): UnitId {
    const random = this.#random
    const clients = [...this.#view.keys(), this.#attacker.client]
    const client = random.pick(clients)
    const limit = client === this.#attacker.client ? this.#clock : (this.#view.get(client) ?? 0)
    return { client, clock: random.below(limit + 3) }
  }

  #deletes(): DraftDeletes[] {
    const random = this.#random
    const clients = [...this.#view.keys(), this.#attacker.client].filter(() => random.chance(0.6))
    return [...new Set(clients)]
      .toSorted((a, b) => b - a)
      .map((client) => {
        const limit = client === this.#attacker.client ? this.#clock : (this.#view.get(client) ?? 0)
        const ranges: [number, number][] = []
        for (let from = random.below(limit); from < limit && ranges.length < 3;) {
          const length = Math.min(1 + random.below(4), random.chance(0.03) ? 1000 : limit - from)
          ranges.push([from, length])
          from += length + 1 + random.below(9)
        }
        return { client, ranges }
      })
      .filter(({ ranges }) => ranges.length > 0)
  }

  /** Anchors that are not neighbours first: that is where replicas would part. */
  #spoil(draft: Draft): void {
    const random = this.#random
    const slots = [...this.#slots.values()].filter(({ length }) => length > 0)
    const unit = (): UnitId =>
      slots.length > 0 && random.chance(0.8) ? random.pick(random.pick(slots)) : this.#anyUnit()
    switch (random.below(13)) {
      case 0:
      case 1:
        draft.right = unit()
        break
      case 2:
      case 3:
        draft.origin = unit()
        break
      case 4:
        draft.origin = undefined
        break
      case 5:
        draft.right = undefined
        break
      case 6:
        draft.origin = unit()
        draft.right = unit()
        break
      case 7: {
        const { origin } = draft
        draft.origin = draft.right
        draft.right = origin
        break
      }
      case 8:
        draft.key = random.pick([undefined, 'level', 'checked', 'href', '__proto__', 'constructor'])
        break
      case 9:
        draft.origin = undefined
        draft.right = undefined
        draft.parent = random.pick([
          this.#anyUnit(),
          'body',
          'title',
          'other',
          '__proto__',
          random.pick(this.#targets).parent,
        ])
        break
      case 10:
        Object.assign(
          draft,
          random.pick([
            typeContent(random.below(8)),
            elementContent('script'),
            textContent(''),
            anyContent(),
            anyContent(1),
            textContent('x'),
            markContent('link', { href: 'javascript:1' }),
          ]),
        )
        break
      case 11:
        draft.kind = random.below(16)
        break
      default:
        draft.flip = 1 << random.below(8)
    }
  }
}

/** Turned over, cut off, put in or taken out. */
export function mutateBytes(random: Random, update: Uint8Array): Uint8Array {
  const bytes = [...update]
  for (let left = 1 + random.below(2); left > 0; left--) {
    const at = random.below(bytes.length)
    switch (random.below(5)) {
      case 0:
        bytes[at] = random.below(256)
        break
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
        break
      case 2:
        bytes.splice(at, 0, random.below(256))
        break
      case 3:
        bytes.splice(at, 1 + random.below(3))
        break
      default:
        bytes.length = random.chance(0.5) ? at : bytes.length
        bytes.push(...Array.from({ length: random.below(3) }, () => random.below(4)))
    }
  }
  return Uint8Array.from(bytes)
}

import { unreachable } from '../../base/assert.ts'
import { refuse } from './reasons.ts'

/** What a value must be. */
export type ValueRule =
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  | { readonly type: 'boolean' }
  | { readonly type: 'text'; readonly unitsMax: number }
  | { readonly type: 'one-of'; readonly values: readonly string[] }
  | { readonly type: 'integers'; readonly itemsMax: number; readonly max: number }
  /** An address that is safe to follow. */
  | { readonly type: 'link' }

export type ValueRules = Readonly<Record<string, ValueRule>>

/** A ProseMirror node as y-prosemirror writes it: an element of the node's name, its text in text children. */
export interface NodeRule {
  /** Names of nodes and of groups. */
  readonly children: readonly string[]
  /** Whether text may stand in it. */
  readonly text?: boolean
  readonly attributes?: ValueRules
}

export type RootRule =
  /** Text without marks. */
  | { readonly type: 'text' }
  /** Elements. */
  | { readonly type: 'fragment'; readonly children: readonly string[] }

/** What a kind of document may hold. Data only: every replica decides by the same table. */
export interface DocumentSchema {
  readonly kind: string
  readonly updateBytesMax: number
  /** Roots named by this prefix and a feed: only that feed appends there, plain objects, and nothing is ever deleted. */
  readonly lanePrefix: string
  /** Roots that every writer may change. */
  readonly roots: Readonly<Record<string, RootRule>>
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly nodes: Readonly<Record<string, NodeRule>>
  /** Marks by name, with their attributes; an attribute of a mark may also be null or left out. */
  readonly marks: Readonly<Record<string, ValueRules>>
}

/** A schema made ready for the hot path: what one kind of container takes. */
export interface ContainerRule {
  readonly list: 'objects' | 'text' | 'marked' | 'nodes'
  readonly children: ReadonlyMap<string, ContainerRule>
  readonly text: ContainerRule | undefined
  readonly attributes: ReadonlyMap<string, ValueRule>
  readonly marks: ReadonlyMap<string, ValueRules>
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>()

const leaf = (list: ContainerRule['list'], marks: ContainerRule['marks'] = NONE): ContainerRule => ({
  list,
  children: NONE,
  text: undefined,
  attributes: NONE,
  marks,
})

export const LANE_RULE: ContainerRule = leaf('objects')

/** The rules of the roots, by name. */
export function compileRoots(schema: DocumentSchema): ReadonlyMap<string, ContainerRule> {
  const text = leaf('marked', new Map(Object.entries(schema.marks)))
  const names = (children: readonly string[]): string[] => children.flatMap((name) => schema.groups[name] ?? [name])
  const rules = new Map<string, ContainerRule & { readonly children: Map<string, ContainerRule> }>()
  for (const [name, node] of Object.entries(schema.nodes)) {
    rules.set(name, {
      list: 'nodes',
      children: new Map(),
      text: node.text === true ? text : undefined,
      attributes: new Map(Object.entries(node.attributes ?? {})),
      marks: NONE,
    })
  }
  const fill = (children: Map<string, ContainerRule>, allowed: readonly string[]): void => {
    for (const name of names(allowed)) {
      const rule = rules.get(name)
      if (rule === undefined) throw new TypeError(`schema ${schema.kind} has no node ${name}`)
      children.set(name, rule)
    }
  }
  for (const [name, node] of Object.entries(schema.nodes)) fill(rules.get(name)?.children ?? new Map(), node.children)
  const roots = new Map<string, ContainerRule>()
  for (const [name, root] of Object.entries(schema.roots)) {
    const children = new Map<string, ContainerRule>()
    if (root.type === 'fragment') fill(children, root.children)
    roots.set(name, root.type === 'text' ? leaf('text') : { ...leaf('nodes'), children })
  }
  return roots
}

const LINK_UNITS_MAX = 4096

/** The schemes that a link may have. Anything else may run code or leave the browser. */
const SAFE_LINK = /^(?:https?:\/\/|mailto:)/i

function fits(rule: ValueRule, value: unknown): boolean {
  switch (rule.type) {
    case 'integer':
      return Number.isInteger(value) && (value as number) >= rule.min && (value as number) <= rule.max
    case 'boolean':
      return typeof value === 'boolean'
    case 'text':
      return typeof value === 'string' && value.length <= rule.unitsMax
    case 'one-of':
      return typeof value === 'string' && rule.values.includes(value)
    case 'integers':
      return (
        Array.isArray(value) &&
        value.length <= rule.itemsMax &&
        value.every((item) => Number.isInteger(item) && item >= 0 && item <= rule.max)
      )
    case 'link':
      return typeof value === 'string' && value.length <= LINK_UNITS_MAX && SAFE_LINK.test(value)
    default:
      return unreachable(rule)
  }
}

export function requireValue(rule: ValueRule, value: unknown): void {
  if (!fits(rule, value)) refuse('content', `attribute is not ${rule.type}`)
}

/** A mark begins with an object of its attributes and ends with null. */
export function requireMark(rules: ValueRules, value: unknown): void {
  if (value === null) return
  if (typeof value !== 'object' || Array.isArray(value)) refuse('content', 'mark is not an object')
  for (const [key, part] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined
    if (rule === undefined || (part !== null && !fits(rule, part))) refuse('content', 'attribute of a mark')
  }
}

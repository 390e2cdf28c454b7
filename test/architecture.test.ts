import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

/** The folders of src, lowest first. A folder imports only folders of rows above its own; those of one row do not know each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['base'],
  ['crypto'],
  ['identity'],
  ['feed'],
  ['access', 'trust'],
  ['document', 'files'],
  ['sync', 'gossip', 'discovery'],
  ['storage', 'transport'],
  ['peer'],
  ['super-peer'],
]
/** Folders that may import less than their row allows: they store and carry bytes, whatever these mean. */
const IMPORTS_ONLY: Readonly<Record<string, readonly string[]>> = { storage: ['base'], transport: ['base'] }

/** Which folders of src may use which packages; a package that is not here may not be used in src. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@noble/ed25519': ['crypto'],
  '@noble/hashes': ['crypto'],
  '@noble/ciphers': ['crypto'],
  '@scure/base': ['base', 'identity'],
  '@scure/bip39': ['crypto', 'identity'],
  lib0: ['base', 'document', 'transport'],
  yjs: ['document'],
  'y-webrtc': ['transport'],
  'simple-peer': ['transport'],
  '@trystero-p2p/core': ['transport'],
  '@trystero-p2p/nostr': ['transport'],
  ws: ['super-peer'],
  'node-datachannel': ['super-peer'],
  'classic-level': ['super-peer'],
  node: ['super-peer'],
}
const PACKAGE_EXCEPTIONS: Readonly<Record<string, { readonly package: string; readonly reason: string }>> = {
  'src/transport/y-webrtc-provider.ts': {
    package: 'yjs',
    reason: 'y-webrtc wants a Y.Doc; it gets an empty one to throw away',
  },
}

/** Folders whose code is a function of its arguments: no clock, no chance, no timer, no platform. */
const MACHINE_FOLDERS = new Set(LAYERS.slice(0, 7).flat())
const BANNED_IN_MACHINES: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/, 'take the time as an argument'],
  [/\bMath\.random\b/, 'take the randomness as an argument'],
  [/\bset(?:Timeout|Interval|Immediate)\b/, 'return the timer as an effect'],
  [
    /\bindexedDB\b|\blocalStorage\b|\bBroadcastChannel\b|\bRTCPeerConnection\b|\bnew WebSocket\b/,
    'leave the platform to storage and transport',
  ],
  [/\bnavigator\.|\bwindow\./, 'leave the platform to storage, transport and peer'],
]
const BANNED_EVERYWHERE: readonly (readonly [RegExp, string])[] = [
  [/\bT[O]DO\b|\bF[I]XME\b|\bX[X]X\b/, 'finish it or leave it out'],
  [/@ts-(?:ignore|nocheck|expect-error)/, 'make the types right'],
  [/^\s*(?:export )?(?:const )?(?:enum|namespace) \w/m, 'use a union of literals, or a module'],
]

const FILE_LINES_MAX = 400
const ENTRIES = [
  'src/index.ts',
  'src/super-peer/cli.ts',
  'src/super-peer/index.ts',
  'components/main.ts',
  'components/service-worker/service-worker.ts',
  'components/plain-logging.ts', // put in by vite.config.ts for a module of lib0
]
/** What may lie in the project's root besides files and folders whose name begins with a dot. */
const TOP_LEVEL = new Set([
  'src',
  'components',
  'test',
  'node_modules',
  'dist',
  'coverage',
  'test-results',
  'README.md',
  'LICENSE',
  'package.json',
  'package-lock.json',
  'index.html',
  'tsconfig.json',
  'tsconfig.node.json',
  'vite.config.ts',
  'web-test-runner.config.mjs',
])

interface SourceFile {
  readonly path: string
  readonly text: string
  /** Without comments. */
  readonly code: string
  readonly imports: readonly string[]
}

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\bnew URL\(\s*)(['"])([\w@./:-]+)(?:\?\w+)?\1/g

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\\/])\/\/.*$/gm, '$1')

const filesIn = (folder: string, extension: RegExp): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
        .filter((name) => extension.test(name))
        .toSorted()
    : []

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8')
  const code = withoutComments(text)
  const imports = [...code.matchAll(IMPORT)].map(([, , specifier = '']) =>
    specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
  )
  return { path, text, code, imports }
}

const source = filesIn('src', /\.ts$/).map(readSource)
const components = filesIn('components', /\.ts$/).map(readSource)
const tests = filesIn('test', /\.(?:ts|mjs)$/).map(readSource)
const application = [...source, ...components]
const byPath = new Map(application.map((file) => [file.path, file]))

/** The folder of src that a path lies in, or undefined (src/index.ts, another tree). */
const layerOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1]
const rankOf = (folder: string): number => LAYERS.findIndex((row) => row.includes(folder))
const packageOf = (specifier: string): string | undefined => {
  if (byPath.has(specifier) || /^(?:src|components|test)\//.test(specifier)) return undefined
  if (specifier.startsWith('node:')) return 'node'
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Fails with every finding at once. */
const noFindings = (findings: readonly string[]): void => {
  assert.deepEqual(findings, [])
}

test('every folder of src has its place in the table of layers', () => {
  noFindings(
    source.map(({ path }) => layerOf(path)).filter((folder) => folder !== undefined && rankOf(folder) < 0) as string[],
  )
})

test('a folder of src imports only folders below it', () => {
  const findings: string[] = []
  for (const { path, imports } of source) {
    const from = layerOf(path)
    if (from === undefined) continue
    for (const imported of imports) {
      if (imported === 'src/index.ts') findings.push(`${path} imports src/index.ts, which is for those outside`)
      if (/^(?:components|test)\//.test(imported)) findings.push(`${path} imports ${imported}`)
      const to = layerOf(imported)
      if (to === undefined || to === from) continue
      const allowed = IMPORTS_ONLY[from]?.includes(to) ?? rankOf(to) < rankOf(from)
      if (!allowed) findings.push(`${path} imports ${imported}, which is not below it`)
    }
  }
  noFindings(findings)
})

test('the library does not contain the server', () => {
  noFindings((byPath.get('src/index.ts')?.imports ?? []).filter((imported) => layerOf(imported) === 'super-peer'))
})

test('packages are used only where the table allows it', () => {
  const findings: string[] = []
  for (const { path, imports } of source)
    for (const name of imports.map(packageOf)) {
      if (name === undefined || PACKAGE_EXCEPTIONS[path]?.package === name) continue
      if (!PACKAGES[name]?.includes(layerOf(path) ?? '')) findings.push(`${path} uses ${name}`)
    }
  noFindings(findings)
})

test('components reach the library through src/index.ts, and Yjs only in bindings', () => {
  const findings: string[] = []
  for (const { path, imports } of components)
    for (const imported of imports) {
      if (imported.startsWith('src/') && imported !== 'src/index.ts') findings.push(`${path} imports ${imported}`)
      const name = packageOf(imported)
      const isYjs = name === 'yjs' || name === 'y-prosemirror' || name === 'y-protocols' || name === 'y-webrtc'
      if (isYjs && !path.startsWith('components/bindings/')) findings.push(`${path} uses ${name}`)
    }
  noFindings(findings)
})

/** The first cycle found in a graph, as the nodes along it. */
function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>()
  const path: string[] = []
  const visit = (node: string): string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (done.has(node)) return []
    path.push(node)
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next)
      if (cycle.length > 0) return cycle
    }
    path.pop()
    done.add(node)
    return []
  }
  for (const node of graph.keys()) {
    const cycle = visit(node)
    if (cycle.length > 0) return cycle
  }
  return []
}

test('no file imports itself, by whatever way', () => {
  const graph = application.map(({ path, imports }) => [path, new Set(imports.filter((to) => byPath.has(to)))] as const)
  noFindings(findCycle(new Map(graph)))
})

test('no folder of components imports itself by way of another', () => {
  // A file that lies directly in components stands for itself.
  const folderOf = (path: string): string => (dirname(path) === 'components' ? path : dirname(path))
  const graph = new Map<string, Set<string>>()
  for (const { path, imports } of components) {
    const from = folderOf(path)
    if (!graph.has(from)) graph.set(from, new Set())
    for (const imported of imports)
      if (imported.startsWith('components/') && folderOf(imported) !== from) graph.get(from)?.add(folderOf(imported))
  }
  noFindings(findCycle(graph))
})

test('every file is used', (t) => {
  const missing = ENTRIES.filter((entry) => !byPath.has(entry))
  if (missing.length > 0) {
    t.skip(`there is no ${missing.join(', ')} yet`)
    return
  }
  const reached = new Set<string>()
  const visit = (path: string): void => {
    if (reached.has(path)) return
    reached.add(path)
    for (const imported of byPath.get(path)?.imports ?? []) if (byPath.has(imported)) visit(imported)
  }
  for (const entry of ENTRIES) visit(entry)
  noFindings(application.map(({ path }) => path).filter((path) => !reached.has(path) && !path.endsWith('.d.ts')))
})

test('machines take time, chance and timers as arguments', () => {
  const findings: string[] = []
  for (const { path, code } of source)
    if (MACHINE_FOLDERS.has(layerOf(path) ?? ''))
      for (const [pattern, instead] of BANNED_IN_MACHINES) {
        const found = pattern.exec(code)
        if (found) findings.push(`${path}: ${found[0]}: ${instead}`)
      }
  noFindings(findings)
})

test('nothing is left for later, and no type is silenced', () => {
  const findings: string[] = []
  for (const { path, text } of [...application, ...tests])
    for (const [pattern, instead] of BANNED_EVERYWHERE) {
      const found = path === 'test/architecture.test.ts' ? null : pattern.exec(text)
      if (found) findings.push(`${path}: ${found[0].trim()}: ${instead}`)
    }
  noFindings(findings)
})

test(`no file is longer than ${FILE_LINES_MAX} lines`, () => {
  const lines = ({ text }: SourceFile): number => text.split('\n').length - 1
  const long = [...application, ...tests].filter((file) => lines(file) > FILE_LINES_MAX)
  noFindings(long.map((file) => `${file.path}: ${lines(file)}`))
})

test('file names are lower-case words with hyphens', () => {
  const name = /\/[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|styles|d))?\.(?:ts|mjs|d\.mts)$/
  noFindings([...application, ...tests].map(({ path }) => path).filter((path) => !name.test(path)))
})

/** `[AB12] Text`, at the beginning of a line or a list item. */
const RULE = /^\s*(?:[-*|] *|#+ *)?\**\[([A-Z]{1,4}\d+[a-z]?)\]/gm
const rulesIn = (path: string): string[] => [...readFileSync(path, 'utf8').matchAll(RULE)].map(([, rule = '']) => rule)
/** The rules that the names of a file's tests begin with, other brackets beside them. */
const rulesNamedIn = ({ text }: SourceFile): string[] =>
  [...text.matchAll(/\b(?:test|it|describe|suite|withPair)\(\s*['"`]((?:\[[\w ]+\][ ,]*)+)/g)].flatMap(
    ([, name = '']) => [...name.matchAll(/\[([A-Z]{1,4}\d+[a-z]?)\]/g)].map(([, rule = '']) => rule),
  )

test('every rule that a test names stands once in a SPEC.md', () => {
  const rules = new Map<string, string>()
  const findings: string[] = []
  for (const path of filesIn('src', /\/SPEC\.md$/))
    for (const rule of rulesIn(path)) {
      if (rules.has(rule)) findings.push(`[${rule}] stands in ${rules.get(rule)} and in ${path}`)
      rules.set(rule, path)
    }
  for (const file of tests)
    for (const rule of rulesNamedIn(file))
      if (!rules.has(rule)) findings.push(`${file.path} names [${rule}], which no SPEC.md has`)
  noFindings(findings)
})

test('every rule of a SPEC.md is named by a test', () => {
  const named = new Set(tests.flatMap(rulesNamedIn))
  noFindings(
    filesIn('src', /\/SPEC\.md$/).flatMap((path) =>
      rulesIn(path)
        .filter((rule) => !named.has(rule))
        .map((rule) => `${path}: [${rule}]`),
    ),
  )
})

test('the root of the project holds nothing unexpected', () => {
  noFindings(readdirSync('.').filter((name) => !name.startsWith('.') && !TOP_LEVEL.has(name)))
})

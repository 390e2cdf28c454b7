// The examples say to the program only what it understands.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseCommandLine } from '../../src/super-peer/command-line.ts'
import { must } from '../peer/meeting.ts'

const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../src/super-peer/examples/${name}`, import.meta.url))

/** The variables that a file sets, whatever else it says. */
async function variablesIn(name: string): Promise<Readonly<Record<string, string>>> {
  const text = (await readFile(pathOf(name), 'utf8')).replace(/^#.*$/gm, '')
  const pairs = [...text.matchAll(/\b(PARLEY_[A-Z_]+)=(\S+)/g)].map(([, variable = '', value = '']) => [
    variable,
    value,
  ])
  return Object.fromEntries(pairs) as Record<string, string>
}

test('the example of a configuration file is one', () => {
  const { configuration } = must(parseCommandLine(['superpeer', '--config', pathOf('superpeer.json')], {}))
  assert.equal(configuration.number('rooms-max'), 200)
  assert.deepEqual(configuration.list('trackers'), ['wss://parley.example.org/tracker'])
})

for (const name of ['parley-superpeer.service', 'Containerfile'])
  test(`the variables in ${name} are understood`, async () => {
    const variables = await variablesIn(name)
    assert.ok(Object.keys(variables).length >= 4)
    const { configuration } = must(parseCommandLine(['superpeer'], variables))
    assert.equal(configuration.number('port'), 8788)
    assert.equal(configuration.text('log'), 'json')
  })

test('the program that the examples start is the one of the package', async () => {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly bin: { readonly parley: string }
  }
  const program = manifest.bin.parley.replace(/^\.\//, '')
  for (const name of ['parley-superpeer.service', 'Containerfile'])
    assert.ok((await readFile(pathOf(name), 'utf8')).includes(program), name)
})

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { appIsStale, buildApp, findProject } from '../../src/super-peer/app-build.ts'

/** A project whose files have the given ages in seconds. */
async function projectWith(context: TestContext, ages: Readonly<Record<string, number>>): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'parley-project-'))
  context.after(() => rm(project, { recursive: true }))
  for (const path of Object.keys(ages)) {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), '')
  }
  for (const folder of ['src', 'components'])
    await mkdir(join(project, folder), { recursive: true }).then(() => utimes(join(project, folder), 1, 1))
  for (const [path, age] of Object.entries(ages)) {
    const changed = new Date(Date.UTC(2026, 0, 1) - age * 1000)
    await utimes(join(project, path), changed, changed)
  }
  return project
}

test('an app that was never built has to be', async (t) => {
  assert.equal(appIsStale(await projectWith(t, { 'src/index.ts': 10 })), true)
})

test('an app that is newer than all its sources is used as it is', async (t) => {
  const ages = { 'src/index.ts': 10, 'components/main.ts': 10, 'package-lock.json': 10, 'dist/app/index.html': 5 }
  assert.equal(appIsStale(await projectWith(t, ages)), false)
})

test('one newer source is enough to build again, in whatever place', async (t) => {
  for (const source of ['src/index.ts', 'components/main.ts', 'index.html', 'vite.config.ts', 'package-lock.json'])
    assert.equal(appIsStale(await projectWith(t, { 'dist/app/index.html': 5, [source]: 1 })), true, source)
})

test('an installed package has no sources and is never stale', async (t) => {
  const project = await projectWith(t, { 'package.json': 0, 'dist/app/index.html': 5, 'dist/lib/super-peer/cli.js': 5 })
  assert.equal(appIsStale(project), false)
  assert.equal(findProject(join(project, 'dist/lib/super-peer')), project)
})

test('a build that cannot even start says so', async (t) => {
  const { ok, output } = await buildApp(await projectWith(t, {}))
  assert.equal(ok, false)
  assert.match(output, /vite/)
})

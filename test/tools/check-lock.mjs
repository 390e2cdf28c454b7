// Fails when package-lock.json lacks an optional (per-platform) dependency: `npm ci` then refuses to install (EUSAGE).
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))

/** Looks where Node would: in the package's own node_modules, then in those of the folders around it. */
function isLocked(dependency, from) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[at === '' ? `node_modules/${dependency}` : `${at}/node_modules/${dependency}`]) return true
    if (at === '') return false
  }
}

const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
  Object.keys(optionalDependencies)
    .filter((dependency) => !isLocked(dependency, path))
    .map((dependency) => `${path}: ${dependency}@${optionalDependencies[dependency]}`),
)
if (missing.length > 0) {
  console.error(`package-lock.json lacks ${missing.length} optional dependencies, so 'npm ci' will fail:`)
  for (const line of missing) console.error(`  ${line}`)
  process.exitCode = 1
}

// Runs one program of the project and gives its exit code, and what it printed on stdout.
import { spawn } from 'node:child_process'

const seconds = (milliseconds) => (milliseconds / 1000).toFixed(1)

/** @returns {Promise<{ ok: boolean, output: string }>} */
export function run(name, args, environment = {}) {
  console.log(`\n=== ${name}`)
  const started = performance.now()
  return new Promise((resolve) => {
    const program = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    })
    let output = ''
    program.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
      process.stdout.write(text)
    })
    program.on('close', (code, signal) => {
      console.log(
        `=== ${name}: ${code === 0 ? 'ok' : `exit ${code ?? signal}`}, ${seconds(performance.now() - started)} s`,
      )
      resolve({ ok: code === 0, output })
    })
  })
}

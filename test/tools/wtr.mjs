// Starts Web Test Runner with TypeScript support for the config (Node 20 cannot strip types itself).
import { register } from 'tsx/esm/api'

register()
await import('../../node_modules/@web/test-runner/dist/bin.js')

// The entry of the application: theme, shell, and the worker that makes it work without a network.
import './app/app.ts'
import { Peer } from '../src/index.ts'
import { openPeer } from './open-peer.ts'
import { applyTheme, chosenTheme } from './theme/theme.ts'

applyTheme(chosenTheme())

const app = document.createElement('parley-app')
app.openPeer = openPeer
app.readInvite = (link) => Peer.readInvite(link)
document.body.append(app)

/** The worker fetches everything there is, which must not hold up the first screen. */
const WORKER_DELAY_MS = 2_000

function registerWorker(): void {
  navigator.serviceWorker.register('./service-worker.js').catch((error: unknown) => {
    // The application works without it, though not when the host is away.
    console.warn('Parley will need its host to start next time:', error)
  })
}

// In development the worker would serve yesterday's modules.
if (import.meta.env.PROD && 'serviceWorker' in navigator) setTimeout(registerWorker, WORKER_DELAY_MS)

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

async function registerWorker(): Promise<void> {
  const { registerServiceWorker } = await import('./service-worker/registration.ts')
  await registerServiceWorker()
}

// In development the worker would serve yesterday's modules.
if (import.meta.env.PROD && 'serviceWorker' in navigator) setTimeout(() => void registerWorker(), WORKER_DELAY_MS)

// Opens the app without a network: keeps the files of the build, whose list the build puts in.
//
// A new version waits until every tab of the old one is closed, or until the page posts 'activate' because the user
// chose to reload: code is not swapped under a running room. The version before stays, for tabs that still run it and
// load parts of it late.

declare const self: ServiceWorkerGlobalScope
declare const __PRECACHE__: { readonly version: string; readonly files: readonly string[] }

const CACHE_PREFIX = 'parley-app-'
const VERSIONS_KEPT = 2
const current = CACHE_PREFIX + __PRECACHE__.version

async function removeOldVersions(): Promise<void> {
  const versions = (await caches.keys()).filter((name) => name.startsWith(CACHE_PREFIX) && name !== current)
  await Promise.all(
    versions.slice(0, Math.max(0, versions.length - VERSIONS_KEPT + 1)).map((name) => caches.delete(name)),
  )
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(current)
  const opensApp = request.mode === 'navigate' && request.url.split(/[?#]/)[0] === self.registration.scope
  const kept = (await cache.match(opensApp ? './' : request)) ?? (await caches.match(request))
  return kept ?? fetch(request)
}

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(current).then((cache) => cache.addAll([...__PRECACHE__.files])))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(removeOldVersions().then(() => self.clients.claim()))
})

self.addEventListener('message', (event) => {
  if (event.data === 'activate') event.waitUntil(self.skipWaiting())
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method === 'GET' && new URL(request.url).origin === location.origin) event.respondWith(answer(request))
})

export {}

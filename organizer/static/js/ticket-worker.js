// Serves tickets that were opened on this phone when the network is gone. Scope: /tickets/.
// The page puts itself into the cache (ticket.js); here it is only refreshed, served, and thrown away when revoked.

const KEPT = "tickets";
const PATIENCE_MS = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(ticket(request, pathname));
  else if (pathname.includes("/static/")) event.respondWith(part(request));
});

async function ticket(request, pathname) {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.status === 404) await cache.delete(pathname);
    else if (answer.ok && (await cache.match(pathname))) await cache.put(pathname, answer.clone());
    return answer;
  } catch {
    return (await cache.match(pathname)) ?? Response.error();
  }
}

async function part(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request)) ?? Response.error();
  }
}

// Keeps an opened ticket on the phone, and says so only once that is true. A shared computer keeps nothing.

const page = document.querySelector("[data-ticket]");

async function keep() {
  await navigator.serviceWorker.register(page.dataset.worker);
  await navigator.serviceWorker.ready;
  const parts = performance
    .getEntriesByType("resource")
    .map((entry) => entry.name)
    .filter((name) => new URL(name).origin === location.origin && name.includes("/static/"));
  const cache = await caches.open("tickets");
  const old = (await cache.keys()).filter(({ url }) => url.includes("/static/") && !parts.includes(url));
  await cache.addAll([location.pathname, ...new Set(parts)]);
  await Promise.all(old.map((request) => cache.delete(request)));
  page.querySelector("[data-kept]").hidden = false;
}

if ("serviceWorker" in navigator && matchMedia("(pointer: coarse)").matches) {
  const start = () => keep().catch(() => {}); // without it the ticket works as any page does
  if (document.readyState === "complete") start();
  else addEventListener("load", start, { once: true });
}

// The map page: the map and the list are one thing. folium's script makes the map; this fetches what it shows.

import { addCities } from "./map-cities.js";
import { Markers } from "./map-markers.js";
import { addWorld } from "./map-world.js";

const PAUSE = 150; // ms without movement before anything is asked for
const SNAP = 64; // pixels: boxes on a grid, so that a small move asks for the same address
const STREETS = 18;
const NO_STREETS = 13; // deeper, the built-in map has nothing to show

const page = document.getElementById("event-map");
const words = JSON.parse(page.dataset.words);
const form = page.querySelector(".map-filters");
const heading = document.getElementById("map-count");
const cards = document.getElementById("map-cards");
const status = page.querySelector(".map-status");
const frame = page.querySelector(".map-frame");
const number = new Intl.NumberFormat(document.documentElement.lang || "en");
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

for (const note of page.querySelectorAll(".without-script")) note.hidden = true;
document.dispatchEvent(new CustomEvent("organizer:map"));
const L = window.L;
const map = L.organizer;
L.control.zoom({ position: "bottomright", zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
addWorld(map, { small: page.dataset.small, large: page.dataset.large });
map.setMaxZoom(page.dataset.tiles ? STREETS : NO_STREETS);
map.setMinZoom(innerWidth < 700 ? 1 : 2);
map.setMaxBounds([[-86, -Infinity], [86, Infinity]]);

const markers = new Markers(map, words, { onOpen: eventsOf, onPoint: pointAtCards, onMore: showOnly });
let depth = 4; // of the cells that the markers stand for
let asking = null; // AbortController of the newest question; older answers never arrive
let timer = 0;

function filters() {
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  if (asked.has("from") || asked.has("to")) asked.delete("when");
  return asked;
}

/** West, south, east, north of what is seen, grown to the grid. */
function box() {
  const zoom = map.getZoom();
  const seen = map.getPixelBounds();
  const world = 256 * 2 ** zoom;
  const down = (pixels) => Math.floor(pixels / SNAP) * SNAP;
  const up = (pixels) => Math.ceil(pixels / SNAP) * SNAP;
  if (up(seen.max.x) - down(seen.min.x) >= world) return "-180,-90,180,90";
  const northWest = map.unproject([down(seen.min.x), Math.max(down(seen.min.y), 0)], zoom);
  const southEast = map.unproject([up(seen.max.x), Math.min(up(seen.max.y), world)], zoom);
  return [northWest.lng, southEast.lat, southEast.lng, northWest.lat].map((edge) => edge.toFixed(5)).join(",");
}

function address(path, more) {
  const asked = filters();
  if (page.dataset.zone) asked.set("zone", page.dataset.zone);
  for (const [name, value] of Object.entries(more)) asked.set(name, value);
  return `${path}?${asked}`;
}

async function fetched(path, more, signal) {
  const answer = await fetch(address(path, more), { signal });
  if (!answer.ok) throw new Error(`${answer.status} ${path}`);
  return answer;
}

function say(text) {
  status.textContent = text;
  status.hidden = !text;
}

/** Ask for markers and, with `andList`, for the list of what is seen. */
async function refresh(andList = true, where = { bbox: box(), zoom: map.getZoom() }) {
  asking?.abort();
  const { signal } = (asking = new AbortController());
  frame.setAttribute("aria-busy", "true");
  try {
    const [data, list] = await Promise.all([
      fetched(page.dataset.events, where, signal).then((answer) => answer.json()),
      andList && fetched(page.dataset.list, where, signal).then((answer) => answer.text()),
    ]);
    depth = data.showing.depth;
    markers.show(data.features);
    const { of } = data.showing;
    heading.textContent = of ? (of === 1 ? words.one : words.many).replace("{n}", number.format(of)) : words.none;
    if (andList) replaceList(list);
    say("");
    frame.removeAttribute("aria-busy");
    return data;
  } catch (error) {
    if (error.name === "AbortError") return null;
    frame.removeAttribute("aria-busy");
    say(words.failed);
    return null;
  }
}

/** Put the server's own fragment in place; titles in it are escaped there. */
function replaceList(html) {
  cards.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
}

function remember(push = false) {
  const asked = filters();
  const { lat, lng } = map.getCenter().wrap();
  asked.set("view", [lat.toFixed(4), lng.toFixed(4), map.getZoom()].join(","));
  history[push ? "pushState" : "replaceState"](null, "", `?${asked}`);
}

function moved() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    remember();
    refresh();
  }, PAUSE);
}

// A marker was opened -------------------------------------------------------------------------------------------------

async function eventsOf(feature) {
  const { count, at, events } = feature.properties;
  if (count === 1) return [feature.properties];
  if (events) return events;
  if (!at && map.getZoom() < map.getMaxZoom()) {
    zoomTo(feature);
    return null;
  }
  const answers = await Promise.all((feature.parts || [feature]).map(placesOf)).catch(() => say(words.failed));
  return (answers || []).flat().sort((a, b) => (a.starts < b.starts ? -1 : 1)).slice(0, 20);
}

async function placesOf(feature) {
  const { key, events } = feature.properties;
  if (events || key) return events || [feature.properties];
  const answer = await fetched(page.dataset.events, { bbox: feature.bbox.join(","), zoom: 20 });
  const { features } = await answer.json();
  return features.flatMap((one) => one.properties.events || (one.properties.key ? [one.properties] : []));
}

/** As near as its events are apart, at least one step. */
function zoomTo(feature) {
  const [west, south, east, north] = feature.bbox;
  const fits = map.getBoundsZoom([[south, west], [north, east]]);
  const zoom = Math.min(Math.max(map.getZoom() + 1, fits), map.getMaxZoom());
  const middle = map.getCenter().lng;
  const longitude = (west + east) / 2;
  map.setView([(south + north) / 2, longitude + 360 * Math.round((middle - longitude) / 360)], zoom, { animate: !still });
}

function showOnly(feature) {
  map.closePopup();
  fetched(page.dataset.list, { bbox: feature.bbox.join(","), zoom: 20 })
    .then((answer) => answer.text())
    .then((html) => {
      replaceList(html);
      heading.textContent = words.many.replace("{n}", number.format(feature.properties.count));
      document.getElementById("map-list").focus();
    })
    .catch(() => say(words.failed));
}

// Point at one, the other answers -------------------------------------------------------------------------------------

const shift = () => BigInt(2 * (30 - depth));
const holds = (feature, cell) => (feature.parts || [feature]).some((one) => BigInt(one.id) >> shift() === cell >> shift());

function pointAtCards(feature) {
  for (const card of cards.querySelectorAll("[data-at]")) {
    card.classList.toggle("is-on", Boolean(feature && card.dataset.at && holds(feature, BigInt(card.dataset.at))));
  }
}

function pointAtMarker(event) {
  const card = event.target.closest?.("[data-at]");
  const cell = card?.dataset.at && BigInt(card.dataset.at);
  markers.highlight(cell ? (feature) => holds(feature, cell) : null);
}

cards.addEventListener("pointerover", pointAtMarker);
cards.addEventListener("focusin", pointAtMarker);
cards.addEventListener("pointerleave", () => markers.highlight(null));
cards.addEventListener("focusout", () => markers.highlight(null));

cards.addEventListener("click", async (event) => {
  const more = event.target.closest("a[data-cursor]");
  if (!more) return;
  event.preventDefault();
  const where = { bbox: box(), zoom: map.getZoom(), after: more.dataset.cursor };
  const html = await fetched(page.dataset.list, where).then((answer) => answer.text()).catch(() => "");
  const next = new DOMParser().parseFromString(html, "text/html");
  const items = [...next.querySelectorAll("body > ol > li")];
  cards.querySelector("ol").append(...items);
  const further = next.querySelector("a[data-cursor]");
  if (further) more.replaceWith(further);
  else more.remove();
  items[0]?.querySelector("a")?.focus();
});

// Filters -------------------------------------------------------------------------------------------------------------

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const more = form.querySelector("details");
  if (innerWidth < 960) more.open = false;
  map.closePopup();
  remember(true);
  refresh();
});
form.addEventListener("change", (event) => {
  if (event.target.matches("select, input[type=date]")) form.requestSubmit();
});
form.querySelector("[type=search]").addEventListener("input", (event) => {
  if (!event.target.value) form.requestSubmit();
});
addEventListener("popstate", () => location.reload());

// Near me: only when asked --------------------------------------------------------------------------------------------

const near = page.querySelector(".map-near");
if ("geolocation" in navigator) {
  near.hidden = false;
  near.addEventListener("click", () => {
    near.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        near.removeAttribute("aria-busy");
        const here = [coords.latitude, coords.longitude];
        const icon = L.divIcon({ className: "pin you", iconSize: [22, 22] });
        L.marker(here, { icon, interactive: false, keyboard: false }).addTo(map);
        map.setView(here, 10, { animate: !still });
      },
      () => {
        near.removeAttribute("aria-busy");
        say(words.denied);
      },
      { timeout: 10000, maximumAge: 600000 },
    );
  });
}

// Start ---------------------------------------------------------------------------------------------------------------

function asRemembered() {
  const parts = (new URLSearchParams(location.search).get("view") || "").split(",").map(Number);
  return parts.length === 3 && parts.every(Number.isFinite) && Math.abs(parts[0]) <= 90 ? parts : null;
}

/** Where what a marker stands for can be: a group lies somewhere in its box, and its middle may be empty. */
function edges({ bbox: [west, south, east, north], geometry, properties }) {
  return properties.at ? [[...geometry.coordinates].reverse()] : [[south, west], [north, east]];
}

/** Show all events as near as they fit. Each look is sharper than the one before: groups fall apart, boxes shrink. */
async function fitAll() {
  let data = await refresh(false, { bbox: "-180,-90,180,90", zoom: map.getZoom() });
  for (let look = 0; look < 3 && data?.features.length; look += 1) {
    const whole = data.features.flatMap(edges);
    const zoom = map.getZoom();
    map.fitBounds(whole, { padding: [48, 48], maxZoom: 10, animate: false });
    const isSeen = whole.every((point) => map.getBounds().contains(point));
    if (look && isSeen && map.getZoom() === zoom) return;
    data = await refresh(!isSeen); // the list of the page holds them all already
    if (!isSeen) return;
  }
}

async function start() {
  const remembered = asRemembered();
  map.getContainer().setAttribute("role", "application");
  map.getContainer().setAttribute("aria-label", frame.closest("section").getAttribute("aria-label"));
  if (remembered) {
    map.setView([remembered[0], remembered[1]], remembered[2], { animate: false });
    await refresh();
  } else {
    await fitAll();
  }
  if (page.dataset.tiles) L.tileLayer(page.dataset.tiles, { maxZoom: STREETS, minZoom: 5 }).addTo(map);
  else addCities(map, page.dataset.cities);
  map.on("moveend", moved);
  page.dataset.ready = "yes";
}

start();

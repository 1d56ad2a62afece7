// Markers and their popups. Titles come from people: they only ever become text nodes.

const said = (text, values) => Object.entries(values).reduce((whole, [name, value]) => whole.replace(`{${name}}`, value), text);
const APART = 40; // pixels: nearer markers become one
const language = document.documentElement.lang.replace(/^en$/, "en-GB") || "en-GB";
const numbers = new Intl.NumberFormat(language);
const compact = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
const dayAndTime = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" });
const dayOnly = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });

/** "Sat 28 Nov, 18:30" of the wall time as the server writes it. */
export function whenText(starts) {
  return starts.length > 10 ? dayAndTime.format(new Date(`${starts}Z`)) : dayOnly.format(new Date(`${starts}T00:00Z`));
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function eventItem(event, words) {
  const item = element("li", event.cancelled ? "is-off" : "");
  const link = element("a", "", event.title);
  link.href = `/events/${encodeURIComponent(event.key)}/${encodeURIComponent(event.slug)}`;
  const facts = [whenText(event.starts), event.city, event.within_m ? words.area : "", event.cancelled ? words.cancelled : ""].filter(Boolean);
  item.append(link, element("span", "", facts.join(" · ")));
  return item;
}

/** One feature for several that stand too close; `parts` are the features of the server. */
function together(members) {
  const edge = (place, choose) => choose(...members.map((one) => one.bbox[place]));
  return {
    id: members.map((one) => one.id).join("+"),
    bbox: [edge(0, Math.min), edge(1, Math.min), edge(2, Math.max), edge(3, Math.max)],
    properties: { count: members.reduce((sum, one) => sum + one.properties.count, 0), deep: 0 },
    parts: members,
  };
}

/** The markers of a map. `onOpen(feature, byKeyboard)` is asked for what a click means: events to list, or nothing. */
export class Markers {
  constructor(map, words, { onOpen, onPoint, onMore }) {
    this.map = map;
    this.words = words;
    this.onOpen = onOpen;
    this.onPoint = onPoint;
    this.onMore = onMore;
    this.byId = new Map();
    this.layer = window.L.layerGroup().addTo(map);
    this.opened = null;
    map.getContainer().addEventListener("keydown", (event) => this.onKey(event));
    map.on("popupclose", () => this.onClosed());
  }

  /** Show these features; markers that stay keep their element, hence the focus. */
  show(features) {
    const keep = new Set();
    const placed = this.merged(features);
    // Reading order: bands from north to south, in each from west to east.
    const band = (one) => Math.floor(one.point.y / 64);
    placed.sort((a, b) => band(a) - band(b) || a.point.x - b.point.x);
    for (const { members, latlng } of placed) {
      const feature = members.length > 1 ? together(members) : members[0];
      const id = `${feature.id}/${feature.properties.count}/${Math.round(latlng.lng * 1e5)}`;
      keep.add(id);
      const known = this.byId.get(id);
      if (known) known.feature = feature;
      else this.byId.set(id, this.made(feature, latlng));
    }
    for (const [id, marker] of this.byId) {
      if (keep.has(id)) continue;
      this.layer.removeLayer(marker);
      if (marker.area) this.layer.removeLayer(marker.area);
      this.byId.delete(id);
    }
    this.order = [...keep].map((id) => this.byId.get(id));
    this.rove();
  }

  /** Features with their places on the screen; what would be drawn upon each other becomes one marker. */
  merged(features) {
    const middle = this.map.getCenter().lng;
    const kept = [];
    for (const feature of [...features].sort((a, b) => b.properties.count - a.properties.count)) {
      const [longitude, latitude] = feature.geometry.coordinates;
      const latlng = window.L.latLng(latitude, longitude + 360 * Math.round((middle - longitude) / 360));
      const point = this.map.latLngToContainerPoint(latlng);
      const near = kept.find((one) => Math.hypot(one.point.x - point.x, one.point.y - point.y) < APART);
      if (near) near.members.push(feature);
      else kept.push({ members: [feature], latlng, point });
    }
    return kept;
  }

  made(feature, latlng) {
    const { count, city, title, at, within_m: within } = feature.properties;
    const dot = element("span", "dot", count > 1 ? compact.format(count) : "");
    const kind = count > 1 ? (at ? "place" : "cluster") : "single";
    const size = count < 10 ? "s" : count < 100 ? "m" : count < 1000 ? "l" : "xl";
    const icon = window.L.divIcon({ html: dot, className: `pin ${kind} ${size}${within ? " area" : ""}`, iconSize: [44, 44], iconAnchor: [22, 22], popupAnchor: [0, -14] });
    const marker = window.L.marker(latlng, { icon, riseOnHover: true, autoPanOnFocus: false });
    marker.feature = feature;
    // The address is hidden: it is somewhere in a circle, and nothing marks its middle as the place.
    if (within) marker.area = window.L.circle(latlng, { radius: within, className: "area-circle", interactive: false }).addTo(this.layer);
    marker.on("click", () => this.open(marker));
    marker.on("mouseover", () => this.onPoint(marker.feature));
    marker.on("mouseout", () => this.onPoint(null));
    this.layer.addLayer(marker);
    const node = marker.getElement();
    const many = said(this.words.group, { n: numbers.format(count) });
    const name = count === 1 ? `${title}, ${whenText(feature.properties.starts)}` : city ? `${many}, ${city}` : many;
    node.setAttribute("aria-label", within ? `${name}, ${this.words.area}` : name);
    node.setAttribute("aria-describedby", "map-help");
    node.tabIndex = -1;
    node.addEventListener("focus", () => {
      this.rove(marker);
      this.onPoint(marker.feature);
    });
    node.addEventListener("blur", () => this.onPoint(null));
    return marker;
  }

  /** One marker is in the tab order: the one that had the focus, or the first. */
  rove(current) {
    const chosen = current || this.order.find((marker) => marker.getElement().tabIndex === 0) || this.order[0];
    for (const marker of this.order) marker.getElement().tabIndex = marker === chosen ? 0 : -1;
  }

  onKey(event) {
    if (event.key === "Escape" && this.opened) {
      event.stopPropagation();
      this.map.closePopup();
      return;
    }
    const here = this.order?.find((marker) => marker.getElement() === event.target);
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (!here) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      event.stopPropagation();
      this.open(here, true);
    } else if (step) {
      event.preventDefault();
      event.stopPropagation(); // Leaflet would move the map
      this.neighbour(here, step)?.getElement().focus();
    }
  }

  /** The nearest marker in a direction; what lies aside counts double. */
  neighbour(from, [dx, dy]) {
    const start = this.map.latLngToContainerPoint(from.getLatLng());
    let best = null;
    let least = Infinity;
    for (const marker of this.order) {
      const point = this.map.latLngToContainerPoint(marker.getLatLng());
      const ahead = (point.x - start.x) * dx + (point.y - start.y) * dy;
      const aside = Math.abs((point.x - start.x) * dy) + Math.abs((point.y - start.y) * dx);
      if (marker !== from && ahead > 0 && ahead + 2 * aside < least) {
        least = ahead + 2 * aside;
        best = marker;
      }
    }
    return best;
  }

  async open(marker, byKeyboard = false) {
    const events = await this.onOpen(marker.feature, byKeyboard);
    if (!events?.length || !this.byIdHas(marker)) return;
    this.popup(marker, events, byKeyboard);
  }

  byIdHas(marker) {
    return this.order.includes(marker);
  }

  popup(marker, events, byKeyboard) {
    const { count } = marker.feature.properties;
    const box = element("div", "popup");
    const close = element("button", "popup-close", "×");
    close.type = "button";
    close.setAttribute("aria-label", this.words.close);
    close.addEventListener("click", () => this.map.closePopup());
    if (count > 1) box.append(element("p", "popup-head", said(this.words.group, { n: numbers.format(count) })));
    const list = element("ul", "popup-events");
    list.append(...events.map((event) => eventItem(event, this.words)));
    box.append(list);
    if (count > events.length) {
      const more = element("button", "button plain", this.words.more);
      more.type = "button";
      more.addEventListener("click", () => this.onMore(marker.feature));
      box.append(more);
    }
    box.append(close);
    this.opened = { marker, byKeyboard };
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    window.L.popup({ closeButton: false, minWidth: 220, maxWidth: 300, maxHeight: 260, autoPanPadding: [16, 16], offset: [0, -14], autoPan: true, autoPanAnimate: !still })
      .setLatLng(marker.getLatLng())
      .setContent(box)
      .openOn(this.map);
    const frame = box.closest(".leaflet-popup");
    frame?.setAttribute("role", "dialog");
    frame?.setAttribute("aria-label", marker.getElement().getAttribute("aria-label"));
    if (byKeyboard) list.querySelector("a").focus();
  }

  onClosed() {
    const { marker, byKeyboard } = this.opened || {};
    const lost = document.activeElement === document.body || document.activeElement?.closest(".leaflet-popup");
    this.opened = null;
    if (marker && (lost || byKeyboard) && this.byIdHas(marker)) marker.getElement()?.focus({ preventScroll: true });
  }

  /** Make the marker of an event stand out; `test` tells whether a feature holds it, null none. */
  highlight(test) {
    for (const marker of this.order || []) {
      const on = Boolean(test?.(marker.feature));
      marker.getElement().classList.toggle("is-on", on);
      marker.setZIndexOffset(on ? 1000 : 0);
    }
  }
}

// A pin for a form: <div data-pin> holds the fields `latitude` and `longitude`; they stay, the map is one way to fill them.
// Leaflet is loaded when the map is opened. What a human sets is marked in a field `pin_by`, if the form has one.

import { addCities } from "./map-cities.js";
import { addWorld } from "./map-world.js";

const given = document.querySelector('meta[name="map-pin"]').dataset;
const words = JSON.parse(given.words);
const NO_STREETS = 15;
const STREETS = 19;

const loaded = new Map();
function load(name, attributes) {
  const address = attributes.src || attributes.href;
  if (!loaded.has(address)) {
    loaded.set(address, new Promise((resolve, reject) => {
      const tag = Object.assign(document.createElement(name), attributes);
      tag.addEventListener("load", resolve);
      tag.addEventListener("error", reject);
      document.head.append(tag);
    }));
  }
  return loaded.get(address);
}

function button(text, kind, onClick) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: `button ${kind}`, textContent: text });
  made.addEventListener("click", onClick);
  return made;
}

class Pin {
  constructor(box) {
    this.box = box;
    this.form = box.closest("form");
    this.latitude = this.form.elements.latitude;
    this.longitude = this.form.elements.longitude;
    this.said = Object.assign(document.createElement("p"), { className: "muted", role: "status" });
    this.frame = Object.assign(document.createElement("div"), { className: "pin-frame", hidden: true });
    this.tools = Object.assign(document.createElement("div"), { className: "row" });
    this.opener = button(words.open, "quiet", () => this.open());
    box.after(this.opener, this.frame, this.tools, this.said);
    for (const field of [this.latitude, this.longitude]) field.addEventListener("change", () => this.fromFields());
    this.form.addEventListener("place", ({ detail }) => this.moveTo(detail));
  }

  /** The place in the fields, or null. A decimal comma counts as a point. */
  get point() {
    const [latitude, longitude] = [this.latitude, this.longitude].map((field) => (field.value.trim() ? Number(field.value.replace(",", ".")) : NaN));
    return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? [latitude, longitude] : null;
  }

  async open() {
    this.opener.disabled = true;
    const sheets = given.sheets.split(" ").map((href) => load("link", { rel: "stylesheet", href }));
    try {
      await Promise.all([load("script", { src: given.leaflet }), ...sheets]);
    } catch {
      this.opener.disabled = false;
      return;
    }
    this.opener.remove();
    this.frame.hidden = false;
    this.draw();
  }

  draw() {
    const L = window.L;
    const start = this.point || [this.box.dataset.latitude, this.box.dataset.longitude].map(Number);
    const known = start.every(Number.isFinite) && (this.point || this.box.dataset.latitude);
    this.map = L.map(this.frame, { zoomControl: false, attributionControl: false, minZoom: 1, maxZoom: given.tiles ? STREETS : NO_STREETS, worldCopyJump: true });
    this.map.setView(known ? start : [30, 10], known ? (given.tiles ? 15 : 11) : 2, { animate: false });
    L.control.zoom({ position: "bottomright", zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(this.map);
    addWorld(this.map, { small: given.small, large: given.large });
    if (given.tiles) L.tileLayer(given.tiles, { maxZoom: STREETS, minZoom: 5 }).addTo(this.map);
    else addCities(this.map, given.cities);
    const shape = document.createElement("span");
    shape.className = "drop";
    this.marker = L.marker(start, { icon: L.divIcon({ html: shape, className: "pin set", iconSize: [44, 44], iconAnchor: [22, 42] }), draggable: true, keyboard: true, autoPan: true });
    this.marker.on("dragend", () => this.set(this.marker.getLatLng()));
    this.map.on("click", ({ latlng }) => this.set(latlng));
    this.map.getContainer().setAttribute("aria-label", words.map);
    this.map.getContainer().addEventListener("keydown", (event) => this.onKey(event), true);
    const help = Object.assign(document.createElement("p"), { className: "muted", textContent: words.help });
    this.frame.before(help);
    if ("geolocation" in navigator) this.tools.append(button(words.here, "quiet", () => this.locate()));
    this.remover = button(words.remove, "plain", () => this.clear());
    this.tools.append(this.remover);
    this.fromFields();
  }

  onKey(event) {
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (!step || event.target !== this.marker.getElement()) return;
    event.preventDefault();
    event.stopPropagation();
    const pixels = event.shiftKey ? 40 : 4;
    const point = this.map.latLngToContainerPoint(this.marker.getLatLng()).add([step[0] * pixels, step[1] * pixels]);
    this.set(this.map.containerPointToLatLng(point));
  }

  /** A human says where: into the fields, five decimals (a metre). */
  set(latlng) {
    const { lat, lng } = latlng.wrap();
    this.latitude.value = Math.max(-90, Math.min(90, lat)).toFixed(5);
    this.longitude.value = lng.toFixed(5);
    if (this.form.elements.pin_by) this.form.elements.pin_by.value = "human";
    this.fromFields();
  }

  clear() {
    this.latitude.value = this.longitude.value = "";
    if (this.form.elements.pin_by) this.form.elements.pin_by.value = "";
    this.fromFields();
  }

  fromFields() {
    if (!this.map) return;
    const { point } = this;
    this.remover.hidden = !point;
    this.said.textContent = point ? words.set.replace("{latitude}", point[0].toFixed(5)).replace("{longitude}", point[1].toFixed(5)) : words.none;
    if (!point) {
      this.marker.remove();
      return;
    }
    this.marker.setLatLng(point).addTo(this.map);
    this.marker.getElement().setAttribute("aria-label", words.pin);
    if (!this.map.getBounds().contains(point)) this.map.panTo(point);
  }

  /** Another city or venue was chosen: look there; a pin is set only by a human. */
  moveTo(place) {
    if (!Number.isFinite(place?.latitude)) return;
    this.box.dataset.latitude = place.latitude;
    this.box.dataset.longitude = place.longitude;
    if (!this.map) return;
    this.fromFields();
    if (!this.point) this.map.setView([place.latitude, place.longitude], given.tiles ? 14 : 11, { animate: false });
  }

  locate() {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        this.map.setView([coords.latitude, coords.longitude], given.tiles ? 17 : 13, { animate: false });
        this.set(window.L.latLng(coords.latitude, coords.longitude));
      },
      () => (this.said.textContent = words.denied),
      { timeout: 10000, enableHighAccuracy: true },
    );
  }
}

for (const box of document.querySelectorAll("[data-pin]")) new Pin(box);

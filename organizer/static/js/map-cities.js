// Names of cities on the built-in map, the largest first, as many as stand apart. Streets have names of their own.

const FROM = 4; // zoom; before, countries are known by their shape
const SNAP = 256; // pixels: boxes on a coarse grid, kept by the browser for a day
const LINE = 20; // height of a name in pixels
const LETTER = 7.5; // its width by letter, roughly

/** Keep names of cities on `map`; `url` answers `[name, latitude, longitude]` for a box. */
export function addCities(map, url) {
  const L = window.L;
  const pane = map.createPane("cities");
  pane.style.zIndex = 300;
  pane.style.pointerEvents = "none";
  pane.setAttribute("aria-hidden", "true");
  const layer = L.layerGroup().addTo(map);
  let asking = null;

  function box() {
    const zoom = map.getZoom();
    const { min, max } = map.getPixelBounds();
    const whole = 256 * 2 ** zoom;
    const low = (pixels) => Math.floor(pixels / SNAP) * SNAP;
    const high = (pixels) => Math.ceil(pixels / SNAP) * SNAP;
    const northWest = map.unproject([low(min.x), Math.max(low(min.y), 0)], zoom);
    const southEast = map.unproject([high(max.x), Math.min(high(max.y), whole)], zoom);
    return [northWest.lng, southEast.lat, southEast.lng, northWest.lat].map((edge) => edge.toFixed(4)).join(",");
  }

  function show(cities) {
    const taken = [];
    const middle = map.getCenter().lng;
    layer.clearLayers();
    for (const [name, latitude, longitude] of cities) {
      const place = L.latLng(latitude, longitude + 360 * Math.round((middle - longitude) / 360));
      const { x, y } = map.latLngToContainerPoint(place);
      const half = (name.length * LETTER) / 2 + 8;
      if (taken.some((one) => Math.abs(one.x - x) < one.half + half && Math.abs(one.y - y) < LINE * 1.6)) continue;
      taken.push({ x, y, half });
      const text = document.createElement("span");
      text.textContent = name;
      const icon = L.divIcon({ html: text, className: "city", iconSize: [0, 0] });
      layer.addLayer(L.marker(place, { icon, pane: "cities", interactive: false, keyboard: false }));
    }
  }

  async function refresh() {
    asking?.abort();
    if (map.getZoom() < FROM) return layer.clearLayers();
    asking = new AbortController();
    try {
      const lang = document.documentElement.lang || "en";
      const answer = await fetch(`${url}?bbox=${box()}&lang=${lang}`, { signal: asking.signal });
      if (answer.ok) show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") layer.clearLayers(); // the map can be read without them
    }
  }

  map.on("moveend", refresh);
  map.on("zoomstart", () => layer.clearLayers());
  refresh();
}

// The base layer: countries of the world atlas drawn on canvas tiles, with the colours of the page. No tile server needed.

const atlases = new Map();
const FINE_FROM = 4; // zoom from which the finer atlas is worth its bytes

/** Fetch an atlas (TopoJSON) and return its rings: points in the unit square of Web Mercator, with the box around them. */
export function loadAtlas(url) {
  if (!atlases.has(url)) {
    const loading = fetch(url)
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`${answer.status} ${url}`))))
      .then(ringsOf);
    loading.catch(() => atlases.delete(url));
    atlases.set(url, loading);
  }
  return atlases.get(url);
}

function ringsOf(topology) {
  const [sx, sy] = topology.transform.scale;
  const [tx, ty] = topology.transform.translate;
  const arcs = topology.arcs.map((steps) => {
    let x = 0;
    let y = 0;
    const points = new Float64Array(steps.length * 2);
    steps.forEach(([dx, dy], i) => {
      x += dx;
      y += dy;
      const latitude = Math.max(-85.0511, Math.min(85.0511, y * sy + ty));
      points[2 * i] = (x * sx + tx + 180) / 360;
      points[2 * i + 1] = 0.5 - Math.asinh(Math.tan((latitude * Math.PI) / 180)) / (2 * Math.PI);
    });
    return points;
  });
  const polygons = topology.objects.countries.geometries.flatMap((country) =>
    country.type === "MultiPolygon" ? country.arcs : country.type === "Polygon" ? [country.arcs] : [],
  );
  return polygons.map((rings) => boxed(rings.map((numbers) => joined(numbers, arcs))));
}

function joined(numbers, arcs) {
  const parts = [];
  let turn = 0;
  numbers.forEach((number, place) => {
    const arc = arcs[number < 0 ? ~number : number];
    for (let i = place ? 1 : 0; i < arc.length / 2; i++) {
      const at = number < 0 ? arc.length / 2 - 1 - i : i;
      let x = arc[2 * at] + turn;
      // The atlas sews outlines together at the antimeridian: walk on beyond the edge of the world.
      const leap = parts.length ? Math.round(parts[parts.length - 2] - x) : 0;
      turn += leap;
      x += leap;
      parts.push(x, arc[2 * at + 1]);
    }
  });
  // Antarctica goes once round the world: it is closed along the lower edge of the map.
  if (Math.abs(parts[0] - parts[parts.length - 2]) > 0.5) parts.push(parts[parts.length - 2], 1, parts[0], 1);
  return Float64Array.from(parts);
}

function boxed(rings) {
  const box = { left: 2, top: 2, right: -1, bottom: -1, rings };
  for (let i = 0; i < rings[0].length; i += 2) {
    box.left = Math.min(box.left, rings[0][i]);
    box.right = Math.max(box.right, rings[0][i]);
    box.top = Math.min(box.top, rings[0][i + 1]);
    box.bottom = Math.max(box.bottom, rings[0][i + 1]);
  }
  return box;
}

function trace(context, ring, scale, offsetX, offsetY) {
  let lastX = Infinity;
  let lastY = Infinity;
  for (let i = 0; i < ring.length; i += 2) {
    const x = ring[i] * scale - offsetX;
    const y = ring[i + 1] * scale - offsetY;
    if (i && i < ring.length - 2 && Math.abs(x - lastX) < 0.7 && Math.abs(y - lastY) < 0.7) continue;
    if (i) context.lineTo(x, y);
    else context.moveTo(x, y);
    lastX = x;
    lastY = y;
  }
  context.closePath();
}

function drawTile(canvas, coords, polygons, colours, ratio) {
  const size = 256;
  const side = 2 ** coords.z;
  const scale = size * side;
  const column = ((coords.x % side) + side) % side;
  const margin = 2 / scale;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.beginPath();
  for (const turn of [-1, 0, 1]) {
    const left = column / side - turn - margin;
    const right = (column + 1) / side - turn + margin;
    const top = coords.y / side - margin;
    const bottom = (coords.y + 1) / side + margin;
    for (const one of polygons) {
      if (one.left > right || one.right < left || one.top > bottom || one.bottom < top) continue;
      for (const ring of one.rings) trace(context, ring, scale, column * size - turn * scale, coords.y * size);
    }
  }
  context.fillStyle = colours.land;
  context.fill("evenodd");
  context.strokeStyle = colours.border;
  context.lineWidth = coords.z < 4 ? 0.6 : 1;
  context.lineJoin = "round";
  context.stroke();
}

function coloursOf(element) {
  const style = getComputedStyle(element);
  return { land: style.getPropertyValue("--map-land").trim(), border: style.getPropertyValue("--map-border").trim() };
}

/** Add the world to a Leaflet map; `urls` are those of the small and the large atlas. */
export function addWorld(map, urls) {
  const L = window.L;
  const World = L.GridLayer.extend({
    createTile(coords, done) {
      const canvas = L.DomUtil.create("canvas", "leaflet-tile");
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      canvas.width = canvas.height = 256 * ratio;
      loadAtlas(coords.z < FINE_FROM ? urls.small : urls.large)
        .then((polygons) => drawTile(canvas, coords, polygons, coloursOf(map.getContainer()), ratio))
        .then(() => done(null, canvas), (error) => done(error, canvas));
      return canvas;
    },
  });
  const layer = new World({ updateWhenZooming: false, keepBuffer: 1, className: "world-layer" }).addTo(map);
  const redraw = () => layer.redraw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return layer;
}

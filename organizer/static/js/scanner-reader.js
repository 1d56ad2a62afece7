// Finds a QR code in a picture: the browser's own detector where it knows QR codes, else zxing compiled to wasm.

const LONGEST_SIDE = 960; // pixels looked at; a phone's camera gives far more than a QR code of 45 modules needs

/** @returns {Promise<(source: HTMLVideoElement | ImageBitmap) => Promise<string>>} resolves to "" when nothing is seen */
export async function makeReader({ moduleUrl, wasmUrl }) {
  return (await nativeReader()) ?? wasmReader(moduleUrl, wasmUrl);
}

async function nativeReader() {
  if (!("BarcodeDetector" in globalThis)) return null;
  try {
    const formats = await globalThis.BarcodeDetector.getSupportedFormats();
    if (!formats.includes("qr_code")) return null;
    const detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
    await detector.detect(blank()); // some browsers list the format and fail at the first use
    return async (source) => (await detector.detect(source))[0]?.rawValue ?? "";
  } catch {
    return null;
  }
}

async function wasmReader(moduleUrl, wasmUrl) {
  const { prepareZXingModule, readBarcodes } = await import(moduleUrl);
  prepareZXingModule({ overrides: { locateFile: () => wasmUrl } });
  const options = { formats: ["QRCode"], tryHarder: true, tryInvert: false, maxNumberOfSymbols: 1 };
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const read = async (source) => {
    const width = source.videoWidth || source.width;
    const height = source.videoHeight || source.height;
    if (!width || !height) return "";
    const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    pen.drawImage(source, 0, 0, canvas.width, canvas.height);
    const found = await readBarcodes(pen.getImageData(0, 0, canvas.width, canvas.height), options);
    return found[0]?.isValid === false ? "" : (found[0]?.text ?? "");
  };
  await read(blank()); // compiling takes a moment: better now than at the first guest
  return read;
}

function blank() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  canvas.getContext("2d").fillRect(0, 0, 64, 64);
  return canvas;
}

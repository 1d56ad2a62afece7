// The camera as a stream of codes. Knows nothing of tickets, doors or servers.

import { makeReader } from "./scanner-reader.js";

const SAME_CODE_MS = 3000; // a code that stays in sight, or comes back within this time, is one read
const PAUSE_MS = 60; // between two looks, so that a warm phone stays usable

export class Scanner {
  /**
   * @param {{video: HTMLVideoElement, reader: {moduleUrl: string, wasmUrl: string},
   *          onRead: (text: string) => boolean | void, onState: (state: string) => void}} parts
   * `onRead` returns false for a code that it cannot take just now.
   * States: starting, scanning, denied, missing, busy, insecure, failed, stopped.
   */
  constructor({ video, reader, onRead, onState }) {
    this.video = video;
    this.onRead = onRead;
    this.onState = onState;
    this.readerParts = reader;
    this.stream = null;
    this.run = 0; // rises with every start and stop: an older loop ends by itself
    this.last = { text: "", at: -Infinity };
  }

  get track() {
    return this.stream?.getVideoTracks()[0] ?? null;
  }

  get live() {
    return this.track?.readyState === "live";
  }

  /** Open the camera (the rear one unless told otherwise) and look until `stop`. */
  async start(deviceId = "") {
    this.stop();
    const run = this.run;
    this.onState("starting");
    if (!navigator.mediaDevices?.getUserMedia) {
      this.onState(globalThis.isSecureContext ? "missing" : "insecure");
      return;
    }
    try {
      this.reader ??= makeReader(this.readerParts);
      const wanted = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "environment" } };
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { ...wanted, width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      if (run !== this.run) {
        stream.getTracks().forEach((track) => track.stop());
        return;
      }
      this.stream = stream;
      this.track.addEventListener("ended", () => run === this.run && this.#fail("busy"));
      this.video.srcObject = stream;
      await this.video.play();
      const read = await this.reader;
      if (run !== this.run) return;
      this.onState("scanning");
      this.#look(read, run);
    } catch (error) {
      if (run !== this.run) return;
      if (deviceId && stateOf(error) === "missing") this.start(); // the remembered camera is gone: any other will do
      else this.#fail(stateOf(error));
    }
  }

  /** Let the camera go. */
  stop() {
    this.run += 1;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
  }

  /** Forget the last code, so that the same one counts again at once. */
  forget() {
    this.last = { text: "", at: -Infinity };
  }

  /** All cameras as {id, label}; empty before permission was given. */
  async cameras() {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    return devices
      .filter((device) => device.kind === "videoinput" && device.deviceId)
      .map((device, index) => ({ id: device.deviceId, label: device.label || `Camera ${index + 1}` }));
  }

  get hasTorch() {
    return Boolean(this.track?.getCapabilities?.().torch);
  }

  async torch(on) {
    await this.track?.applyConstraints({ advanced: [{ torch: on }] });
  }

  #fail(state) {
    this.stop();
    if (state === "failed") this.reader = null; // a broken download of the reader may work the next time
    this.onState(state);
  }

  async #look(read, run) {
    while (run === this.run) {
      if (this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !document.hidden) {
        const text = await read(this.video).catch(() => "");
        if (run !== this.run) return;
        if (text) this.#seen(text);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  #seen(text) {
    const at = performance.now();
    const repeated = text === this.last.text && at - this.last.at < SAME_CODE_MS;
    if (!repeated && this.onRead(text) === false) return; // not now: the next look offers it again
    this.last = { text, at };
  }
}

function stateOf(error) {
  switch (error?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}

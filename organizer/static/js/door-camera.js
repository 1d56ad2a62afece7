// The camera part of the door page: states in words, light, choice of camera, screen kept awake.

import { Scanner } from "./scanner.js";

const CHOSEN = "organizer-camera";

/** Start scanning and wire the controls. Returns {forget}. */
export function wireCamera({ root, words, onRead }) {
  const find = (name) => root.querySelector(`[data-${name}]`);
  const stage = find("camera");
  const [retry, torch, cameras] = [find("retry"), find("torch"), find("cameras")];

  const scanner = new Scanner({
    video: find("video"),
    reader: { moduleUrl: root.dataset.reader, wasmUrl: root.dataset.wasm },
    onRead,
    onState: (state) => {
      stage.dataset.state = state;
      find("state-text").textContent = words[state];
      retry.hidden = !["denied", "busy", "failed", "stopped"].includes(state);
      torch.hidden = !(state === "scanning" && scanner.hasTorch);
      if (state === "scanning") offerCameras();
      keepAwake(state === "scanning");
    },
  });

  async function offerCameras() {
    const found = await scanner.cameras();
    cameras.hidden = found.length < 2;
    const current = scanner.track?.getSettings().deviceId;
    cameras.replaceChildren(...found.map(({ id, label }) => new Option(label, id, false, id === current)));
  }

  retry.addEventListener("click", () => scanner.start(remembered()));
  cameras.addEventListener("change", () => {
    remember(cameras.value);
    scanner.start(cameras.value);
  });
  torch.addEventListener("click", async () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    await scanner.torch(on).then(() => torch.setAttribute("aria-pressed", String(on))).catch(() => {});
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    if (stage.dataset.state === "scanning" && !scanner.live) scanner.start(remembered());
    keepAwake(scanner.live);
  });
  globalThis.addEventListener("pagehide", () => scanner.stop());
  globalThis.addEventListener("pageshow", (event) => event.persisted && scanner.start(remembered()));

  scanner.start(remembered());
  return { forget: () => scanner.forget() };
}

let lock = null;
async function keepAwake(wanted) {
  try {
    if (!wanted) {
      await lock?.release();
      lock = null;
    } else if (!lock || lock.released) {
      lock = (await navigator.wakeLock?.request("screen")) ?? null;
    }
  } catch {
    /* a low battery may refuse; the phone then sleeps as always */
  }
}

function remembered() {
  try {
    return sessionStorage.getItem(CHOSEN) ?? "";
  } catch {
    return "";
  }
}

function remember(id) {
  try {
    sessionStorage.setItem(CHOSEN, id);
  } catch {
    /* private mode */
  }
}

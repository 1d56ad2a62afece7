// The door page: camera and forms send scans, one panel answers. Without this script the forms work by themselves.

import { AnswerPanel, Sounds } from "./door-answer.js";
import { Device, DoorApi, Refused } from "./door-api.js";
import { wireCamera } from "./door-camera.js";

const LIVE_MS = 10_000; // how often the count of other phones is asked for

const root = document.querySelector("[data-door]");
const words = JSON.parse(root.querySelector("[data-words]").textContent);
const find = (name) => root.querySelector(`[data-${name}]`);

const sounds = new Sounds();
const panel = new AnswerPanel(find("answer"), sounds);
const api = new DoorApi({
  url: root.dataset.scans,
  csrfToken: document.querySelector('meta[name="csrf-token"]').content,
  device: new Device(globalThis.localStorage),
});
let sending = false;

/** Send one scan and show its answer. Returns the answer, or null when another is still under way. */
async function check(what) {
  if (sending) return null;
  sending = true;
  root.setAttribute("aria-busy", "true");
  let answer;
  try {
    answer = await api.scan(what);
  } catch (error) {
    answer = error instanceof Refused ? words.refused : words.offline;
    camera.forget(); // nothing was counted: the same code may be held up again at once
  } finally {
    sending = false;
    root.removeAttribute("aria-busy");
  }
  say(answer, what);
  return answer;
}

function say(answer, what) {
  panel.show(answer, answer.can_override ? () => check({ ...what, override: true }) : null);
  const spoken = [answer.word, answer.person?.name, answer.party, answer.detail];
  find("announce").textContent = spoken.filter(Boolean).join(". ");
  refresh();
  if (answer.verdict === "ok" || answer.verdict === "undone") showGuests();
}

/** Ask for the count and the last scans; silent when the network is gone. */
async function refresh() {
  const open = root.querySelector(".door-undo[open]");
  const text = await fragment(root.dataset.live);
  if (!text) return;
  const fresh = new DOMParser().parseFromString(text, "text/html");
  find("count").innerHTML = fresh.querySelector("[data-count]").innerHTML;
  if (!open || !root.querySelector(".door-undo[open]")) find("recent").innerHTML = fresh.querySelector("[data-recent]").innerHTML;
}

async function fragment(url) {
  try {
    const response = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    return response.ok ? await response.text() : "";
  } catch {
    return "";
  }
}

const camera = wireCamera({
  root,
  words,
  onRead: (code) => {
    if (sending || panel.choosing) return false;
    check({ code });
    return true;
  },
});

root.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-scan-form]");
  if (!form) return;
  event.preventDefault();
  const { code, direction = "in", reason = "" } = Object.fromEntries(new FormData(form));
  const answer = await check({ code, direction, reason });
  if (!answer) return;
  form.closest(".door-undo")?.removeAttribute("open");
  if (form.id === "code" && answer.tone === "ok") form.reset();
});

// Search while typing; the form itself still works.
const findForm = find("find");
let typing = 0;
async function showGuests() {
  const q = new FormData(findForm).get("q");
  const text = await fragment(`${root.dataset.guests}?${new URLSearchParams({ q })}`);
  if (text && q === new FormData(findForm).get("q")) find("guest-list").innerHTML = text;
}
findForm.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(showGuests, 180);
});
findForm.addEventListener("submit", (event) => {
  event.preventDefault();
  showGuests();
});

// A scanner that types like a keyboard needs no click first.
document.addEventListener("keydown", (event) => {
  const plain = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (plain && event.key !== " " && document.activeElement === document.body) root.querySelector("#code-input").focus();
});

for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, () => sounds.wake());
find("sound").addEventListener("click", (event) => {
  sounds.on = !sounds.on;
  event.currentTarget.setAttribute("aria-pressed", String(sounds.on));
});

setInterval(() => document.hidden || refresh(), LIVE_MS);

// The answer to a scan, so that nobody has to read it: colour, icon, word, sound and vibration.

const SHOWN_MS = { ok: 1000, wait: 2200, stop: 2200 };

// Tones as [hertz, start in s, length in s, wave]: told apart with eyes shut.
const TONES = {
  ok: [[660, 0, 0.09, "sine"], [990, 0.1, 0.16, "sine"]],
  wait: [[520, 0, 0.12, "triangle"], [520, 0.2, 0.12, "triangle"]],
  stop: [[196, 0, 0.38, "square"]],
  undone: [[620, 0, 0.1, "sine"], [410, 0.12, 0.16, "sine"]],
};
const BUZZ = { ok: [70], wait: [90, 70, 90], stop: [320], undone: [40, 40, 40] };

/** Plays the sound of an answer. Browsers stay mute until the page was touched once: call `wake` from a touch. */
export class Sounds {
  constructor() {
    this.on = true;
    this.context = null;
  }

  wake() {
    const Context = globalThis.AudioContext;
    if (!Context) return;
    this.context ??= new Context();
    if (this.context.state === "suspended") this.context.resume().catch(() => {});
  }

  play(kind) {
    navigator.vibrate?.(BUZZ[kind] ?? BUZZ.stop);
    if (!this.on || this.context?.state !== "running") return;
    for (const [hertz, start, length, wave] of TONES[kind] ?? TONES.stop) {
      const from = this.context.currentTime + start;
      const tone = this.context.createOscillator();
      const volume = this.context.createGain();
      tone.type = wave;
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(wave === "square" ? 0.12 : 0.35, from + 0.015);
      volume.gain.linearRampToValueAtTime(0, from + length);
      tone.connect(volume).connect(this.context.destination);
      tone.start(from);
      tone.stop(from + length);
    }
  }
}

/** The overlay that fills the screen with one answer. */
export class AnswerPanel {
  /** @param {HTMLElement} panel with [data-answer-…] parts  @param {Sounds} sounds */
  constructor(panel, sounds) {
    this.panel = panel;
    this.sounds = sounds;
    this.timer = 0;
    panel.addEventListener("click", (event) => {
      if (!event.target.closest("button")) this.hide();
    });
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.hide());
  }

  get choosing() {
    return !this.panel.hidden && !this.#part("override").hidden;
  }

  /** @param {object} answer one result of the scans endpoint  @param {(() => void) | null} override lets in anyway */
  show(answer, override = null) {
    clearTimeout(this.timer);
    this.panel.dataset.tone = answer.tone;
    this.panel.dataset.verdict = answer.verdict;
    this.#part("word").textContent = answer.word;
    this.#part("name").textContent = answer.person?.name ?? "";
    this.#part("party").textContent = answer.party ?? "";
    this.#part("detail").textContent = answer.detail ?? "";
    for (const icon of this.panel.querySelectorAll("[data-icon]")) icon.toggleAttribute("hidden", icon.dataset.icon !== answer.icon);
    const button = this.#part("override");
    button.hidden = !override;
    button.onclick = () => {
      this.hide();
      override?.();
    };
    this.panel.hidden = false;
    this.sounds.play(answer.verdict === "undone" ? "undone" : answer.tone);
    if (override) button.focus();
    else this.timer = setTimeout(() => this.hide(), SHOWN_MS[answer.tone] ?? SHOWN_MS.stop);
  }

  hide() {
    clearTimeout(this.timer);
    this.panel.hidden = true;
  }

  #part(name) {
    return this.panel.querySelector(`[data-answer-${name}]`);
  }
}

// Talks to POST /api/v1/events/<key>/scans. The scan's id is made here: sending it again never counts twice.

const PATIENCE_MS = 4000;
const TRIES = 3;

export class OutOfReach extends Error {} // no network, or a server in trouble: nobody knows whether the scan counted
export class Refused extends Error {} // signed out, or no longer a host of this event

/** 130 random bits as 26 characters. */
export function newScanId() {
  const bytes = crypto.getRandomValues(new Uint8Array(26));
  return Array.from(bytes, (byte) => "0123456789abcdefghjkmnpqrstvwxyz"[byte & 31]).join("");
}

/** A lasting name for this phone, and a counter that orders its scans whatever its clock says. */
export class Device {
  constructor(storage) {
    this.storage = storage;
    this.id = this.#get("organizer-device") || newScanId();
    this.#set("organizer-device", this.id);
    this.counter = Number(this.#get("organizer-scans")) || 0;
  }

  next() {
    this.counter += 1;
    this.#set("organizer-scans", String(this.counter));
    return this.counter;
  }

  #get(name) {
    try {
      return this.storage.getItem(name);
    } catch {
      return null; // private mode: the name lives as long as the page
    }
  }

  #set(name, value) {
    try {
      this.storage.setItem(name, value);
    } catch {
      /* see above */
    }
  }
}

export class DoorApi {
  constructor({ url, csrfToken, device }) {
    Object.assign(this, { url, csrfToken, device, offsetMs: 0 });
  }

  /** Send one scan ({code} or {rsvp}, and direction, override, reason) and return the server's answer to it. */
  async scan(what) {
    const item = {
      scan_id: newScanId(),
      direction: "in",
      device_id: this.device.id,
      counter: this.device.next(),
      device_time: new Date().toISOString(),
      offset_ms: this.offsetMs,
      ...what,
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const [answer] = await this.#post([item]);
        return answer;
      } catch (error) {
        if (error instanceof Refused || attempt === TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
      }
    }
  }

  async #post(items) {
    const sent = Date.now();
    let response;
    try {
      response = await fetch(this.url, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.csrfToken },
        body: JSON.stringify(items),
        credentials: "same-origin",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch {
      throw new OutOfReach("no connection");
    }
    if (response.status >= 500 || response.status === 429) throw new OutOfReach(`status ${response.status}`);
    if (!response.ok) throw new Refused(`status ${response.status}`);
    const body = await response.json();
    this.offsetMs = Math.round(Date.parse(body.server_time) - (sent + Date.now()) / 2);
    return body.results;
  }
}

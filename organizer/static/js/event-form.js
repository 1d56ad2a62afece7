// The form of an event: a live preview beside it, and a word when the place keeps other clocks than this browser.

const form = document.querySelector("[data-event-form]");
const preview = document.querySelector("[data-preview]");
const language = document.documentElement.lang.replace(/^en$/, "en-GB");
const field = (name) => form.elements[name];
const typed = (name) => field(name)?.value.trim() ?? "";
const part = (name) => preview.querySelector(`[data-${name}]`);

// Wall times have no zone of their own: they are read and written as if the clock were UTC.
const wall = (text) => (text ? new Date(`${text.length === 10 ? `${text}T00:00` : text}Z`) : null);
const say = (date, options) => new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" }).format(date);
// Some languages (Bulgarian) write the short month as a number: the tile then shows the beginning of its name.
const shortMonth = (date) => {
  const short = say(date, { month: "short" });
  return /^\d+$/.test(short) ? say(date, { month: "long" }).slice(0, 3) : short;
};

function showDate(starts) {
  if (!starts || Number.isNaN(starts.getTime())) return;
  part("weekday").textContent = say(starts, { weekday: "short" });
  part("day").textContent = say(starts, { day: "numeric" });
  part("month").textContent = shortMonth(starts);
  const day = say(starts, { weekday: "short", day: "numeric", month: "short" });
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const ends = wall(typed("ends")) ?? new Date(starts.getTime() + 2 * 3600e3);
  part("when").textContent = field("all_day").checked ? day : `${day}, ${say(starts, clock)}–${say(ends, clock)}`;
}

function show() {
  part("title").textContent = typed("title") || part("title").dataset.empty;
  showDate(wall(typed("starts")));
  const venue = field("address_for").value === "going" ? "" : typed("venue_name"); // as strangers see it
  const place = [venue, typed("city").split(",")[0]].filter(Boolean).join(", ");
  part("where").textContent = place || (typed("online_url") ? preview.dataset.online : preview.dataset.place);
}

function showCover() {
  const [file] = field("cover").files;
  const picture = preview.querySelector("img");
  if (!file) return;
  if (picture.src.startsWith("blob:")) URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(file);
}

/** Say it when clocks at the place and here show different times. */
function compareZones(zone) {
  const note = form.querySelector("[data-zone-note]");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const clocks = (timeZone) => new Intl.DateTimeFormat("sv", { dateStyle: "short", timeStyle: "short", timeZone }).format(new Date());
  const differs = zone && own && clocks(zone) !== clocks(own);
  note.hidden = !differs;
  if (differs) note.querySelector("span").textContent = note.dataset.text.replace("{}", zone.replaceAll("_", " "));
}

// A pin and a country belong to the place they were set for; another city has its own.
function forgetPlace(event) {
  if (event.target !== field("city") || !event.inputType) return;
  for (const name of ["venue_country", "latitude", "longitude"]) if (field(name)) field(name).value = "";
}

function allDay() {
  const whole = field("all_day").checked;
  field("ends").closest(".field").hidden = whole;
  field("last_day").closest(".field").hidden = !whole;
}

if (form && preview) {
  form.addEventListener("input", forgetPlace);
  form.addEventListener("input", show);
  form.addEventListener("place", (event) => {
    compareZones(event.detail.zone);
    show();
  });
  field("cover").addEventListener("change", showCover);
  field("all_day").addEventListener("change", allDay);
  field("zone").addEventListener("change", () => {
    try {
      compareZones(typed("zone"));
    } catch {
      compareZones(""); // not a zone: the server says so
    }
  });
  allDay();
  show();
}

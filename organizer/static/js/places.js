// Offers cities and known venues while a place is typed. Without it, typed text is resolved when the form is sent.
// An input with data-places="<search address>" has a datalist; choosing a venue fills the other fields of the place.

const WAIT_MS = 150;

let lists = 0;

for (const input of document.querySelectorAll("input[data-places]")) {
  if (!input.dataset.places) continue;
  if (!input.list) {
    const list = Object.assign(document.createElement("datalist"), { id: `places-${(lists += 1)}` });
    input.after(list);
    input.setAttribute("list", list.id);
  }
  let timer = 0;
  let asked = null;
  let offered = new Map();

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    asked?.abort();
    const chosen = offered.get(input.value);
    const country = input.form?.elements.venue_country;
    if (country && input.name === "city") country.value = ""; // it was that of the venue chosen before
    if (chosen && event.inputType !== "insertText") return take(input, chosen);
    if (input.value.trim().length < 2) return;
    timer = setTimeout(ask, WAIT_MS);
  });

  async function ask() {
    asked = new AbortController();
    const address = new URL(input.dataset.places, location.href);
    address.searchParams.set("q", input.value);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: asked.signal });
      if (!answer.ok) return;
      const found = await answer.json();
      show(found.places);
    } catch (error) {
      if (error.name !== "AbortError") offered = new Map(); // no network: the form still works
    }
  }

  function show(places) {
    offered = new Map(places.map((place) => [place.label, place]));
    const options = places.map((place) => Object.assign(document.createElement("option"), { value: place.label }));
    input.list.replaceChildren(...options);
  }
}

function take(input, place) {
  const form = input.form;
  const set = (name, value) => {
    if (form.elements[name]) form.elements[name].value = value ?? "";
  };
  if (input.dataset.placesKind === "venues") {
    input.value = place.name;
    set("city", place.city);
    set("venue_address", place.address);
    set("venue_note", place.note);
    set("venue_country", place.country);
  }
  input.dispatchEvent(new CustomEvent("place", { bubbles: true, detail: place }));
}

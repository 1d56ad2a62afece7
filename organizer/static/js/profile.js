// Offers the browser's time zone: silently at the first sign-in, as a proposal in the profile.
// A home city that was chosen from the list (js/places.js) brings its country along.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";

for (const field of document.querySelectorAll("input[data-own-zone]")) field.value = zone;

const offer = document.querySelector("[data-own-zone-offer]");
const line = document.querySelector("[data-own-zone-line]");
if (offer && line && zone) {
  line.querySelector("[data-own-zone-name]").textContent = zone;
  const show = () => (line.hidden = offer.value.trim() === zone);
  line.querySelector("[data-own-zone-take]").addEventListener("click", () => {
    offer.value = zone;
    show();
    offer.focus();
  });
  offer.addEventListener("input", show);
  show();
}

document.addEventListener("place", ({ target, detail }) => {
  const country = target.form?.elements.country;
  if (!country || !detail.name) return;
  target.value = detail.name;
  country.value = detail.country;
});

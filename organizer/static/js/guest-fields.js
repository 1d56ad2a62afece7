// The form of an answer: as many sets of fields as guests come, at once. Without this the server brings them.

const box = document.querySelector("[data-guests]");
const template = document.querySelector("[data-guest-template]");
const form = box?.closest("form");
const chosen = form?.elements.guests;
const there = form?.elements["guest-fields"];

/** Names and ids in the template stand for guest `n`; the copy gets the guest's number. */
function made(number) {
  const set = template.content.firstElementChild.cloneNode(true);
  set.dataset.guest = number;
  set.querySelector("legend").textContent = set.querySelector("legend").textContent.replace("{n}", number);
  for (const part of set.querySelectorAll("*")) {
    for (const { name, value } of [...part.attributes]) {
      part.setAttribute(name, value.replace(/(q-[0-9a-z]{10})-n\b/g, `$1-${number}`));
    }
  }
  return set;
}

// Sets of guests who stay at home are hidden, not lost: whoever brings them after all finds what was typed.
function follow() {
  const guests = Number(chosen.value);
  for (let number = 1; number <= guests; number += 1) {
    if (!box.querySelector(`[data-guest="${number}"]`)) box.append(made(number));
  }
  for (const set of box.querySelectorAll("[data-guest]")) {
    set.hidden = set.disabled = Number(set.dataset.guest) > guests;
  }
  there.value = guests;
}

if (chosen && template) {
  chosen.addEventListener("change", follow);
  follow(); // browsers keep what was chosen over "back"
}

// What every page needs: toasts, dialogs, confirmation, copy and share, the visitor's own time, no double sending.
// Pages work without it; nothing here is a framework.

const closest = (event, selector) => event.target instanceof Element && event.target.closest(selector);

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", new URL(`../img/icons.svg#${name}`, import.meta.url).href);
  svg.append(use);
  return svg;
}

/** Show a sentence at the bottom of the page; kind "" or "error". Errors stay until they are closed. */
export function toast(message, kind = "") {
  const box = document.createElement("div");
  const text = document.createElement("span");
  box.className = `toast ${kind}`.trim();
  if (kind === "error") box.setAttribute("role", "alert");
  text.textContent = message;
  const close = document.createElement("button");
  close.className = "icon-button";
  close.type = "button";
  close.dataset.close = "";
  close.setAttribute("aria-label", document.body.dataset.close);
  close.append(icon("x"));
  box.append(icon(kind === "error" ? "circle-x" : "circle-check"), text, close);
  document.getElementById("toasts")?.append(box);
}

const OPEN_FOR = 6000; // ms
function watchToasts(region) {
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (node instanceof Element && !node.classList.contains("error")) setTimeout(() => node.remove(), OPEN_FOR);
    }
  }).observe(region, { childList: true });
}

/** Ask a question in a dialog; resolves to true or false. Labels are the page's own words. */
export function ask(question, yes) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    const text = document.createElement("p");
    const form = document.createElement("form");
    const go = document.createElement("button");
    const back = document.createElement("button");
    dialog.className = "dialog";
    dialog.setAttribute("aria-label", question);
    text.textContent = question;
    form.method = "dialog";
    form.className = "actions";
    go.className = "button";
    go.value = "yes";
    go.textContent = yes;
    back.className = "button quiet";
    back.textContent = document.body.dataset.back;
    back.autofocus = true;
    form.append(go, back);
    dialog.append(text, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    (document.querySelector("dialog[open]") || document.body).append(area);
    area.select();
    document.execCommand("copy"); // plain http on a local network has no clipboard API
    area.remove();
  }
  toast(said);
}

document.addEventListener("click", async (event) => {
  let found;
  if ((found = closest(event, ".toast [data-close]"))) {
    found.closest(".toast")?.remove();
  } else if ((found = closest(event, "[data-dialog]"))) {
    document.getElementById(found.dataset.dialog)?.showModal();
  } else if ((found = closest(event, "[data-copy]"))) {
    copy(found.dataset.copy, found.dataset.done);
  } else if ((found = closest(event, "[data-share]"))) {
    if (!navigator.share) return copy(found.dataset.share, found.dataset.done);
    navigator.share({ url: found.dataset.share, title: found.dataset.title }).catch(() => {});
  } else if ((found = closest(event, "button[data-confirm]")) && found.form && !found.dataset.agreed) {
    event.preventDefault();
    if (await ask(found.dataset.confirm, found.textContent.trim())) {
      found.dataset.agreed = "yes";
      found.form.requestSubmit(found);
      delete found.dataset.agreed;
    }
  } else if (event.target instanceof HTMLDialogElement && event.target.open) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
});

// A second tap on a slow network must not send the form again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || event.defaultPrevented) return;
  if (form.dataset.sent && form.method === "post") return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
function release(root) {
  for (const form of root.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of root.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}
addEventListener("pageshow", () => release(document)); // back from the next page: usable again
document.addEventListener("htmx:afterRequest", () => release(document));

function visitorsTime(root) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const place of root.querySelectorAll("[data-starts][hidden]")) {
    const { starts, ends, text } = place.dataset;
    const clocks = (timeZone) => new Intl.DateTimeFormat("sv", { dateStyle: "short", timeStyle: "short", timeZone }).format(new Date(starts));
    if (!zone || clocks(zone) === clocks(place.dataset.zone)) continue;
    const say = new Intl.DateTimeFormat(document.documentElement.lang.replace(/^en$/, "en-GB"), { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    place.textContent = text.replace("{}", say.formatRange(new Date(starts), new Date(ends || starts)));
    place.hidden = false;
  }
}

const region = document.getElementById("toasts");
if (region) watchToasts(region);
visitorsTime(document);
document.addEventListener("htmx:load", (event) => visitorsTime(event.target));
document.querySelector("[data-focus]")?.focus();

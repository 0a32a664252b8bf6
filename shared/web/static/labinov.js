// Enhancement only: every page works without this file.

const numbers = new Intl.NumberFormat(document.documentElement.lang || "id");
const say = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => numbers.format(facts[name]));
const countWords = (text) => (text.trim().match(/\S+/g) || []).length;

/** Say how many words are left. Screen readers hear it only after a pause in typing. */
function wordCounter(area) {
  const out = document.getElementById(area.dataset.counter);
  if (!out) return;
  const limit = Number(area.dataset.words) || 0;
  const least = Number(area.dataset.atLeast) || 0;
  const spoken = document.createElement("span");
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  out.after(spoken);
  let pause;
  const show = (typed) => {
    const n = countWords(area.value);
    const over = limit && n > limit;
    const kind = over ? "over" : least && n < least ? "under" : limit ? "left" : "enough";
    out.textContent = say(out.dataset[kind], { n: over ? n - limit : kind === "left" ? limit - n : n, limit, least });
    out.classList.toggle("field__counter--over", Boolean(over));
    clearTimeout(pause);
    if (typed) pause = setTimeout(() => { spoken.textContent = out.textContent; }, 1200);
  };
  area.addEventListener("input", () => show(true));
  show(false);
}

/** Warn before a page with unsaved changes is left, and say beside the buttons that there are some. */
function guardUnsaved(form) {
  const before = new URLSearchParams(new FormData(form)).toString();
  // A form that came back with errors holds what was never saved.
  let dirty = Boolean(form.querySelector("[aria-invalid=true]"));
  const state = form.querySelector("[data-state]");
  const show = () => { if (state) state.textContent = dirty ? form.dataset.unsaved : ""; };
  form.addEventListener("input", () => {
    dirty = new URLSearchParams(new FormData(form)).toString() !== before;
    show();
  });
  form.addEventListener("submit", () => { dirty = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  show();
}

/** Ask first where a form says so, then let it be sent once: a second press while it is under way does nothing. */
function sendOnce(form) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent || (form.dataset.confirm && !window.confirm(form.dataset.confirm))) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    sent = true;
    // Not `disabled`: that would leave the pressed button's own value out of what is sent.
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", () => {
    sent = false;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  });
}

/** Where the reader's clock differs from the one shown, the moment in the reader's own time stands in the title. */
function localTime(element) {
  const moment = new Date(element.dateTime);
  if (!element.dateTime.includes("T") || Number.isNaN(moment.valueOf())) return;
  const own = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "long" }).format(moment);
  element.title = element.title ? `${element.title} (${own})` : own;
}

/** In the summary of errors, say which field a sentence is about. */
function nameField(link) {
  const field = document.getElementById(link.hash.slice(1));
  const label = field?.labels?.[0] ?? field?.querySelector("legend");
  if (label) link.prepend(`${label.firstChild.textContent.trim()}: `);
}

/** Close the account menu on Escape or a press elsewhere. */
function closing(menu) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

/** Say a slider's value while it is moved. */
function slider(input) {
  const out = document.getElementById(input.dataset.says);
  input.addEventListener("input", () => { out.textContent = numbers.format(input.value); });
}

document.querySelectorAll("[data-counter]").forEach(wordCounter);
document.querySelectorAll("input[data-says]").forEach(slider);
document.querySelectorAll("form[data-once]").forEach(sendOnce);
document.querySelectorAll("form[data-guard]").forEach(guardUnsaved);
document.querySelectorAll("time[datetime]").forEach(localTime);
document.querySelectorAll("details.account").forEach(closing);
document.querySelectorAll(".error-summary a").forEach(nameField);
document.querySelector("[data-focus]")?.focus();

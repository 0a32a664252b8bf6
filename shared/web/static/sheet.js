// The score sheet with a script: saved while it is written, its total reckoned, moved through by keys, in tabs on a
// phone. Enhancement only: without this file the same form saves, reckons and hands in by its buttons.

const PAUSE = 1000;
const LONGEST_WAIT = 60000;
const language = document.documentElement.lang || "id";
const say = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
const writesText = (element) => element.matches("textarea, select, input:not([type=radio], [type=checkbox])");

/** What the device keeps of a sheet until the service has it. A device that keeps nothing is no reason to stop. */
const device = {
  read(name) {
    try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
  },
  keep(name, copy) {
    try { localStorage.setItem(name, JSON.stringify(copy)); return true; } catch { return false; }
  },
  drop(name) {
    try { localStorage.removeItem(name); } catch { /* nothing was kept */ }
  },
};

/** Save what is written a moment after the writing stops; where that fails keep it on the device and try again. */
function autosave(form) {
  const texts = form.dataset;
  const out = form.querySelector("[data-save-state]");
  const state = { version: Number(form.elements._draft.value), saved: "", running: null, stopped: false, wait: PAUSE };
  let timer;

  const fields = () => Object.fromEntries([...new FormData(form)].filter(([name]) => !name.startsWith("_")));
  const show = (text, bad = false) => {
    out.textContent = text;
    out.classList.toggle("sheet__state--bad", bad);
  };
  const later = (ms) => { clearTimeout(timer); timer = setTimeout(save, ms); };
  const keep = () => device.keep(texts.copy, { version: state.version, fields: fields() });
  const fill = (kept) => {
    for (const [name, value] of Object.entries(kept)) {
      const field = form.elements[name];
      if (field) field.value = value;
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };

  async function save() {
    clearTimeout(timer);
    const sent = fields();
    const written = JSON.stringify(sent);
    if (state.stopped || state.running || written === state.saved) return;
    show(texts.saving);
    state.running = new AbortController();
    let answer = null;
    try {
      answer = await fetch(texts.draft, {
        method: "PUT",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(bodyOf(sent)),
        signal: state.running.signal,
      });
      if (answer.ok) {
        const { version, saved_at: at } = await answer.json();
        state.version = version;
        form.elements._draft.value = version;
        state.saved = written;
        state.wait = PAUSE;
        const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
        show(say(texts.saved, { time }));
      }
    } catch {
      answer = null;
    }
    state.running = null;
    if (state.stopped) return;
    if (answer?.ok) {
      if (JSON.stringify(fields()) === written) device.drop(texts.copy);
      else later(PAUSE);
    } else if (answer && answer.status < 500 && answer.status !== 429) {
      // To ask again would be answered the same way: the next change asks.
      const why = { 401: texts.signedOut, 409: texts.newer }[answer.status] ?? texts.refused;
      state.stopped = answer.status === 409;
      show(why, true);
    } else {
      show(texts.offline, true);
      state.wait = Math.min(2 * state.wait, LONGEST_WAIT);
      later(state.wait);
    }
  }

  function bodyOf(sent) {
    const marks = {};
    for (const [name, value] of Object.entries(sent)) {
      const [kind, ident, part] = name.split("/");
      if (kind === "marks" && value) (marks[ident] ??= { criterion_id: ident })[part] = value;
    }
    const { summary = "", reason = "", note = "" } = sent;
    const writer = form.elements._key.value;
    return { version: state.version, writer, marks: Object.values(marks), summary, reason, note };
  }

  form.addEventListener("input", () => {
    keep();
    if (!navigator.onLine) show(texts.offline, true);
    later(PAUSE);
  });
  window.addEventListener("online", () => { state.wait = PAUSE; save(); });
  window.addEventListener("offline", () => { if (JSON.stringify(fields()) !== state.saved) show(texts.offline, true); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); });
  // Before the form's own listeners, which count a press that goes nowhere as sent.
  form.parentElement.addEventListener("submit", (event) => {
    const step = event.submitter?.value;
    if (step === "draft" || !navigator.onLine) {
      event.preventDefault();
      event.stopPropagation();
      if (navigator.onLine) save(); else show(texts.offline, true);
      return;
    }
    state.stopped = true;
    clearTimeout(timer);
    state.running?.abort();
  }, true);
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });

  state.saved = JSON.stringify(fields());
  const copy = device.read(texts.copy);
  if ("sentBack" in texts) {
    state.saved = "";
    keep();
    later(PAUSE);
  } else if (copy && JSON.stringify(copy.fields) === state.saved) {
    device.drop(texts.copy);
  } else if (copy && copy.version === state.version) {
    fill(copy.fields);
    show(texts.restored);
  } else if (copy) {
    const asked = form.querySelector("[data-kept]");
    asked.hidden = false;
    asked.querySelector("[data-use-kept]").addEventListener("click", () => { asked.hidden = true; fill(copy.fields); });
    asked.querySelector("[data-drop-kept]").addEventListener("click", () => { asked.hidden = true; device.drop(texts.copy); });
  }
}

const hundredths = (text) => BigInt(Math.round(Number(text) * 100));
const scoreOf = (criterion) =>
  criterion.querySelector("input[type=radio]:checked")?.value ?? criterion.querySelector("input[type=number]")?.value ?? "";

/** Give a rubric's weighted total in hundredths as the service reckons it: exact, rounded once, halves upwards. */
function weighted(criteria) {
  let [top, bottom, weights] = [0n, 1n, 0n];
  for (const each of criteria) {
    const weight = hundredths(each.dataset.weight);
    weights += weight;
    if (!isScored(each)) continue;
    const low = hundredths(each.dataset.low);
    const range = hundredths(each.dataset.high) - low;
    top = top * range + weight * (hundredths(scoreOf(each)) - low) * bottom;
    bottom *= range;
  }
  return (20000n * top + bottom * weights) / (2n * bottom * weights);
}

function isScored(criterion) {
  const score = scoreOf(criterion);
  return score !== "" && Number(score) >= Number(criterion.dataset.low) && Number(score) <= Number(criterion.dataset.high);
}

/** Say how many criteria are scored and what the total is, as it is written. */
function progress(form) {
  const box = form.querySelector("[data-progress]");
  const [scored, total] = [box.querySelector("[data-scored]"), box.querySelector("[data-total]")];
  const criteria = [...form.querySelectorAll("[data-criterion]")];
  const figure = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const show = () => {
    const done = criteria.filter(isScored).length;
    for (const each of criteria) {
      each.classList.toggle("criterion--scored", isScored(each));
      for (const anchor of each.querySelectorAll("[aria-pressed]")) {
        anchor.setAttribute("aria-pressed", String(scoreOf(each) !== "" && Number(scoreOf(each)) === Number(anchor.value)));
      }
    }
    scored.textContent = say(scored.dataset.scored, { n: done, all: criteria.length });
    const text = done === criteria.length ? total.dataset.total : total.dataset.soFar;
    total.textContent = say(text, { total: figure.format(Number(weighted(criteria)) / 100) });
  };
  for (const each of form.querySelectorAll("[data-no-script]")) each.hidden = true;
  box.hidden = false;
  form.addEventListener("input", show);
  show();
}

/** Make the anchors of points buttons that fill them in. */
function anchorButtons(form) {
  for (const item of form.querySelectorAll("[data-anchor]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.value = item.dataset.anchor;
    button.setAttribute("aria-pressed", "false");
    button.append(...item.childNodes);
    item.append(button);
    button.addEventListener("click", () => {
      const points = button.closest("[data-criterion]").querySelector("input[type=number]");
      points.value = button.value;
      points.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}

/** Move through the criteria by keys. Single letters count only while a criterion has the focus and nobody writes. */
function keys(form, reveal) {
  const criteria = [...form.querySelectorAll(".criterion")];
  const step = (by) => {
    reveal("sheet");
    const here = criteria.findIndex((each) => each.contains(document.activeElement));
    const open = criteria.findIndex((each) => "criterion" in each.dataset && !isScored(each));
    const next = criteria[here < 0 ? Math.max(open, 0) : Math.min(Math.max(here + by, 0), criteria.length - 1)];
    next.focus({ preventScroll: true });
    const pane = next.closest(".sheet__pane");
    if (getComputedStyle(pane).overflowY !== "auto") return next.scrollIntoView();
    // The pane alone is moved, so that the dossier beside it stays where the reader left it.
    form.closest("[data-sheet]").scrollIntoView();
    pane.scrollBy({ top: next.getBoundingClientRect().top - pane.getBoundingClientRect().top - 16 });
  };
  document.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    step(by);
  });
  for (const each of criteria) {
    each.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (writesText(event.target)) {
        if (event.key === "Enter" && event.target.type === "number") {
          event.preventDefault();
          each.querySelector("textarea").focus();
        }
      } else if (event.key === "j" || event.key === "k") {
        event.preventDefault();
        step(event.key === "j" ? 1 : -1);
      } else if (/^[0-9]$/.test(event.key)) {
        const points = each.querySelector("input[type=number]");
        const choice = each.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
        if (choice) {
          choice.checked = true;
          choice.focus();
          choice.dispatchEvent(new Event("input", { bubbles: true }));
        } else if (points) {
          // The digit itself is then typed into the field, in place of what stood there.
          points.focus();
          points.select();
        }
      }
    });
  }
}

/** Where there is room for one pane only, show one and make the links tabs. Gives what shows a pane. */
function tabs(sheet) {
  const links = [...sheet.querySelectorAll("[data-pane]")];
  const show = (name) => {
    for (const link of links) {
      const shown = link.dataset.pane === name;
      document.getElementById(link.dataset.pane).classList.toggle("sheet__pane--away", !shown);
      if (shown) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }
  };
  for (const link of links) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(link.dataset.pane);
      sheet.scrollIntoView();
    });
  }
  sheet.classList.add("sheet--tabbed");
  const back = sheet.querySelector(".error-summary") || window.location.hash === "#sheet";
  show(back ? "sheet" : "dossier");
  return show;
}

const sheet = document.querySelector("[data-sheet]");
if (sheet) {
  const form = sheet.querySelector("form[data-draft]");
  anchorButtons(form);
  progress(form);
  keys(form, tabs(sheet));
  autosave(form);
}
const handedIn = document.querySelector("[data-handed-in]");
if (handedIn) device.drop(handedIn.dataset.handedIn);

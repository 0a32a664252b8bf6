// The gallery with JavaScript: suggestions while typing, a list that grows, a link to copy. It works without.

const numbers = new Intl.NumberFormat(document.documentElement.lang || "id");
const say = (text, n) => text.replace("{n}", numbers.format(n));
const PLACES = { region: "/regions/", unit: "/units/", innovation: "/innovations/" };

/** Offer regions, units and titles that begin as what was typed. Enter without a choice searches as ever. */
function suggesting(input) {
  const list = document.createElement("ul");
  const status = document.createElement("span");
  list.id = "suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  input.after(list, status);
  input.setAttribute("role", "combobox");
  input.setAttribute("autocomplete", "off");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  let at = -1;
  let pause;
  let asking;

  const close = () => {
    asking?.abort();
    clearTimeout(pause);
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (next) => {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = next;
    const chosen = list.children[at];
    if (!chosen) return input.removeAttribute("aria-activedescendant");
    chosen.setAttribute("aria-selected", "true");
    chosen.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", chosen.id);
  };
  const show = (items) => {
    list.replaceChildren(...items.map((item, n) => {
      const option = document.createElement("li");
      const about = document.createElement("small");
      option.id = `suggestion-${n}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.href = input.dataset.base + PLACES[item.kind] + encodeURIComponent(item.id);
      option.textContent = item.text;
      about.textContent = item.region_name;
      if (item.region_name) option.append(about);
      return option;
    }));
    at = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(items.length > 0));
    status.textContent = say(input.dataset.said, items.length);
  };
  const ask = async () => {
    asking?.abort();
    const q = input.value.trim();
    if (q.length < 2) return close();
    asking = new AbortController();
    try {
      const answer = await fetch(`${input.dataset.suggest}?${new URLSearchParams({ q })}`, { signal: asking.signal });
      if (answer.ok && document.activeElement === input) show((await answer.json()).items);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };
  input.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(ask, 180); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const last = list.children.length - 1;
    if (list.hidden) return;
    if (event.key === "ArrowDown") choose(at < last ? at + 1 : 0);
    else if (event.key === "ArrowUp") choose(at > 0 ? at - 1 : last);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && at >= 0) window.location.assign(list.children[at].dataset.href);
    else return;
    event.preventDefault();
  });
  // Before the field loses the focus, which would close the list.
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("li");
    event.preventDefault();
    if (option) window.location.assign(option.dataset.href);
  });
}

/** The next page below this one. The address keeps how many stand here, so that coming back leads to the same place. */
function growing(further) {
  const next = further.querySelector("a[rel=next]");
  if (!further.dataset.more || !next) return;
  const button = document.createElement("button");
  const status = document.createElement("span");
  button.type = "button";
  button.className = "button button--quiet";
  button.textContent = further.dataset.more;
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  next.replaceWith(button);
  further.append(status);
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    try {
      const grown = new URL(further.dataset.grown, window.location.href);
      const answer = await fetch(grown);
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const list = document.getElementById("found");
      const known = new Set([...list.querySelectorAll(".card__title a")].map((link) => link.href));
      const fresh = [...page.querySelectorAll("#found > li")].filter(
        (item) => !known.has(new URL(item.querySelector(".card__title a").getAttribute("href"), window.location.href).href),
      );
      const below = page.getElementById("further");
      list.append(...fresh.map((item) => document.importNode(item, true)));
      history.replaceState(null, "", grown);
      further.replaceWith(below);
      growing(below);
      fresh.length && list.children[list.children.length - fresh.length].querySelector("a").focus({ preventScroll: true });
      const said = below.querySelector("[role=status]") ?? below.appendChild(status);
      said.textContent = say(further.dataset.said, fresh.length);
    } catch {
      window.location.assign(next.href);
    }
  });
}

/** Copy the address, which is the whole state of the list. */
function copying(button) {
  if (!navigator.clipboard) return;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(window.location.href);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

document.querySelectorAll("input[data-suggest]").forEach(suggesting);
document.querySelectorAll("#further").forEach(growing);
document.querySelectorAll("[data-copy-address]").forEach(copying);

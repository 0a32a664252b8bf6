// Enhancement only: the newest steps appear while the page stays open, until the reader pauses them.

function live(frame) {
  const list = frame.querySelector("ol");
  const state = frame.querySelector("[data-live-state]");
  const button = frame.querySelector("[data-live-pause]");
  const most = list.children.length;
  const waiting = [];
  let paused = false;

  const put = (html) => {
    const item = new DOMParser().parseFromString(html, "text/html").querySelector("li");
    if (!item || list.querySelector(`[data-step="${CSS.escape(item.dataset.step)}"]`)) return;
    item.classList.add("live__new");
    list.prepend(item);
    while (list.children.length > most) list.lastElementChild.remove();
  };
  const show = () => {
    state.textContent = paused ? state.dataset.off : state.dataset.on;
    button.textContent = paused ? button.dataset.go : button.dataset.pause;
  };
  button.addEventListener("click", () => {
    paused = !paused;
    if (!paused) waiting.splice(0).forEach(put);
    show();
  });

  // Browsers open few connections to one site: a page that nobody looks at gives its own back, and asks again later
  // from where it was.
  let source = null;
  let after = frame.dataset.after;
  const close = () => { source?.close(); source = null; };
  const open = () => {
    source = new EventSource(`${frame.dataset.live}?${new URLSearchParams({ lang: frame.dataset.language, after })}`);
    source.addEventListener("open", () => { frame.classList.add("live--on"); });
    source.addEventListener("step", (event) => {
      after = event.lastEventId;
      const { html } = JSON.parse(event.data);
      if (paused) waiting.push(html);
      else put(html);
      if (waiting.length > most) waiting.shift();
    });
  };
  const look = () => {
    if (document.hidden) close();
    else if (!source) open();
  };
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", look);
  show();
  look();
}

if ("EventSource" in window) document.querySelectorAll("[data-live]").forEach(live);

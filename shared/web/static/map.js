// Enhancement only: the map can be moved and made larger, by keyboard, buttons and pointer.

const MOST = 8;

function movable(frame) {
  const map = frame.querySelector("svg.map");
  const { width, height } = map.viewBox.baseVal;
  let zoom = 1, x = 0, y = 0;

  const show = () => {
    x = Math.min(Math.max(x, 0), width - width / zoom);
    y = Math.min(Math.max(y, 0), height - height / zoom);
    map.setAttribute("viewBox", `${x} ${y} ${width / zoom} ${height / zoom}`);
    map.style.setProperty("--zoom", zoom);
    frame.classList.toggle("map-frame--near", zoom > 1);
  };
  const by = (factor, at = [0.5, 0.5]) => {
    const next = Math.min(Math.max(zoom * factor, 1), MOST);
    x += (width / zoom - width / next) * at[0];
    y += (height / zoom - height / next) * at[1];
    zoom = next;
    show();
  };
  const move = (right, down) => { x += right * width / zoom; y += down * height / zoom; show(); };
  const whole = () => { zoom = 1; show(); };
  const share = (event) => {
    const box = map.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };

  const tools = document.createElement("div");
  tools.className = "map-tools";
  for (const [sign, label, act] of [["+", frame.dataset.in, () => by(1.6)], ["−", frame.dataset.out, () => by(1 / 1.6)], ["⤢", frame.dataset.whole, whole]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign;
    button.title = label;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    tools.append(button);
  }
  map.after(tools);

  const keys = {
    ArrowLeft: () => move(-0.2, 0), ArrowRight: () => move(0.2, 0), ArrowUp: () => move(0, -0.2), ArrowDown: () => move(0, 0.2),
    "+": () => by(1.6), "=": () => by(1.6), "-": () => by(1 / 1.6), 0: whole,
  };
  map.setAttribute("tabindex", "0");
  map.setAttribute("aria-description", frame.dataset.keys);
  map.addEventListener("keydown", (event) => {
    // Arrows scroll the page as long as the whole map is seen.
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey || (zoom === 1 && event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    keys[event.key]();
  });

  let from = null, moved = false;
  map.addEventListener("dblclick", (event) => { event.preventDefault(); by(2, share(event)); });
  map.addEventListener("pointerdown", (event) => {
    moved = false;
    if (zoom > 1 && event.isPrimary && event.button === 0) from = share(event);
  });
  map.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = share(event);
    if (!moved && Math.hypot(to[0] - from[0], to[1] - from[1]) < 0.01) return;
    moved = true;
    map.setPointerCapture(event.pointerId);
    frame.classList.add("map-frame--moving");
    move(from[0] - to[0], from[1] - to[1]);
    from = to;
  });
  const end = () => { from = null; frame.classList.remove("map-frame--moving"); };
  map.addEventListener("pointerup", end);
  map.addEventListener("pointercancel", end);
  // What was moved was not pressed, and a link is not to be carried away.
  map.addEventListener("click", (event) => { if (moved) event.preventDefault(); }, true);
  map.addEventListener("dragstart", (event) => event.preventDefault());
}

document.querySelectorAll("[data-map]").forEach(movable);

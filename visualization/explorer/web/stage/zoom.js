// Zoom and pan of all panels at once: wheel with Ctrl, two fingers, drag with Shift, keys, and three buttons.

import { later, page, panelOf, stale, world } from "../app.js";
import { find } from "../controls.js";
import { bound } from "../space.js";

const STEP = 1.4; // of a button or a key
const WHEEL = 0.0035; // logarithm of the zoom per pixel
let drawn = null, // the panel that is drawn aside
  fingers = null, // {panel, x, y, far} of two
  moved = false;

export const zoom = {
  start() {
    const panels = find("panels"),
      on = (type, act, options = {}) =>
        panels.addEventListener(type, (event) => panelOf(event) && act(panelOf(event), event), { capture: true, ...options });
    on("wheel", wheel, { passive: false });
    on("pointerdown", press);
    on("pointermove", draw);
    on("click", (_, event) => moved && ((moved = false), taken(event)));
    for (const type of ["touchstart", "touchmove"]) on(type, pinch, { passive: false });
    for (const type of ["touchend", "touchcancel"]) on(type, () => (fingers = null));
    buttons(panels);
  },
};

/** Keys that neither the editor nor a closer look takes; after them in the list of features. */
export const zoomKeys = {
  start() {
    const hear = (event) => panelOf(event) && !event.defaultPrevented && key(panelOf(event), event);
    find("panels").addEventListener("keydown", hear, { capture: true });
  },
};

/** Neither the points nor a closer look hears of it. */
function taken(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Take a view: [zoom, u, v], as space.js has it. */
function take(view) {
  const { state } = page;
  state.view[state.dim] = view;
  for (const panel of page.panels) panel.look();
  mirror();
  stale();
  later();
}

function wheel(panel, event) {
  if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
  taken(event);
  const pixels = event.deltaY * (event.deltaMode ? 20 : 1);
  take(panel.space.zoomed(...panel.pixels(event), Math.exp(-WHEEL * pixels)));
}

function press(panel, event) {
  moved = false;
  const aside = (event.button === 0 && event.shiftKey) || event.button === 1;
  if (event.pointerType === "touch" || !aside) return;
  taken(event);
  panel.front.setPointerCapture(event.pointerId);
  panel.front.focus({ preventScroll: true });
  drawn = { panel, at: panel.pixels(event) };
  moved = true;
}

function draw(panel, event) {
  if (fingers) return taken(event);
  if (drawn?.panel !== panel) return;
  if (!panel.front.hasPointerCapture(event.pointerId)) return (drawn = null);
  taken(event);
  const at = panel.pixels(event);
  take(panel.space.panned(at[0] - drawn.at[0], at[1] - drawn.at[1]));
  drawn.at = at;
}

/** Two fingers: what was under them stays under them. */
function pinch(panel, event) {
  if (event.touches.length !== 2) return (fingers = null);
  taken(event);
  const [[ax, ay], [bx, by]] = [...event.touches].map((finger) => panel.pixels(finger)),
    now = { x: (ax + bx) / 2, y: (ay + by) / 2, far: Math.hypot(ax - bx, ay - by) || 1 };
  if (fingers) {
    take(panel.space.panned(now.x - fingers.x, now.y - fingers.y));
    take(panel.space.zoomed(now.x, now.y, now.far / fingers.far));
  }
  fingers = now;
  moved = true; // a tap that ends it moves no point
}

function key(panel, event) {
  const { width, height } = panel.space,
    scale = { "+": STEP, "=": STEP, "-": 1 / STEP }[event.key],
    way = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (scale) take(panel.space.zoomed(width / 2, height / 2, scale));
  else if (event.key === "0") take(bound(1, 0, 0));
  else if (way && event.shiftKey && panel.space.view[0] > 1)
    take(panel.space.panned((way[0] * width) / 8, (way[1] * height) / 8));
  else return;
  taken(event);
}

/** One group for all panels; it is on the one that was pointed at or focused last. */
const group = document.createElement("div");

function buttons(panels) {
  group.className = "zoom";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Zoom of all panels");
  for (const [text, name, act] of [
    ["−", "Zoom out", () => step(1 / STEP)],
    ["⌂", "Whole picture", () => take(bound(1, 0, 0))],
    ["+", "Zoom in", () => step(STEP)],
  ]) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    button.setAttribute("aria-label", name);
    button.title = `${name} (Ctrl and wheel, or two fingers; drag with Shift; keys + − 0)`;
    button.addEventListener("click", act);
    group.append(button);
  }
  for (const type of ["pointerover", "focusin"])
    panels.addEventListener(type, ({ target }) => {
      const panel = page.panels.find(({ root }) => root.contains(target));
      if (panel && !group.contains(target)) settle(panel);
    });
}

function settle(panel) {
  const plot = panel?.front.parentElement;
  if (!plot || group.parentElement === plot) return;
  panel.front.after(group);
}

function step(scale) {
  const { width, height } = page.panels[0].space;
  take(page.panels[0].space.zoomed(width / 2, height / 2, scale));
}

/** The buttons as the view is; they stay on the stage when panels change. */
function mirror() {
  const { state, panels } = page;
  if (!panels.some(({ root }) => root.contains(group))) settle(panels[0]);
  const [now] = state.view[world().dim];
  group.children[0].disabled = group.children[1].disabled = now === 1;
  group.classList.toggle("on", now > 1);
}

/** Called after every change of the page. */
zoom.show = () => {
  for (const panel of page.panels)
    if (panel.size && String(panel.space.view) !== String(page.state.view[panel.world.dim])) panel.look();
  mirror();
};

// Closer looks: at most one at a time, each with a card next to the panels; meanwhile the pointer moves its points.
//
// A look is an object: name, title, button, needs: words if no panel can show it; build(card, changed); show();
// frame(seconds): move on, and whether it wants another frame; close(); write(), read(text): its part of the address;
// panels(panel): whether it draws on a panel, by front(panel, g, c), and takes its pointer and keys: grab(panel, px, py):
// what a press takes, or null; near(panel, px, py): whether a finger there is meant for it; move(panel, what, px, py);
// key(panel, event): whether it used it.

import { later, page, panelOf, tell, wake } from "./app.js";
import { mean } from "./mean/mean.js";
import { find } from "./controls.js";
import { slow } from "./slow/slow.js";

const LOOKS = [mean, slow];
let open = null,
  held = null;

export const closer = {
  start() {
    const stage = find("stage"),
      group = document.createElement("div");
    group.className = "looks";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Look closer");
    find("controls").append(group);
    for (const look of LOOKS) {
      look.card = document.createElement("section");
      Object.assign(look.card, { className: "closer", id: `look-${look.name}`, hidden: true, tabIndex: -1 });
      look.card.setAttribute("aria-label", look.title);
      look.card.innerHTML = `<div class="closer-head"><h3>${look.title}</h3><button type="button" aria-label="Close">✕</button></div><div class="closer-body"></div>`;
      look.card.querySelector("button").addEventListener("click", () => (choose(null), look.switch.focus()));
      stage.append(look.card);
      look.switch = Object.assign(document.createElement("button"), { type: "button", textContent: look.button });
      look.switch.setAttribute("aria-controls", look.card.id);
      look.switch.addEventListener("click", () => choose(open === look ? null : look, true));
      group.append(look.switch);
      look.build(look.card.querySelector(".closer-body"), () => (later(), wake()));
    }
    listen(find("panels"));
    mirror();
  },

  show() {
    open?.show();
  },

  frame(seconds) {
    return Boolean(open?.frame(seconds));
  },

  front(panel, g, c) {
    if (open?.panels(panel)) open.front(panel, g, c);
  },

  /** For tests: what the open look has found. */
  facts: () => open.facts(),

  write() {
    return open ? { [open.name]: open.write() } : {};
  },

  read(said) {
    const wanted = LOOKS.find(({ name }) => said.has(name)) ?? null;
    wanted?.read(said.get(wanted.name));
    choose(wanted);
  },
};

/** Open a look, or none. */
function choose(look, focus = false) {
  const changed = open !== look;
  if (changed) open?.close?.();
  open = look;
  held = null;
  if (changed) mirror();
  open?.show();
  if (focus && open) open.card.focus({ preventScroll: innerWidth >= 760 });
  if (changed && open && page.panels.length && !page.panels.some((panel) => open.panels(panel))) tell(open.needs);
  later();
  wake();
}

/** Cards and switches as the state has them; the panels get what room is left. */
function mirror() {
  for (const look of LOOKS) {
    look.card.hidden = look !== open;
    look.switch.setAttribute("aria-pressed", String(look === open));
    look.switch.setAttribute("aria-expanded", String(look === open));
  }
  document.documentElement.classList.toggle("looking", Boolean(open));
  dispatchEvent(new Event("resize"));
}

/** Pointer and keys on the panels that a look draws on, before the panels themselves hear of them. */
function listen(panels) {
  const taken = (event, act) => {
    const panel = panelOf(event);
    if (!panel || !open?.panels(panel)) return;
    if (act(panel) !== false) event.stopPropagation();
  };
  const press = (panel, event) => {
    const what = open.grab(panel, ...panel.pixels(event));
    if (what) open.move(panel, what, ...panel.pixels(event));
    return what;
  };
  const on = (type, act, options) =>
    panels.addEventListener(type, (event) => taken(event, (panel) => act(panel, event)), { capture: true, ...options });
  on("pointerdown", (panel, event) => {
    if (event.pointerType === "touch" && !open.near(panel, ...panel.pixels(event))) return;
    panel.front.setPointerCapture(event.pointerId);
    held = press(panel, event);
  });
  on("pointermove", (panel, event) => {
    if (held && panel.front.hasPointerCapture(event.pointerId)) open.move(panel, held, ...panel.pixels(event));
  });
  on("click", (panel, event) => {
    if (!held) press(panel, event); // a tap
    held = null;
  });
  on(
    "touchstart",
    (panel, event) => {
      if (open.near(panel, ...panel.pixels(event.touches[0]))) event.preventDefault();
    },
    { passive: false },
  );
  on("keydown", (panel, event) => {
    if (!open.key(panel, event)) return false;
    event.preventDefault();
  });
}

// Pointer and keys on the panels while data are edited, before the panels and closer looks hear of them.

import { panelOf } from "../app.js";

/** takes: down(panel, px, py, event): whether it took the press; move(px, py); up(); near(panel, px, py); key(panel, event). */
export function pointer(panels, takes) {
  let held = null;
  const on = (type, act, options = {}) =>
    panels.addEventListener(
      type,
      (event) => {
        const panel = panelOf(event);
        if (panel && act(panel, event)) event.stopImmediatePropagation();
      },
      { capture: true, ...options },
    );
  on("pointerdown", (panel, event) => {
    if (event.button || !takes.down(panel, ...panel.pixels(event), event)) return false;
    held = panel;
    panels.dataset.held = "yes"; // no values at the pointer meanwhile
    panel.front.setPointerCapture(event.pointerId);
    return true;
  });
  on("pointermove", (panel, event) => {
    if (!held) return false;
    takes.move(...held.pixels(event));
    return true;
  });
  for (const type of ["pointerup", "pointercancel"])
    on(type, () => {
      if (!held) return false;
      held = null;
      delete panels.dataset.held;
      panels.dataset.taken = "yes"; // the click that follows is no press
      takes.up();
      return true;
    });
  on("click", () => {
    const { taken } = panels.dataset;
    delete panels.dataset.taken;
    return Boolean(taken);
  });
  on(
    "touchstart",
    (panel, event) => {
      if (takes.near(panel, ...panel.pixels(event.touches[0]))) event.preventDefault();
      return false;
    },
    { passive: false },
  );
  on("keydown", (panel, event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !takes.key(panel, event)) return false;
    event.preventDefault();
    return true;
  });
}

// Mouse, finger and keys on a panel: they move the noise point or the data point, in all panels at once.

import { within } from "./state.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** A point that an arrow key moves by `far`, in 1D each of the four; null for another key. */
export function nudged(point, key, far) {
  const way = ARROWS[key];
  return way ? point.map((v, d) => v + far * (point.length === 1 ? way[0] + way[1] : way[d])) : null;
}

/** take(which): a point was taken; place(which, point): it was moved. */
export function listen(panel, state, take, place) {
  const { front } = panel;
  let held;
  const move = (event) => {
    const point = panel.space.point(...panel.pixels(event), held === "x" ? 1 : 0);
    place(held, within(point, panel.world));
  };
  const press = (event) => {
    held = panel.grab(...panel.pixels(event));
    take(held);
    move(event);
  };
  // A finger away from the points scrolls the page, and a tap there moves a point; only a finger on a point drags it.
  const touch = (event) => panel.handle(...panel.pixels(event.touches[0]), 36) && event.preventDefault();
  front.addEventListener("touchstart", touch, { passive: false });
  front.addEventListener("click", press);
  front.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" && !panel.handle(...panel.pixels(event), 36)) return;
    front.setPointerCapture(event.pointerId);
    press(event);
  });
  front.addEventListener("pointermove", (event) => front.hasPointerCapture(event.pointerId) && move(event));
  front.addEventListener("keydown", (event) => {
    const { dim, grab } = state,
      moved = nudged(state[grab][dim], event.key, 0.1);
    if (!moved) return;
    event.preventDefault();
    event.stopPropagation();
    place(grab, within(moved, panel.world));
  });
}

// Mouse, finger and keys on a panel: they move the noise point or the data point, in all panels at once.

import { within } from "./state.js";

/** take(which): a point was taken; place(which, point): it was moved. */
export function listen(panel, state, take, place) {
  const { front } = panel;
  let held;
  const pixels = ({ clientX, clientY }) => {
    const { left, top } = front.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  const move = (event) => {
    const point = panel.space.point(...pixels(event), held === "x" ? 1 : 0);
    place(held, within(point, panel.world));
  };
  const press = (event) => {
    held = panel.grab(...pixels(event));
    take(held);
    move(event);
  };
  // A finger away from the points scrolls the page, and a tap there moves a point; only a finger on a point drags it.
  const touch = (event) => panel.handle(...pixels(event.touches[0]), 36) && event.preventDefault();
  front.addEventListener("touchstart", touch, { passive: false });
  front.addEventListener("click", press);
  front.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" && !panel.handle(...pixels(event), 36)) return;
    front.setPointerCapture(event.pointerId);
    press(event);
  });
  front.addEventListener("pointermove", (event) => front.hasPointerCapture(event.pointerId) && move(event));
  front.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const { dim, grab } = state;
    const moved = state[grab][dim].map((v, i) => v + 0.1 * (dim === 1 ? step[0] + step[1] : step[i]));
    place(grab, within(moved, panel.world));
  });
}

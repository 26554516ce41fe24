// The keyboard: play, time, epochs, and what closes; wherever the focus is, unless the control there uses the key.

import { act, page, world } from "./app.js";
import { find } from "./controls.js";
import { roved } from "./rove.js";
import { present } from "./views.js";

const ARROW = /^Arrow/;
const TEXT = "textarea, [contenteditable], input:not([type=checkbox], [type=radio], [type=range], [type=button])";

/** What a key does that no control takes for itself. */
export function keys(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (key === "Escape") return escape();
  if (roved(event)) return event.preventDefault();
  if (taken(key, target)) return;
  const move = moves(target.id === "time")[key];
  if (!move) return;
  event.preventDefault();
  move();
}

/** Whether the focused control uses a key itself. */
function taken(key, target) {
  if (target.closest("dialog") || target.matches(TEXT)) return true;
  if (key === " ") return target.matches("button, select, a, summary, input[type=checkbox], input[type=radio]");
  if (!ARROW.test(key)) return false;
  if (target.matches("select, input[type=radio], input[type=range]:not(#time)")) return true;
  if (target.tabIndex === 0 && scrolls(target)) return true;
  return /Up|Down/.test(key) && target.id !== "time" && !inView(); // there they scroll the page
}

function scrolls({ scrollHeight, clientHeight, scrollWidth, clientWidth }) {
  return scrollHeight > clientHeight + 1 || scrollWidth > clientWidth + 1;
}

function inView() {
  const { top, bottom } = find("stage").getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

/** The keys of the page; on the slider of time all arrows move the time. */
function moves(timeOnly) {
  const { state } = page,
    { epochs } = world(),
    at = epochs.indexOf(state.epoch);
  const later = () => act.set({ time: Math.min(1, state.time + 0.02) }),
    earlier = () => act.set({ time: Math.max(0, state.time - 0.02) });
  return {
    " ": act.playTime,
    "?": () => find("help").click(),
    ArrowRight: later,
    ArrowLeft: earlier,
    ArrowUp: timeOnly ? later : () => act.set({ epoch: epochs[Math.min(epochs.length - 1, at + 1)] }),
    ArrowDown: timeOnly ? earlier : () => act.set({ epoch: epochs[Math.max(0, at - 1)] }),
  };
}

/** Close the innermost that is open: a menu, or the presentation; dialogs close by themselves. */
function escape() {
  if (document.querySelector("dialog[open]")) return;
  const menu = document.querySelector(".menu[open]");
  if (!menu) return present(false);
  menu.open = false;
  menu.querySelector("summary").focus();
}

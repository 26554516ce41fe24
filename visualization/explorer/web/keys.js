// The keyboard: play, time and epochs.

import { act, page, world } from "./app.js";

/** What a key does that no control takes for itself. */
export function keys(event) {
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    (/^(INPUT|SELECT|BUTTON|A|SUMMARY)$/.test(event.target.tagName) && event.key !== " ")
  )
    return;
  if (event.key === " " && /^(SELECT|BUTTON|A|SUMMARY)$/.test(event.target.tagName)) return;
  if (event.key === " " && event.target.type === "checkbox") return;
  const { state } = page,
    { epochs } = world(),
    moves = {
      " ": () => act.playTime(),
      ArrowRight: () => act.set({ time: Math.min(1, state.time + 0.02) }),
      ArrowLeft: () => act.set({ time: Math.max(0, state.time - 0.02) }),
      ArrowUp: () => act.set({ epoch: epochs[Math.min(epochs.length - 1, epochs.indexOf(state.epoch) + 1)] }),
      ArrowDown: () => act.set({ epoch: epochs[Math.max(0, epochs.indexOf(state.epoch) - 1)] }),
    };
  if (!moves[event.key]) return;
  event.preventDefault();
  moves[event.key]();
}

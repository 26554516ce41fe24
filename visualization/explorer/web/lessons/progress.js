// What a learner has done, kept in this browser. From a disk or in a private window that may be refused: then the page
// keeps it only until it is closed.

import { recall, store } from "../storage.js";

const KEY = "gen_study.lessons";
let kept;

/** {toured: true, language: "de", done: {lesson: how many of its steps}}. */
export function progress() {
  if (!kept) {
    try {
      kept = JSON.parse(recall(KEY));
    } catch {}
    if (typeof kept?.done !== "object") kept = { done: {} };
  }
  return kept;
}

export function keep(change) {
  Object.assign(progress(), change);
  store(KEY, JSON.stringify(kept));
}

/** A step was seen. */
export function seen(lesson, step) {
  const { done } = progress();
  keep({ done: { ...done, [lesson]: Math.max(done[lesson] ?? 0, step) } });
}

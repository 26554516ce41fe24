// A long list of boxes to tick is one stop of the Tab key; the arrows go up and down in it.

let pointed = false; // whether the focus came by mouse or finger: then the arrows are the page's
addEventListener("pointerdown", () => (pointed = true), true);
addEventListener("keydown", ({ key }) => key === "Tab" && (pointed = false), true);

/** Make one box of a list the stop: the one that has the focus, or the first that is ticked. */
export function rove(list, stop = list.querySelector("input:checked") ?? list.querySelector("input")) {
  for (const input of list.querySelectorAll("input")) input.tabIndex = input === stop ? 0 : -1;
}

/** Whether a key moved the focus within a list. */
export function roved({ key, target }) {
  const list = target.closest(".checks");
  if (pointed || !list || target.type !== "checkbox") return false;
  const inputs = [...list.querySelectorAll("input")],
    last = inputs.length - 1,
    at = inputs.indexOf(target),
    to = { ArrowUp: Math.max(0, at - 1), ArrowDown: Math.min(last, at + 1), Home: 0, End: last }[key];
  if (to === undefined) return false;
  rove(list, inputs[to]);
  inputs[to].focus();
  return true;
}

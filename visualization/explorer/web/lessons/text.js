// A lesson's paragraphs as elements: the nodes of lesson_text.py, with figures of the runs in this file.

import { number, plusMinus } from "../text.js";

/** entries: what the file holds of each model, by name. words: of the language, for what is not there. */
export function paragraph(nodes, entries, words) {
  const p = document.createElement("p");
  p.append(...parts(nodes, entries, words));
  return p;
}

function parts(nodes, entries, words) {
  return nodes.flatMap((node) => {
    if (typeof node === "string") return node;
    if (node.math) return maths(node.math);
    if (node.figure) return Object.assign(document.createElement("b"), { textContent: figure(node.figure, entries, words) });
    if (node.if) return parts(node.if.find(([condition]) => holds(condition, entries))?.[1] ?? [], entries, words);
    const [name] = Object.keys(node),
      stress = document.createElement(name);
    stress.append(...parts(node[name], entries, words));
    return stress;
  });
}

export function maths(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = markup; // made by formulas.py
  return holder.content.firstChild;
}

/** The [mean, deviation] that a figure stands for, the floor as [floor, 0]; nothing if this file does not have it. */
function measured({ key, floor, of }, entries) {
  const cell = entries.get(of)?.measures[key];
  const [mean, sd, least] = cell ?? [];
  const found = floor ? [least, 0] : [mean, sd];
  return found.every(Number.isFinite) ? found : undefined;
}

function figure(asked, entries, words) {
  if (!entries.has(asked.of)) return words.absent;
  const found = measured(asked, entries);
  if (!found) return words.unknown;
  return asked.floor ? number(found[0]) : plusMinus(...found);
}

/** Whether a condition holds: one value is less than another by more than both vary from seed to seed. */
function holds(condition, entries) {
  if (!condition) return true; // {else}
  if (condition.target) return entries.get(condition.of)?.target === condition.target;
  const [less, more] = [condition.less, condition.more].map(({ times, number: value, figure: asked }) =>
    (asked ? measured(asked, entries) : [value, 0])?.map((v) => times * v),
  );
  return Boolean(less && more) && more[0] - less[0] > Math.hypot(less[1], more[1]);
}

// Loss and excess error of the runs as they train: one chart a measure, steps and values both on logarithmic axes.

import { axes, decades, level, line, svg } from "../charts.js";
import { theme } from "../palette.js";
import { number } from "../text.js";

const START = 0.7; // where a logarithmic axis of steps has step 0
const DASHES = { A: "", B: "7 3", C: "14 4 2 4", D: "14 3 2 3 2 3" }; // Python's are dotted

/**
 * lines: [{letter, points [[step, value]], look}] and, thin, those of Python: {python: true, ...}; floors: values > 0;
 * until: the last step of the axis.
 */
export function liveChart({ label, lines, floors, until, width, height }) {
  const drawn = lines.map((each) => ({ ...each, points: each.points.filter(([, value]) => value > 0) })),
    points = drawn.flatMap((each) => each.points),
    values = points.map(([, value]) => value);
  if (!values.length) return null;
  const near = floors.filter((floor) => floor > 0 && floor < 3 * Math.max(...values)),
    last = Math.max(until, 100, ...points.map(([step]) => step)),
    y = { domain: [Math.min(...values, ...near) * 0.7, Math.max(...values, ...near) * 1.3], log: true, label },
    x = { domain: [START, last * 1.6], log: true, label: "steps" };
  y.ticks = few(decades(y.domain));
  x.ticks = [START, ...few(decades([10, last]).filter((v) => Number.isInteger(Math.log10(v))))];
  x.text = (v) => (v < 1 ? "0" : v < 1000 ? String(v) : `${v / 1000}k`);
  const { root, px, py } = axes(width, height, x, y, `${label} of the runs, by steps`);
  for (const floor of new Set(near)) root.append(level(floor, x.domain, px, py));
  const taken = [];
  for (const each of drawn) if (each.points.length) root.append(course(each, px, py, taken));
  return root;
}

/** At most six of the ticks, evenly. */
function few(ticks) {
  const every = Math.ceil(ticks.length / 6);
  return ticks.filter((_, i) => i % every === 0);
}

/** One curve with its letter where it ends, or next to those that are there. */
function course({ letter, points, look, python }, px, py, taken) {
  const group = svg("g", { class: python ? "python" : "run" }),
    stroke = look[theme()],
    placed = points.map(([step, value]) => [Math.max(step, START), value]);
  group.append(line(placed, px, py, { stroke, "stroke-dasharray": python ? "1 2" : DASHES[letter] }));
  if (python) return group;
  const [step, value] = placed.at(-1),
    y = py(value) + 4,
    near = taken.filter((other) => Math.abs(other - y) < 10).length;
  taken.push(y);
  group.append(svg("text", { x: px(step) + 3 + 10 * near, y, class: "letter" }, letter));
  return group;
}

/** Floors in words: one for all, or one for each. known: what is said of a known floor. */
export function floorsInWords(runs, floor) {
  const text = (value) => (value === null ? "not known here" : number(value)),
    found = runs.map((run) => [run.letter, text(floor(run))]);
  if (found.every(([, words]) => words === found[0][1])) return `floor ${found[0]?.[1] ?? ""}`;
  return `floor ${found.map(([letter, words]) => `${letter} ${words}`).join(", ")}`;
}

// Values at the pointer: where it is, what is exact there, and what the model has there.

import { page, panelOf, wake } from "../app.js";
import { distance, vector } from "../closer/draw.js";
import { number } from "../text.js";
import { find } from "../controls.js";
import { markAt } from "./marks.js";

const NEAR = 12; // pixels to a mark
const box = Object.assign(document.createElement("div"), { className: "tip", hidden: true });
let place = null; // {panel, px, py}

export const tip = {
  start() {
    const panels = find("panels");
    panels.addEventListener("pointermove", (event) => {
      const panel = panelOf(event);
      if (!panel || event.buttons || event.pointerType === "touch") return hide();
      const [px, py] = panel.pixels(event);
      place = { panel, px, py };
      wake();
    });
    for (const type of ["pointerdown", "pointerleave", "wheel"]) panels.addEventListener(type, hide, { passive: true });
  },

  /** While time moves, the values do, too. */
  frame() {
    if (place && (!page.panels.includes(place.panel) || find("panels").dataset.held)) hide();
    if (place) show();
  },
};

function hide() {
  place = null;
  box.hidden = true;
}

function show() {
  const { panel, px, py } = place,
    plot = panel.front.parentElement,
    lines = values(panel, px, py);
  box.hidden = !lines.length;
  if (box.parentElement !== plot) plot.append(box);
  if (box.dataset.text !== lines.join("\n")) {
    box.dataset.text = lines.join("\n");
    box.replaceChildren(...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })));
  }
  const { clientWidth: width, clientHeight: height } = plot,
    [x, y] = [px * panel.type, py * panel.type];
  box.style.left = `${Math.max(2, x < width / 2 ? Math.min(x + 14, width - box.offsetWidth - 2) : x - box.offsetWidth - 14)}px`;
  box.style.top = `${Math.max(2, Math.min(y + 14, height - box.offsetHeight - 2))}px`;
}

/** The lines of a tip at a pixel of a panel. */
export function values(panel, px, py) {
  const { space, state, world } = panel,
    mark = markAt(panel, px, py, NEAR);
  if (mark) return [mark.words, vector(mark.at)];
  if (world.dim === 1) {
    const t = space.progress(px);
    return t < 0 || t > 1 ? [] : at(panel, space.point(px, py, 0), t, space.end(px));
  }
  const end = space.end(px),
    s = end === "x" ? 1 : 0;
  return at(panel, space.point(px, py, s), space.islands ? s : state.time, end ?? "z");
}

/** What is known of a point x at time t. end: which end it is of, for models without a velocity. */
function at(panel, x, t, end) {
  const { model, world } = panel,
    flow = model.kind === "flow",
    density = number(world.exact.density(x, 1, t)[0], 2);
  if (!flow) return ofEnd(panel, x, end);
  const lines = [`x = ${vector(x)}, t = ${t.toFixed(2)}`],
    learnt = model.drift(x, 1, t);
  if (!model.exact) return [...lines, `velocity: learnt ${vector(learnt)}`];
  const exact = world.exact.velocity(x, 1, t);
  lines.push(`exact density ${density}`, `velocity: exact ${vector(exact)}`);
  if (model.name === "exact") return lines;
  return [...lines, `learnt ${vector(learnt)}, off ${number(distance([...learnt], [...exact]), 2)}`];
}

/** Of a generator: the noise that goes somewhere, or the data that are encoded. */
function ofEnd({ model, world }, x, end) {
  const s = end === "x" ? 1 : 0,
    density = number(world.exact.density(x, 1, s)[0], 2),
    lines = [s ? `data x = ${vector(x)}` : `noise z = ${vector(x)}`, `density of the ${s ? "data" : "noise"} ${density}`];
  if (!model.rules) return lines;
  if (s) return model.encodes ? [...lines, `encoded: ẑ = ${vector(model.encode(x, 1))}`] : lines;
  const there = model.decode(x, 1);
  lines.push(`the model sends it to ${vector(there)}`);
  if (!model.exact) return lines;
  const exact = world.exact.map(x, 1);
  return [...lines, `exact ${vector(exact)}, off ${number(distance([...there], [...exact]), 2)}`];
}

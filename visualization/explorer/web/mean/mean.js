// Why the velocity is a mean: what passes through a chosen point, where it goes, and what a model answers there.

import { act, page, wake, world } from "../app.js";
import { arrow, distance, dot, pixels, veil } from "../closer/draw.js";
import { nudged } from "../hands.js";
import { within } from "../state.js";
import { card, fill } from "./card.js";
import { LATEST, overModes, overPoints } from "./posterior.js";

const LEAST = 0.004; // of the greatest share: what has less is not drawn
const LEVELS = 10; // of opacity
const here = { over: "points", at: { 1: [0], 2: [0, 0] } };
let parts, changed, shown;

export const mean = {
  name: "mean",
  title: "Why the velocity is a mean",
  button: "Why a mean?",
  needs: "Show a model whose exact answer is the flow to see what passes through a point.",

  build(body, when) {
    changed = when;
    parts = card(body, (over) => ((here.over = over), show(), changed()));
  },

  panels: ({ model }) => !refusal(model),
  show,

  /** While time moves, the numbers do, too. */
  frame() {
    if (key() !== shown) show();
  },

  front(panel, g, c) {
    const { law, points, x, s } = found();
    veil(g, panel, c.paper);
    const { members } = here.over === "points" ? points : law;
    pairs(panel, g, c, members, x, s);
    const far = (v) => [x.map((value, d) => value + (1 - s) * v[d]), 1];
    const learnt = panel.model.drift(x, 1, s);
    arrow(g, c, panel, [x, s], far(law.mean), { color: c.exact, width: 5.5 }); // often all three are nearly one
    arrow(g, c, panel, [x, s], far(points.mean), { color: c.coupling_train, width: 2.6, dash: [6, 5], rim: false });
    arrow(g, c, panel, [x, s], far(learnt), { color: c.output_x_hat, width: 2.2, rim: false });
    dot(g, c, panel, [x, s], { color: c.exact, shape: "ring", r: 6, label: "x" });
  },

  grab: () => "x",
  near(panel, px, py) {
    const { x, s } = found(),
      [u, v] = pixels(panel, [x, s]);
    return Math.hypot(u - px, v - py) < 36;
  },

  /** In 1D a place on the panel is a time and a value, in 2D a value; the time is the flow time. */
  move({ space, world }, _, px, py) {
    here.at[world.dim] = within(space.point(px, py, 0), world);
    if (world.dim === 1) act.set({ time: progress(space, px) });
    moved();
  },

  key(panel, { key: name, shiftKey }) {
    const { dim } = panel.world,
      step = shiftKey ? 0.5 : 0.1,
      times = { ",": -0.02, ".": 0.02, ...(dim === 1 && { ArrowLeft: -0.02, ArrowRight: 0.02 }) },
      point = nudged(here.at[dim], name, step);
    if (name in times) act.set({ time: clamp(Math.min(page.state.time, LATEST) + times[name]) });
    else if (point) {
      here.at[dim] = within(point, panel.world);
      moved();
    } else return false;
    return true;
  },

  write: () => [here.over, ...here.at[page.state.dim].map((value) => value.toFixed(3))].join(","),

  read(text) {
    const [over, ...at] = text.split(","),
      point = at.map(Number);
    if (["points", "modes"].includes(over)) here.over = over;
    if (point.length === world().dim && at.every(Boolean) && point.every(Number.isFinite))
      here.at[world().dim] = within(point, world());
  },

  /** For tests. */
  facts: () => found(),
};

const clamp = (s) => Math.max(0, Math.min(LATEST, s));

/** The progress of a column of pixels in 1D. */
function progress(space, px) {
  const [from, to] = [0, 1].map((s) => space.at([0], 0, s)[0]);
  return clamp((px - from) / (to - from));
}

function moved() {
  show();
  changed();
}

/** Why a model's velocity is not compared with the exact one, as a sentence; "" if it is. */
export function refusal(model) {
  const { entry, kind, rules } = model;
  if (!rules) return "is recorded in this file: its network does not run here.";
  if (kind === "flow") return model.exact ? "" : "has other pairs than these, so its velocity is another mean.";
  if (entry.exact === "flow") return "has no velocity: it learns where the flow ends, not how it gets there.";
  return "has no flow: it takes noise to data at once.";
}

function key() {
  const { state } = page;
  return [state.dim, here.at[state.dim], state.time, here.over, state.models, state.epoch].join();
}

/** What passes through the point now; computed once for all panels. */
let kept = {};
function found() {
  const s = clamp(page.state.time),
    x = here.at[world().dim],
    place = `${x} ${s}`;
  if (kept.place !== place || kept.world !== world())
    kept = { place, world: world(), x, s, points: overPoints(world(), x, s), law: overModes(world(), x, s) };
  return kept;
}

/** The lines of pairs through x, from their noise to their data, as opaque as they are probable. */
function pairs(panel, g, c, members, x, s) {
  const top = Math.max(...members.map(({ share }) => share)),
    level = ({ share }) => Math.ceil((LEVELS * share) / top),
    few = members.length <= 40;
  g.strokeStyle = c.coupling_train;
  for (const [part, width, strength] of [
    ["start", few ? 1.4 : 0.8, 0.35],
    ["end", few ? 2.6 : 1.3, 0.8],
  ])
    for (let l = 1; l <= LEVELS; l++) {
      g.globalAlpha = (strength * l) / LEVELS;
      g.lineWidth = width;
      g.beginPath();
      for (const member of members)
        if (level(member) === l && member.share > LEAST * top)
          (g.moveTo(...pixels(panel, [x, s])), g.lineTo(...pixels(panel, [member[part], part === "end" ? 1 : 0])));
      g.stroke();
    }
  const large = few ? 4.5 : 2.6;
  for (const { share, end } of members) {
    if (share <= LEAST * top) continue;
    const [u, v] = pixels(panel, [end, 1]);
    g.globalAlpha = 0.15 + (0.85 * share) / top;
    g.fillStyle = c.data_x;
    g.fillRect(u - large, v - large, 2 * large, 2 * large);
  }
  g.globalAlpha = 1;
}

function show() {
  const { law, points, x, s } = found(),
    models = page.state.models.map((name) => world().models.get(name));
  shown = key();
  const rows = models.map((model) => {
    const why = refusal(model),
      v = why ? null : [...model.drift(x, 1, s)];
    return { title: model.entry.title, why, v, off: v && distance(v, law.mean) };
  });
  fill(parts, {
    ...found(),
    over: here.over,
    rows,
    world: world(),
    late: page.state.time > LATEST,
    off: distance(points.mean, law.mean),
  });
  wake();
}

// Slow motion: one training step of a model, taken apart in five stages, with the values of its real loss.

import { page, wake, world } from "../app.js";
import { arrow, dot, pixels, swatch, veil } from "../closer/draw.js";
import { nudged } from "../hands.js";
import { within } from "../state.js";
import { card, showModels, showStage, showTimes } from "./card.js";
import { SCRIPTS } from "./scripts/index.js";
import { Step, lossOf, refusal } from "./step.js";

const SECONDS = 3; // of a stage that plays
const here = { model: null, stage: 1, seed: 1, own: {}, alone: true, playing: false, waited: 0 };
let parts, changed, shown, step, kept;

export const slow = {
  name: "slow",
  title: "One training step, in slow motion",
  button: "Slow motion",
  needs: "Show a model that trains in this page to see a step of it.",

  build(body, when) {
    changed = when;
    parts = card(body, { back, next, play, pair, stage, model: choose, number, whom, time });
  },

  panels: ({ name }) => name === chosen()?.name,
  show,

  /** Stages follow each other while they play; a live model's weights change by themselves. */
  frame(seconds) {
    if (here.playing && (here.waited += seconds) > SECONDS) next();
    else if (chosen() && key() !== shown) show();
    return here.playing;
  },

  close() {
    here.playing = false;
  },

  front(panel, g, c) {
    veil(g, panel, c.paper);
    const items = scene();
    for (const { style, from, to } of items)
      if (style) arrow(g, c, panel, from, to, { ...style, color: c[style.color] });
    for (const { mark, at, label } of items) if (mark) dot(g, c, panel, at, { ...mark, color: c[mark.color], label });
  },

  grab: (panel, px, py) => handle(panel, px, py, 30),
  near: (panel, px, py) => handle(panel, px, py, 36) !== null,

  /** z goes anywhere, x to the nearest training point, the state along its line: that is its first time. */
  move(panel, what, px, py) {
    const { space } = panel,
      f = facts();
    if (what === "z") return set({ z: within(space.point(px, py, 0), world()) });
    if (what === "x") return set({ number: nearest(space.point(px, py, 1)) });
    const [a, b] = [pixels(panel, [f.z, 0]), pixels(panel, [f.x, 1])],
      [u, v] = [b[0] - a[0], b[1] - a[1]],
      s = Math.max(0, Math.min(1, ((px - a[0]) * u + (py - a[1]) * v) / (u * u + v * v)));
    time(0, step.loss.timeAt(s));
  },

  key(_, { key: name, shiftKey }) {
    const f = facts(),
      z = nudged(f.z, name, shiftKey ? 0.5 : 0.1),
      acts = {
        n: next,
        b: back,
        p: pair,
        ...(f.times.length && { ",": () => time(0, f.times[0] - 0.02), ".": () => time(0, f.times[0] + 0.02) }),
      };
    if (name in acts) acts[name]();
    else if (z) set({ z: within(z, world()) });
    else return false;
    return true;
  },

  write: () => [chosen()?.name ?? "", here.stage, here.seed].join(","),

  read(text) {
    const [name, k, seed] = text.split(",");
    here.model = name;
    if (k >= 1 && k <= 5) here.stage = Math.round(Number(k));
    if (seed >= 0) here.seed = Math.round(Number(seed));
    here.own = {};
  },

  /** For tests. */
  facts: () => facts(),
};

/** Models on the stage whose step can be shown. */
const possible = () =>
  page.state.models.map((name) => world().models.get(name)).filter((model) => model && !refusal(model));

function chosen() {
  const models = possible();
  return models.find(({ name }) => name === here.model) ?? models[0];
}

const script = () => SCRIPTS[lossOf(chosen())];

/** What a step depends on. */
function key() {
  const { nets, k, name } = chosen();
  if (kept?.nets !== nets) shown = null;
  return JSON.stringify([
    page.state.dim,
    page.state.models,
    name,
    k,
    here.seed,
    here.own,
    here.alone,
    here.stage,
    here.playing,
  ]);
}

/** The step's values; computed again if the model, its weights or the pair are others. */
function facts() {
  const model = chosen(),
    alone = here.alone && !script().batchOnly,
    wanted = JSON.stringify([here.seed, here.own, alone]);
  if (step?.model !== model || step.world !== world()) step = new Step(model, world());
  if (kept?.wanted !== wanted || kept.step !== step || kept.nets !== model.nets) {
    step.begin();
    const batch = step.batch(here.seed, here.own),
      f = step.facts(batch, alone);
    kept = { wanted, step, nets: model.nets, f: { ...f, points: step.trainer.n, batch } };
  }
  return kept.f;
}

const scene = () =>
  script()
    .stages.slice(0, here.stage)
    .flatMap(({ draw }, k) => draw(facts()).filter(({ brief }) => !brief || k + 1 === here.stage));

function show() {
  const model = chosen(),
    others = page.state.models.map((name) => world().models.get(name)).filter((each) => each && refusal(each));
  showModels(
    parts,
    possible(),
    model?.name,
    others.map((each) => each.entry.title + refusal(each)),
  );
  if (!model) return;
  const f = facts();
  showStage(parts, script(), f, here.stage, step.note);
  showTimes(parts, script(), f);
  legend();
  parts.play.textContent = here.playing ? "❚❚ Pause" : "▶ Play";
  parts.play.setAttribute("aria-pressed", String(here.playing));
  parts.hint.textContent =
    `Drag z, x${f.times.length ? " or the point between" : ""} on the panel; x is always a training point. Keys there: arrows move ` +
    `z${f.times.length ? "; comma and full stop move the time" : ""}; n: next, b: back, p: new pair. Weights: those on the stage.`;
  shown = key();
  wake();
}

/** The arrows that are drawn, by name. */
function legend() {
  const seen = new Map(
    scene()
      .filter(({ style }) => style)
      .map(({ name, style }) => [name, style]),
  );
  parts.legend.innerHTML = [...seen]
    .map(
      ([name, { color, width, dash = [] }]) =>
        `<span>${swatch(color, Math.min(width, 3), dash.join(" "))}${name}</span>`,
    )
    .join("");
}

function set(change) {
  here.own = { ...here.own, ...change };
  show();
}

function handle(panel, px, py, reach) {
  const f = facts(),
    places = { z: [f.z, 0], x: [f.x, 1], ...(f.times.length && { state: [f.point, f.s] }) };
  const found = Object.entries(places)
    .map(([name, place]) => {
      const [u, v] = pixels(panel, place);
      return { name, far: Math.hypot(u - px, v - py) };
    })
    .filter(({ far }) => far < reach)
    .sort((a, b) => a.far - b.far);
  return found[0]?.name ?? null;
}

function nearest(point) {
  const { points, n } = step.trainer,
    far = (p) => point.reduce((sum, value, d) => sum + (value - points[d * n + p]) ** 2, 0);
  let best = 0;
  for (let p = 1; p < n; p++) if (far(p) < far(best)) best = p;
  return best;
}

/** Set one time; those that must not be later or earlier move along. */
function time(k, value) {
  const { times: letters, order = [] } = script(),
    times = [...facts().times],
    place = order.indexOf(letters[k]);
  times[k] = Math.max(0, Math.min(1, value));
  order.forEach((letter, at) => {
    const other = letters.indexOf(letter);
    if (at < place) times[other] = Math.min(times[other], times[k]);
    if (place >= 0 && at > place) times[other] = Math.max(times[other], times[k]);
  });
  set({ times });
}

function stage(k) {
  Object.assign(here, { stage: k, waited: 0 });
  show();
  changed();
}

function next() {
  if (here.stage === 5) pair();
  else stage(here.stage + 1);
}

function back() {
  stage(Math.max(1, here.stage - 1));
}

function pair() {
  Object.assign(here, { seed: here.seed + 1, own: {} });
  stage(1);
}

function play() {
  Object.assign(here, { playing: !here.playing, waited: 0 });
  show();
}

function choose(name) {
  Object.assign(here, { model: name, own: {} });
  show();
  changed();
}

function number(k) {
  const { n } = step.trainer;
  if (Number.isFinite(k)) set({ number: Math.max(1, Math.min(n, Math.round(k))) - 1 });
}

function whom(value) {
  here.alone = value === "alone";
  show();
}

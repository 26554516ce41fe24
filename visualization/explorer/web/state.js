// What the page shows, and its form in the address: models, dimension, epoch, time, layers and the rest.

import { LAYERS } from "./palette.js";
import { bound } from "./space.js";

export const SOLVERS = { own: "Each its own", euler: "Euler", heun: "Heun", rk4: "Runge-Kutta 4" };
export const USUAL = 32; // steps; 0 is each model's own number of evaluations
export const SPEEDS = [0.25, 0.5, 1, 2, 4];

/** The models of a first view. */
function usual({ models }) {
  const all = [...models.values()],
    trained = all.filter(({ name, live }) => name !== "exact" && !live),
    flows = trained.filter((model) => model.isFlow);
  return [flows, trained, all]
    .find((some) => some.length)
    .slice(0, 4)
    .map(({ name }) => name);
}

export function initial(worlds) {
  const dim = worlds.has(2) ? 2 : [...worlds.keys()][0],
    models = usual(worlds.get(dim));
  return {
    dim,
    models,
    epoch: Math.max(...worlds.get(dim).epochs),
    time: 1,
    layers: new Set(["data", "source", "samples", "trajectories"]),
    solver: "own",
    steps: 0,
    crowd: Number(Object.keys(worlds.get(dim).content.crowds)[0]),
    grab: "z",
    z: { 1: [-0.6], 2: [-1.2, 1.4] },
    x: { 1: [2.2], 2: [2.2, 1.8] },
    view: { 1: bound(1, 0, 0), 2: bound(1, 0, 0) }, // see space.js
    timeSpeed: 1,
    epochSpeed: 1,
  };
}

/**
 * The part of an address behind #, for a state; without its time while that is playing, so that a reload plays, too.
 * more: what features add.
 */
export function write(state, playing, more = {}) {
  const point = (p) => p.map((v) => v.toFixed(3)).join(",");
  const parts = {
    dim: state.dim,
    models: state.models.join(","),
    epoch: state.epoch,
    ...(playing ? {} : { time: state.time.toFixed(3) }),
    layers: [...state.layers].join(","),
    solver: state.solver,
    steps: state.steps,
    crowd: state.crowd,
    grab: state.grab,
    z: point(state.z[state.dim]),
    x: point(state.x[state.dim]),
    view: point(state.view[state.dim]),
    ...more,
  };
  return (
    "#" +
    Object.entries(parts)
      .map(([key, value]) => `${key}=${value}`)
      .join("&")
  );
}

/** Take what an address says into a state; what is invalid is left out. */
export function read(fragment, state, worlds) {
  const said = new URLSearchParams(fragment.replace(/^#/, "")),
    has = (key) => said.has(key);
  const list = (key) => said.get(key).split(",").filter(Boolean),
    number = (key) => (has(key) && said.get(key) !== "" ? Number(said.get(key)) : NaN);
  if (worlds.has(number("dim"))) state.dim = number("dim");
  const world = worlds.get(state.dim);
  if (has("models")) state.models = list("models").filter((name) => world.models.has(name));
  if (has("layers")) state.layers = new Set(list("layers").filter((name) => name in LAYERS));
  if (number("time") >= 0 && number("time") <= 1) state.time = number("time");
  if (number("epoch") >= 0) state.epoch = number("epoch");
  if (number("steps") >= 0 && number("steps") <= 64) state.steps = Math.round(number("steps"));
  if (said.get("solver") in SOLVERS) state.solver = said.get("solver");
  if (said.get("crowd") in world.content.crowds) state.crowd = number("crowd");
  if (["z", "x"].includes(said.get("grab"))) state.grab = said.get("grab");
  for (const key of ["z", "x"]) {
    const point = has(key) ? list(key).map(Number) : [];
    if (point.length === state.dim && point.every(Number.isFinite)) state[key][state.dim] = within(point, world);
  }
  const view = has("view") ? list("view").map(Number) : [];
  if (view.length === 3 && view.every(Number.isFinite)) state.view[state.dim] = bound(...view);
  return settle(state, worlds);
}

/** A movable point, brought back to the limits of the panels, where it can be had. */
export function within(point, { space }) {
  return point.map((v, i) => Math.max(space.limits[i][0], Math.min(space.limits[i][1], v)));
}

/** Reduce a state to what its dimension can show. */
export function settle(state, worlds) {
  const { models, epochs } = worlds.get(state.dim);
  state.models = [...models.keys()].filter((name) => state.models.includes(name));
  if (!state.models.length) state.models = usual(worlds.get(state.dim));
  state.epoch = epochs.findLast((epoch) => epoch <= state.epoch) ?? epochs[0];
  return state;
}

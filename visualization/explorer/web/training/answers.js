// What is exact of a run: where its excess error is measured, and the least loss that it can reach.

import { LIVE } from "../live/index.js";
import { overModes } from "../mean/posterior.js";
import { answerOf } from "./model.js";
import { couplingOf } from "./settings.js";

const [TIMES, POINTS] = [16, 64]; // of the excess error's mean
const [NODES, SAMPLES] = [32, 512]; // of a floor's
const STEP = [1, 2, 3, 4].map((power) => 1.1673039782614187 ** -power); // fills the unit cube evenly (Roberts)

/** n points of the exact flow at progress s, evenly spread: (n, D). */
export function marginal(exact, n, s) {
  const { dim } = exact,
    result = new Float64Array(n * dim),
    parts = exact.at(s).map(({ mu, P }, k) => ({ mu, root: rootOfInverse(P, dim), weight: exact.pairs[k].weight }));
  for (let p = 0; p < n; p++) {
    const [which, u, angle] = STEP.map((step, k) => (0.5 + step * (p + 1) + 0.3 * k * s) % 1),
      radius = Math.sqrt(-2 * Math.log(1 - u)),
      normal = [radius * Math.cos(2 * Math.PI * angle), radius * Math.sin(2 * Math.PI * angle)];
    let left = which;
    const { mu, root } = parts.find(({ weight }) => (left -= weight) < 0) ?? parts.at(-1);
    for (let d = 0; d < dim; d++)
      result[p * dim + d] = mu[d] + root[d].reduce((sum, value, e) => sum + value * normal[e], 0);
  }
  return result;
}

/** Cholesky's root of the covariance that belongs to a precision P (flat). */
function rootOfInverse(P, dim) {
  if (dim === 1) return [[P[0] ** -0.5]];
  const det = P[0] * P[3] - P[1] * P[2],
    a = Math.sqrt(P[3] / det),
    b = -P[1] / det / a;
  return [
    [a, 0],
    [b, Math.sqrt(P[0] / det - b * b)],
  ];
}

/** States of the exact flow and its velocity there, {x (m, D), s (m), v (m, D)}: E|v - v_exact|² is the mean over them.
 *  As FieldProbe of training/snapshots.py, with other points. */
export function probes(world) {
  return world.once("probes", () => {
    const times = Array.from({ length: TIMES }, (_, i) => (i + 0.5) / TIMES),
      x = times.map((s) => marginal(world.exact, POINTS, s)),
      v = times.map((s, i) => world.exact.velocity(x[i], POINTS, s)),
      flat = (rows) => Float32Array.from(rows.flatMap((row) => [...row]));
    return { x: flat(x), s: flat(times.map((s) => Array(POINTS).fill(s))), v: flat(v) };
  });
}

/** Whether the exact flow is a run's own answer, so that it has an excess error. */
export function hasExcess(template, dim, settings) {
  return template.live.kind === "flow" && answerOf(template, dim, settings) === "flow";
}

/** E Var(x - z | x_s) at progress s, the mean over points of the exact flow. */
export function variance(exact, s, n = SAMPLES) {
  const { dim } = exact,
    x = marginal(exact, n, s);
  let sum = 0;
  for (let p = 0; p < n; p++) {
    const { within, between } = overModes({ exact, dim }, [...x.subarray(p * dim, (p + 1) * dim)], s);
    sum += within + between;
  }
  return sum / n;
}

/** The mean over uniform u of weight(s) variance(s), s = progress(u). */
function mean(world, name, progress = (u) => u, weight = () => 1) {
  return world.once(`floor ${name}`, () => {
    let sum = 0;
    for (let i = 0; i < NODES; i++) {
      const s = progress((i + 0.5) / NODES);
      sum += weight(s) * variance(world.exact, s);
    }
    return sum / NODES;
  });
}

/** The share of flow matching's floor in that of a model whose other terms are 0 for the exact answer. */
const SHARES = { fm: 1, imf: 1, backflow: 1, shortcut: LIVE.shortcut.shareEqual, flowmap: LIVE.flowmap.shareEqual };
const cosine = (u) => 1 / (1 + 1 / Math.tan((Math.PI * u) / 2)); // diffusion's progress: see data/floors.py
const WEIGHTS = { eps: (s) => s ** 2, v: (s) => s ** 2 + (1 - s) ** 2 };

/** The mean loss of a run's exact answer, mirrors `floor` of models/*.py; null if this page does not know it. */
export function lossFloor(template, world, settings, points) {
  const { model, target, prediction } = settings;
  if (target && target !== "conditional") return 0; // no noise is left in the target
  if (model === "decoder") return spread(points, world.dim);
  if (model === "gan") return Math.LN2;
  if (model === "drifting") return 0;
  if (model === "reflow") return world.dim === 1 ? 0 : null;
  if (couplingOf(settings) === "ot" || !target) return null;
  if (model in SHARES) return SHARES[model] * mean(world, "flow");
  if (model === "diffusion") return mean(world, prediction, cosine, WEIGHTS[prediction]);
  const { training, losses } = template; // those of the Jacobian are the Python side's
  return world.content.models.includes(template) && training.target === target ? losses.floor : null;
}

/** The variance of points (n, D). */
function spread(points, dim) {
  const n = points.length / dim;
  let sum = 0;
  for (let d = 0; d < dim; d++) {
    const column = Array.from({ length: n }, (_, p) => points[p * dim + d]),
      middle = column.reduce((a, b) => a + b) / n;
    sum += column.reduce((total, value) => total + (value - middle) ** 2, 0) / n;
  }
  return sum;
}

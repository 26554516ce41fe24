// Edited laws as the content of a world: the same fields as payload.py's `dimension`, but without trained models.

import { ExactFlow } from "../exact.js";
import { isStandard } from "../mixture.js";
import { Random } from "../live/random.js";
import { slicedW2 } from "../models.js";
import { floats } from "../nets.js";
import { middles, noise, project, quantiles, sample } from "./law.js";
import { place } from "./place.js";

const DIRECTIONS = 32; // of sliced W2, as in evaluation/metrics.py
const [POINTS, SEED] = [500, 0];
const PATHS = { 1: 44, 2: 80 }; // while a handle is dragged, as many as are drawn otherwise
const [FINE, COARSE] = [64, 32]; // their steps: of many pairs of components fewer and coarser paths fit into a frame
const WORK = 800_000; // velocities of a pair that do
const GRID = 60; // cells to a side of its contours

/** shipped: the content of the file in the same dimension; words: what the data are called. */
export function content(target, source, shipped, words) {
  const { dim } = shipped,
    data = sample(target, POINTS, SEED),
    order = new Random(SEED + 1).permutation(POINTS);
  return {
    ...shared(target, source, dim, words),
    space: place(target, source, isStandard(source)),
    data,
    partner: Float32Array.from(data, (_, i) => data[dim * order[Math.floor(i / dim)] + (i % dim)]),
    crowds: Object.fromEntries(Object.keys(shipped.crowds).map((n) => [n, crowd(target, source, shipped, Number(n))])),
  };
}

/** How many paths a draft has, of how many steps. */
export function effort(target, source, dim) {
  const pairs = target.weights.length * source.weights.length,
    fits = (steps) => Math.floor(WORK / (4 * steps * pairs)),
    steps = fits(FINE) >= PATHS[dim] / 2 ? FINE : COARSE;
  return { steps, n: Math.max(16, Math.min(PATHS[dim], fits(steps))) };
}

/** What can be computed in every frame: few particles, the same places, no distances. */
export function draft(target, source, space, shipped, words) {
  const { dim } = shipped,
    { steps, n } = effort(target, source, dim),
    crowd = { z: particles(source, shipped, n), quantiles: null, floor: null },
    fresh = place(target, source, isStandard(source), GRID);
  return {
    ...shared(target, source, dim, words),
    sketch: true, // what trains here is covered meanwhile, and begins again afterwards
    space: { ...fresh, ...kept(space, fresh.limits) },
    data: new Float32Array(),
    partner: new Float32Array(),
    crowds: Object.fromEntries([n, ...Object.keys(shipped.crowds)].map((each) => [each, crowd])),
    steps,
    hills: GRID,
  };
}

/** What must not move under the pointer; limits, within which there are contours, only grow. */
function kept({ limits, source, island, islands, density_scale }, fresh) {
  const both = limits.map(([low, high], d) => [Math.min(low, fresh[d][0]), Math.max(high, fresh[d][1])]);
  return density_scale === undefined ? { limits: both, source, island, islands } : { limits: both, density_scale };
}

function shared(target, source, dim, words) {
  const own = { dim, dataset: words, units: "", epochs: 0, edited: true };
  return { ...own, target, source, models: [], table: null, sentences: [], targets: null };
}

/** Noise, quantiles of the target and the floor of n particles; the last two once somebody asks. */
function crowd(target, source, shipped, n) {
  const z = particles(source, shipped, n),
    { dim } = shipped,
    once = {};
  return {
    z,
    get quantiles() {
      return (once.quantiles ??= along(target, n));
    },
    get floor() {
      return (once.floor ??= dim === 1 ? 0 : floor(target, source, z, this.quantiles));
    },
  };
}

/** The file's noise of N(0, I), in 2D the first of it, or points of another source. */
function particles(source, { dim, crowds, source: first }, n) {
  const known = crowds[n] ?? (dim === 2 && crowds[Math.min(...Object.keys(crowds))]);
  return known && isStandard(source) && isStandard(first) ? floats(known.z).slice(0, n * dim) : noise(source, n);
}

/** Exact quantiles (P, n) of a law along the directions of sliced W2. */
export function along(law, n) {
  const dim = law.means[0].length,
    count = dim === 1 ? 1 : DIRECTIONS,
    result = new Float32Array(count * n);
  for (let d = 0; d < count; d++) {
    const angle = (Math.PI * d) / count;
    result.set(quantiles(project(law, [Math.cos(angle), Math.sin(angle)]), middles(n)), d * n);
  }
  return result;
}

/** Sliced W2 of where the exact flow takes the noise. */
function floor(target, source, z, quantiles) {
  const n = z.length / 2;
  return slicedW2(new ExactFlow(target, source).map(z, n), n, 2, quantiles);
}

// One run: data, a model, Adam. Mirrors training/trainer.py for a single seed; losses and times are those of losses/.

import { Adam } from "./adam.js";
import { along, columns, map, transposed } from "./arrays.js";
import { LIVE, whyNot } from "./index.js";
import { isStandard, standard } from "../mixture.js";
import { Kernels } from "./kernels.js";
import { MLP, initial, weightCount } from "./mlp.js";
import { Random } from "./random.js";
import { noise } from "./sources.js";
import { Pairs } from "./targets.js";
import { Taught } from "./teacher.js";

export const DEFAULTS = {
  hidden: [32, 64, 32],
  activation: "silu",
  lr: 1e-3,
  batch: 64,
  p: 0, // power of the residual weight 1 / (error + .001)^p
  weightDecay: 0,
  seed: 0,
  source: null, // a mixture {weights, means, covariances} in the place of N(0, I)
  law: null, // the mixture of the data, for the target "exact" and for reflow's teacher
  probes: null, // {x (m, D), s (m), v (m, D)}: exact velocities at states of progress s, for the excess error
};

/** Settings with all defaults. Pairs that are not independent, or not from N(0, I), have no known means: then the target
 *  is "conditional". */
export function complete(settings) {
  if (whyNot(settings.model)) throw new Error(whyNot(settings.model));
  const model = LIVE[settings.model],
    own = { target: model.targets[0], coupling: model.couplings[0], ...model.settings },
    whole = { ...DEFAULTS, ...own, ...settings };
  if (!model.targets.includes(whole.target)) whole.target = own.target;
  if (!model.couplings.includes(whole.coupling)) whole.coupling = own.coupling;
  if (isStandard(whole.source)) whole.source = null;
  if (whole.source || whole.coupling === "ot") whole.target = "conditional";
  return whole;
}

export class Trainer {
  /** settings: model, dim, points (n, D) as a Float32Array, and changes to DEFAULTS and the model's own. */
  constructor(settings) {
    const all = (this.settings = complete(settings)),
      { dim, source, law } = all;
    this.points = transposed(all.points, all.points.length / dim); // (D, n)
    this.n = all.points.length / dim;
    this.model = new LIVE[all.model](all);
    this.build();
    this.random = new Random(all.seed);
    this.aside = new Random(all.seed + 1); // for a look at a step, which must not change what is learnt
    this.pairs = LIVE[all.model].taught
      ? new Taught(law, source ?? standard(dim), dim, (n) => noise(source, n, dim, this.random))
      : new Pairs(this.kernels, this.model, this.n, law);
    this.reset();
  }

  /** The networks, whose weights follow each other in one vector, and the optimiser. */
  build() {
    const { hidden, activation, batch, probes } = this.settings;
    this.sizes = this.model.networks(hidden);
    const all = Object.entries(this.sizes),
      size = all.reduce((sum, [, sizes]) => sum + weightCount(sizes), 0),
      rows = all.reduce((sum, [, sizes]) => sizes.reduce((a, b) => a + b, sum), 0),
      most = Math.max(2 * Math.min(batch, this.n), probes ? probes.s.length : 0); // FACM's network takes each sample twice
    this.kernels = new Kernels(6 * size + 20 * rows * (most + 8) + 16 * this.n); // more than any model takes
    const eta = this.model.noiseFree ? 10 : 5;
    this.adam = new Adam(this.kernels, size, { ...this.settings, eta });
    let start = 0;
    this.nets = all.map(([name, sizes]) => {
      const net = new MLP(this.kernels, sizes, activation, start, most);
      start += weightCount(sizes);
      return (this.model[name] = net);
    });
    this.use(this.adam.weights);
  }

  use(vector) {
    for (const net of this.nets) net.use(vector, this.adam.gradient);
  }

  get steps() {
    return this.adam.steps;
  }

  get weights() {
    return this.adam.weights;
  }

  get average() {
    return this.adam.average;
  }

  /** Begin again, with the same weights and the same chance. */
  reset() {
    this.random = new Random(this.settings.seed);
    this.adam.begin(Object.values(this.sizes).flatMap((sizes) => initial(sizes, this.random)));
    Object.assign(this, { epochs: 0, losses: [], stopped: false, columns: null });
  }

  /** An epoch's pairs and times, in the random order of its batches. */
  draw() {
    const { n, random, model, settings } = this,
      order = random.permutation(n),
      z = noise(settings.source, n, settings.dim, random),
      times = model.times(n, random),
      pair = this.pairs.means(along(this.points, settings.dim, order), z, times);
    this.columns = [...pair, ...times];
    this.before = this.average.slice();
    this.at = this.sum = 0;
  }

  /** One batch. */
  step() {
    if (this.stopped) return;
    if (!this.columns) this.draw();
    const to = Math.min(this.at + this.settings.batch, this.n),
      [x, z, ...times] = this.columns.map((table) => columns(table, table.length / this.n, this.at, to));
    for (const error of this.learn(...this.model.pair(x, z), times)) this.sum += error;
    this.at = to;
    if (to === this.n) this.finish();
  }

  /** One step on a given batch x, z (D, n), times (n) each: the errors of its samples. */
  learn(x, z, times) {
    const { p } = this.settings,
      { error, backward } = this.model.loss(x, z, ...times);
    this.adam.gradient.fill(0);
    backward(map((e) => (p ? (e + 1e-3) ** -p : 1) / error.length, error));
    this.adam.step();
    return error;
  }

  /** The end of an epoch: one that went wrong does not count, and training stops. */
  finish() {
    const loss = this.sum / this.n;
    this.columns = null;
    this.stopped = !Number.isFinite(loss) || !this.weights.every(Number.isFinite);
    if (this.stopped) for (const vector of [this.weights, this.average]) vector.set(this.before);
    else this.epochs += 1;
    this.losses.push(this.stopped ? NaN : loss);
  }

  epoch() {
    do this.step();
    while (this.columns && !this.stopped);
  }

  /** E|v - v_exact|² of a flow with the averaged weights at the probes, per unit of progress; null without them. */
  excess() {
    const { probes, dim } = this.settings,
      { noiseTime, dataTime } = this.model.constructor;
    if (!probes || !this.model.velocity) return null;
    const m = probes.s.length,
      direction = dataTime - noiseTime,
      t = Float32Array.from(probes.s, (s) => noiseTime + direction * s);
    this.use(this.average);
    const v = transposed(this.model.velocity(transposed(probes.x, m), t), dim);
    this.use(this.weights);
    return v.reduce((sum, value, k) => sum + (direction * value - probes.v[k]) ** 2, 0) / m;
  }

  /** A step taken apart, which is not kept: points by number, their noise z (m, D), and times, each (m), by default new
   *  ones. What is returned is (m, D) or (m) each: the pair as drawn, what stands for it, the loss's terms, and the
   *  network's value and the errors after the step. */
  parts(numbers, z = null, times = null) {
    const { dim, source } = this.settings,
      m = numbers.length,
      back = (table) => transposed(table, table.length / m);
    times ??= this.model.times(m, this.aside);
    const drawn = [along(this.points, dim, numbers), z ? transposed(z, m) : noise(source, m, dim, this.aside)],
      [x, e] = this.model.pair(...this.meanPairs(numbers, drawn, times)),
      found = this.model.loss(x, e, ...times),
      kept = [this.weights, this.average, this.adam.m, this.adam.v].map((vector) => [vector, vector.slice()]),
      { steps } = this.adam;
    this.learn(x, e, times);
    const later = this.model.loss(x, e, ...times);
    for (const [vector, old] of kept) vector.set(old);
    this.adam.steps = steps;
    const terms = Object.entries({ ...found.parts, after: later.parts.value }).map(([name, table]) => [
      name,
      back(table),
    ]);
    const pairs = { drawn: drawn.map(back), pair: [x, e].map(back), times };
    return { ...pairs, error: found.error, errorAfter: later.error, ...Object.fromEntries(terms) };
  }

  /** What stands for some of the points, paired with noise z at these times: their means are over all points. */
  meanPairs(numbers, [x, z], times) {
    if (this.model.target !== "marginal" || !this.model.noiseLevel) return this.pairs.means(x, z, times);
    const { n } = this,
      { dim } = this.settings,
      some = (table, rows, rest) => {
        const all = new Float32Array(rows * n).fill(rest);
        for (let row = 0; row < rows; row++)
          numbers.forEach((place, k) => (all[row * n + place] = table[row * numbers.length + k]));
        return all;
      };
    const all = this.pairs.means(this.points, some(z, dim, 0), [some(times[0], 1, 0.5)]);
    return all.map((table) => along(table, dim, numbers));
  }
}

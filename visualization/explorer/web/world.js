// One dimension of the laboratory: its target, points, models, and the exact answers that all panels share.

import { ExactFlow } from "./exact.js";
import { ExactModel } from "./exactmodel.js";
import { Model, slicedW2 } from "./models.js";
import { floats } from "./nets.js";

const LINES = { 1: 44, 2: 80 }; // paths that are drawn

/** Numbers as the file holds them, in base64, or as the editor made them. */
const array = (numbers) => (typeof numbers === "string" ? floats(numbers) : numbers);

export class World {
  /** content: what payload.py wrote about a dimension, or editor/content.js about edited data. */
  constructor(content) {
    this.models = new Map(content.models.map((entry) => [entry.name, new Model(entry, content.dim, content.source)]));
    this.models.set("exact", new ExactModel(content.dim));
    this.epochs = [...new Set(content.models.flatMap((entry) => entry.epochs))].sort((a, b) => a - b);
    if (!this.epochs.length) this.epochs = [0];
    this.fill(content);
  }

  /** Take the laws and points of a content; models stay. */
  fill(content) {
    const exact = new ExactFlow(content.target, content.source, content.steps);
    Object.assign(this, { content, dim: content.dim, space: content.space, exact });
    this.data = array(content.data);
    this.partner = array(content.partner);
    this.crowds = {};
    this.followed = Math.min(...Object.keys(content.crowds)); // particles of all pictures and of metrics.csv
    this.probes = {};
    this.kept = new Map();
    this.models.get("exact").follow(exact, content.source);
  }

  /** An exact result, computed once. */
  once(name, make) {
    if (!this.kept.has(name)) this.kept.set(name, make());
    return this.kept.get(name);
  }

  /** An exact result of which only the last is kept: of a time, or of what is seen. */
  latest(name, key, make) {
    if (this.kept.get(name)?.key !== key) this.kept.set(name, { key, found: make() });
    return this.kept.get(name).found;
  }

  crowd(n) {
    return (this.crowds[n] ??= this.unpacked(n));
  }

  /** The sliced W2 that exact jumps have by the consistency steps of a model, whose noise costs something, too. */
  renoisedFloor({ n, z, quantiles }, steps, { renoise_until }) {
    return this.once(`renoised ${n} ${steps} ${renoise_until}`, () =>
      slicedW2(this.models.get("exact").renoised(z, n, steps, renoise_until), n, this.dim, quantiles),
    );
  }

  /** quantiles: null while they are not known, during a drag. */
  unpacked(n) {
    const { z, quantiles, floor } = this.content.crowds[n],
      noise = Float64Array.from(array(z));
    return { n: noise.length / this.dim, z: noise, quantiles: quantiles && array(quantiles), floor };
  }

  /** Which of a crowd's points have their path drawn: even ones in 1D, where the noise is sorted, else the first. */
  chosen(n) {
    const count = Math.min(LINES[this.dim], n),
      step = this.dim === 1 ? n / count : 1;
    return Array.from({ length: count }, (_, i) => Math.floor(i * step));
  }

  /** Exact paths of the chosen points of a crowd. */
  paths(n) {
    return this.once(`paths ${n}`, () => {
      const { z } = this.crowd(n),
        chosen = this.chosen(n);
      return this.exact.path(
        chosen.flatMap((p) => [...z.subarray(p * this.dim, (p + 1) * this.dim)]),
        chosen.length,
      );
    });
  }

  /** What a model's own exact answer takes the noise point to: a path, the mean as a single state, or nothing. */
  answer(exact, z) {
    const { weights, means } = this.content.target;
    if (exact === "mean") return [z.map((_, d) => weights.reduce((sum, w, k) => sum + w * means[k][d], 0))];
    if (exact === "transport") return [z, this.probe("z", z).at(-1)]; // a straight line to the same place
    return exact === "flow" ? this.probe("z", z) : null;
  }

  /** Exact path of the movable noise point (z) or, backwards, data point (x): computed once for all panels. */
  probe(which, point) {
    const key = String(point);
    if (this.probes[which]?.key !== key) this.probes[which] = { key, path: this.exact.path(point, 1, which === "x") };
    return this.probes[which].path;
  }

  /** Snapshot of a model for an epoch: the last one that is not later; a run that diverged has fewer. */
  snapshot(model, epoch) {
    return Math.max(
      0,
      model.entry.epochs.findLastIndex((each) => each <= epoch),
    );
  }
}

// The kinds of models that train in the page, and what each inherits; mirrors models/base.py. Batches are (D, n).
//
// A loss returns { error, backward, parts }: the error of every sample (n); a function that adds the gradient of
// sum_n share(n) error(n) to the weights'; and the terms of the formula, for slow motion: state, velocity (what the pair
// says), value and tangent of the network, target, residual, as far as the model has them.

import { optimalPairs } from "./assignment.js";
import { join, map, squares } from "./arrays.js";

export class Model {
  static targets = ["conditional"];
  static couplings = ["independent"];
  static settings = {}; // its own: {name: default}
  static noiseTime = 0;
  static dataTime = 1;

  /** The progress of a state from noise (0) to data (1) on flow matching's line, at time t of this model. */
  static progress(t) {
    return (t - this.noiseTime) / (this.dataTime - this.noiseTime);
  }

  /** The time at such a progress. */
  static timeAt(s) {
    return this.noiseTime + s * (this.dataTime - this.noiseTime);
  }

  /** A state is this many times the point of the line at its progress. */
  static stretch() {
    return 1;
  }

  /** settings: complete, see trainer.js. The trainer adds the networks under their names. */
  constructor({ dim, ...settings }) {
    Object.assign(this, { dim, ...this.constructor.settings });
    for (const name of ["target", "coupling", ...Object.keys(this.constructor.settings)]) this[name] = settings[name];
    this.noiseFree = this.target !== "conditional";
  }

  /** The times that the loss of n samples needs, each (n). */
  times() {
    return [];
  }

  pair(x, z) {
    return [x, z];
  }

  /** |value - target|² where the target has no gradient. */
  regression(net, value, target, parts) {
    return this.residual(
      net,
      map((v, y) => v - y, value, target),
      { ...parts, value, target },
    );
  }

  /** |g|² for a residual g (D, n) of a network's value. */
  residual(net, g, parts) {
    const backward = (share) => net.backward(map((r, s) => 2 * r * s, g, share));
    return { error: squares(g, g.length / this.dim), backward, parts: { ...parts, residual: g } };
  }
}

export class Flow extends Model {
  static targets = ["marginal", "conditional", "exact"];
  static couplings = ["independent", "ot"];
  static inputs = 1; // times that the network takes

  networks(hidden) {
    return { net: [this.dim + this.constructor.inputs, ...hidden, this.dim] };
  }

  times(n, random) {
    return [random.uniform(n)];
  }

  pair(x, z) {
    return this.coupling === "ot" ? [x, optimalPairs(x, z, this.dim)] : [x, z];
  }

  noiseLevel(t) {
    const { noiseTime, dataTime } = this.constructor;
    return map((t) => (t - dataTime) / (noiseTime - dataTime), t);
  }
}

export class MeanVelocity extends Flow {
  static inputs = 2;
  static shareEqual = 0.5; // of the batch has r = t: there the loss is flow matching
  static shareWhole = 0.5; // of the others has r at an end of time
  static most = 5; // length of a residual of a noise-free loss

  /** Where no time passes, the mean velocity is the velocity. */
  velocity(x, t) {
    return this.net.value(join(x, t, 0));
  }

  /** For uniform `pick`: `equal` for its share of the batch, `whole` for its share of the rest, else `other`. */
  mixed(pick, equal, whole, other) {
    const { shareEqual, shareWhole } = this.constructor,
      begin = 1 - (1 - shareEqual) * shareWhole,
      choose = (pick, equal, whole, other) => (pick < shareEqual ? equal : pick > begin ? whole : other);
    return map(choose, pick, equal, whole, other);
  }

  /** A residual g (D, n), no longer than `most` if the target is noise-free: the exact answer jumps between modes. */
  bounded(g) {
    if (!this.noiseFree) return g;
    const { most } = this.constructor,
      square = squares(g, g.length / this.dim);
    // a square that overflows makes NaN, not 0: the run has diverged
    return map((r, s) => (s > most * most ? (r * most) / Math.sqrt(s) + 0 * s : r), g, square);
  }

  residual(net, g, parts) {
    return super.residual(net, this.bounded(g), parts);
  }
}

// Every exact answer: the flow from one Gaussian mixture to another; mirrors data/exact.py. Points x are flat (n, D).

import { plus } from "./models.js";

const STEPS = 64; // Runge-Kutta steps of the flow map; a test checks that its error is below 1e-4

export class ExactFlow {
  /** Pairs of components: from (a, A) of the source to (m, S) of the target. */
  constructor(target, source) {
    this.dim = target.means[0].length;
    this.pairs = source.weights.flatMap((w, i) =>
      target.weights.map((weight, k) => ({
        weight: w * weight,
        a: source.means[i],
        A: source.covariances[i].flat(),
        m: target.means[k],
        S: target.covariances[k].flat(),
      })),
    );
    this.cache = new Map();
  }

  /** For each pair at progress s: log weight - log normaliser, mean, precision, regression gain x + offset. */
  at(s) {
    if (this.cache.size > 400) this.cache.clear();
    if (!this.cache.has(s))
      this.cache.set(
        s,
        this.pairs.map((pair) => this.pair(pair, s)),
      );
    return this.cache.get(s);
  }

  pair({ weight, a, A, m, S }, s) {
    const { dim } = this,
      mu = m.map((value, i) => s * value + (1 - s) * a[i]);
    const C = S.map((value, i) => s * s * value + (1 - s) ** 2 * A[i]);
    const K = S.map((value, i) => s * value - (1 - s) * A[i]);
    const det = dim === 1 ? C[0] : C[0] * C[3] - C[1] * C[2];
    const P = dim === 1 ? [1 / C[0]] : [C[3] / det, -C[1] / det, -C[2] / det, C[0] / det];
    const gain = dim === 1 ? [K[0] * P[0]] : product(K, P);
    const moved =
      dim === 1 ? [gain[0] * mu[0]] : [gain[0] * mu[0] + gain[1] * mu[1], gain[2] * mu[0] + gain[3] * mu[1]];
    const constant = Math.log(weight) - 0.5 * (Math.log(det) + dim * Math.log(2 * Math.PI));
    return { constant, mu, P, gain, offset: m.map((value, i) => value - a[i] - moved[i]) };
  }

  /** Unnormalised log posterior of every pair at one point, and its greatest value. */
  joint(parts, x, p, log) {
    let top = -Infinity;
    for (let k = 0; k < parts.length; k++) {
      const { constant, mu, P } = parts[k];
      const a = x[p * this.dim] - mu[0],
        b = this.dim === 1 ? 0 : x[p * 2 + 1] - mu[1];
      log[k] = constant - 0.5 * (this.dim === 1 ? P[0] * a * a : P[0] * a * a + 2 * P[1] * a * b + P[3] * b * b);
      if (log[k] > top) top = log[k];
    }
    return top;
  }

  logDensity(x, n, s = 1) {
    const parts = this.at(s),
      log = new Float64Array(parts.length);
    return Float64Array.from({ length: n }, (_, p) => {
      const top = this.joint(parts, x, p, log);
      let sum = 0;
      for (let k = 0; k < log.length; k++) sum += Math.exp(log[k] - top);
      return top + Math.log(sum);
    });
  }

  velocity(x, n, s) {
    const parts = this.at(s),
      log = new Float64Array(parts.length),
      v = new Float64Array(n * this.dim);
    for (let p = 0; p < n; p++) {
      const top = this.joint(parts, x, p, log),
        a = x[p * this.dim],
        b = this.dim === 1 ? 0 : x[p * 2 + 1];
      let total = 0,
        va = 0,
        vb = 0;
      for (let k = 0; k < parts.length; k++) {
        const share = Math.exp(log[k] - top),
          { gain, offset } = parts[k];
        total += share;
        if (this.dim === 1) va += share * (gain[0] * a + offset[0]);
        else {
          va += share * (gain[0] * a + gain[1] * b + offset[0]);
          vb += share * (gain[2] * a + gain[3] * b + offset[1]);
        }
      }
      v[p * this.dim] = va / total;
      if (this.dim === 2) v[p * 2 + 1] = vb / total;
    }
    return v;
  }

  /** The path from noise to data (or back) as STEPS + 1 states. */
  path(x, n, backward = false) {
    const path = [Float64Array.from(x)],
      h = (backward ? -1 : 1) / STEPS;
    for (let i = 0; i < STEPS; i++) {
      const s = backward ? 1 + i * h : i * h,
        y = path[i];
      const k1 = this.velocity(y, n, s),
        k2 = this.velocity(plus(y, h / 2, k1), n, s + h / 2);
      const k3 = this.velocity(plus(y, h / 2, k2), n, s + h / 2),
        k4 = this.velocity(plus(y, h, k3), n, s + h);
      path.push(y.map((value, j) => value + (h / 6) * (k1[j] + 2 * k2[j] + 2 * k3[j] + k4[j])));
    }
    return path;
  }

  map(x, n, backward = false) {
    return this.path(x, n, backward).at(-1);
  }
}

function product(a, b) {
  return [a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]];
}

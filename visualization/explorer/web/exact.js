// Every exact answer: the flow from one Gaussian mixture to another; mirrors data/exact.py. Points x are flat (n, D).

import { plus } from "./models.js";

const STEPS = 64; // Runge-Kutta steps of the flow map; a test checks that its error is below 1e-4
const ROW = 12; // numbers of a pair at one progress
const LEAST = -40; // log of a share that float64 would lose in the sum of all

export class ExactFlow {
  /** Pairs of components: from (a, A) of the source to (m, S) of the target. steps: of the flow map. */
  constructor(target, source, steps = STEPS) {
    this.dim = target.means[0].length;
    this.steps = steps;
    this.pairs = source.weights.flatMap((w, i) => target.weights.map((_, k) => paired(source, i, target, k, w)));
    this.ends = [source, target].map((law) => law.weights.map((_, k) => paired(law, k, law, k, 1))); // have fewer parts
    this.cache = new Map();
    this.kept = new Map();
  }

  /** For each pair at progress s: log weight - log normaliser, mean, precision, regression gain x + offset. */
  at(s) {
    if (this.cache.size > 400) this.cache.clear();
    if (!this.cache.has(s)) {
      const rows = this.rows(s);
      this.cache.set(
        s,
        this.pairs.map((_, k) => part(rows, k * ROW, this.dim)),
      );
    }
    return this.cache.get(s);
  }

  /** The same as numbers in one row per pair, for loops: see `row`. */
  rows(s, pairs = this.pairs) {
    if (this.kept.size > 400) this.kept.clear();
    const key = pairs === this.pairs ? s : `end ${s}`;
    let rows = this.kept.get(key);
    if (!rows) {
      rows = new Float64Array(pairs.length * ROW);
      pairs.forEach((pair, k) => row(rows, k * ROW, pair, s));
      this.kept.set(key, rows);
    }
    return rows;
  }

  logDensity(x, n, s = 1) {
    const rows = this.rows(s, this.ends[s]),
      log = new Float64Array(rows.length / ROW);
    return Float64Array.from({ length: n }, (_, p) => {
      const top = joint(rows, log, x[p * this.dim], this.dim === 1 ? 0 : x[2 * p + 1]);
      let sum = 0;
      for (let k = 0; k < log.length; k++) if (log[k] - top > LEAST) sum += Math.exp(log[k] - top);
      return top + Math.log(sum);
    });
  }

  density(x, n, s) {
    return this.logDensity(x, n, s).map(Math.exp);
  }

  /** Log joint density of every pair at one point. */
  logJoint(x, s) {
    const rows = this.rows(s),
      log = new Float64Array(rows.length / ROW);
    joint(rows, log, x[0], x[1] ?? 0);
    return log;
  }

  velocity(x, n, s) {
    const { dim } = this,
      rows = this.rows(s),
      log = new Float64Array(rows.length / ROW),
      v = new Float64Array(n * dim);
    for (let p = 0; p < n; p++) {
      const a = x[p * dim],
        b = dim === 1 ? 0 : x[p * 2 + 1],
        top = joint(rows, log, a, b);
      let total = 0,
        va = 0,
        vb = 0;
      for (let k = 0, r = 0; k < log.length; k++, r += ROW) {
        if (log[k] - top < LEAST) continue;
        const share = Math.exp(log[k] - top);
        total += share;
        va += share * (rows[r + 6] * a + rows[r + 7] * b + rows[r + 10]);
        vb += share * (rows[r + 8] * a + rows[r + 9] * b + rows[r + 11]);
      }
      v[p * dim] = va / total;
      if (dim === 2) v[p * 2 + 1] = vb / total;
    }
    return v;
  }

  /** The path from noise to data, or back, or between two other times, as steps + 1 states. */
  path(x, n, backward = false, steps = this.steps, [from, to] = backward ? [1, 0] : [0, 1]) {
    const path = [Float64Array.from(x)],
      h = (to - from) / steps;
    for (let i = 0; i < steps; i++) {
      const s = from + i * h,
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

/** Component i of a source with component k of a target, with the source's weight w. */
function paired(source, i, target, k, w) {
  return {
    weight: w * target.weights[k],
    a: source.means[i],
    A: source.covariances[i].flat(),
    m: target.means[k],
    S: target.covariances[k].flat(),
  };
}

/** Twelve numbers of a pair at progress s: log weight - log normaliser, mean (2), -precision / 2 of xx, xy and yy,
 *  gain (4) and offset (2) of its regression. In 1D all that belongs to y is 0. */
function row(rows, r, { weight, a, A, m, S }, s) {
  const one = m.length === 1,
    q = 1 - s,
    [x, y] = [s * m[0] + q * a[0], one ? 0 : s * m[1] + q * a[1]],
    [ss, qq] = [s * s, q * q],
    c0 = ss * S[0] + qq * A[0],
    [c1, c3] = one ? [0, 1] : [ss * S[1] + qq * A[1], ss * S[3] + qq * A[3]],
    det = c0 * c3 - c1 * c1,
    [p0, p1, p3] = one ? [1 / c0, 0, 0] : [c3 / det, -c1 / det, c0 / det],
    k0 = s * S[0] - q * A[0],
    [k1, k3] = one ? [0, 0] : [s * S[1] - q * A[1], s * S[3] - q * A[3]],
    [g0, g1, g2, g3] = [k0 * p0 + k1 * p1, k0 * p1 + k1 * p3, k1 * p0 + k3 * p1, k1 * p1 + k3 * p3];
  rows[r] = Math.log(weight) - 0.5 * (Math.log(det) + m.length * Math.log(2 * Math.PI));
  rows[r + 1] = x;
  rows[r + 2] = y;
  rows[r + 3] = -0.5 * p0;
  rows[r + 4] = -p1;
  rows[r + 5] = -0.5 * p3;
  rows[r + 6] = g0;
  rows[r + 7] = g1;
  rows[r + 8] = g2;
  rows[r + 9] = g3;
  rows[r + 10] = m[0] - a[0] - g0 * x - g1 * y;
  rows[r + 11] = one ? 0 : m[1] - a[1] - g2 * x - g3 * y;
}

/** Log joint density of every pair at the point (a, b), into `log`; returns the greatest. */
function joint(rows, log, a, b) {
  let top = -Infinity;
  for (let k = 0, r = 0; k < log.length; k++, r += ROW) {
    const x = a - rows[r + 1],
      y = b - rows[r + 2],
      value = rows[r] + rows[r + 3] * x * x + (rows[r + 4] * x + rows[r + 5] * y) * y;
    log[k] = value;
    if (value > top) top = value;
  }
  return top;
}

/** One row with names. */
function part(rows, r, dim) {
  const [constant, x, y, p0, p1, p3, g0, g1, g2, g3, o0, o1] = rows.subarray(r, r + ROW);
  if (dim === 1) return { constant, mu: [x], P: [-2 * p0], gain: [g0], offset: [o0] };
  return { constant, mu: [x, y], P: [-2 * p0, -p1, -p1, -2 * p3], gain: [g0, g1, g2, g3], offset: [o0, o1] };
}

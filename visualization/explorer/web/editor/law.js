// What an edited mixture needs: its distribution function, quantiles, samples in exact proportions; mirrors
// data/mixture.py. A law is {weights, means, covariances} as in the file, its weights add up to 1.

import { Random } from "../live/random.js";
import { cholesky } from "../mixture.js";

const [WIDE, CELLS] = [9, 200]; // the table of the normal distribution: standard deviations, and cells for each
const BRACKETS = 512; // a quantile's first guess is one of so many intervals

/** Φ at i / CELLS by Taylor's series from cell to cell: φ and its derivatives are known. */
const TABLE = (() => {
  const half = [0.5],
    h = 1 / CELLS;
  for (let i = 0; i < WIDE * CELLS; i++) {
    const x = i * h,
      f = density(x); // φ' = -x φ, φ'' = (x² - 1) φ, φ''' = (3 x - x³) φ, φ'''' = (x⁴ - 6 x² + 3) φ
    half.push(
      half[i] +
        f *
          (h -
            (x * h ** 2) / 2 +
            ((x * x - 1) * h ** 3) / 6 +
            ((3 * x - x ** 3) * h ** 4) / 24 +
            ((x ** 4 - 6 * x * x + 3) * h ** 5) / 120),
    );
  }
  return Float64Array.from(half);
})();

/** The density of N(0, 1). */
export function density(x) {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** The distribution function of N(0, 1), to 1e-12: Taylor's series from the nearest cell of a table. */
export function cdf(x) {
  const a = Math.abs(x);
  if (a >= WIDE - 1) return x > 0 ? 1 : 0;
  const i = Math.round(a * CELLS),
    at = i / CELLS,
    d = a - at,
    upper = TABLE[i] + density(at) * d * (1 - d * (at / 2 - d * ((at * at - 1) / 6 + (d * (3 * at - at ** 3)) / 24)));
  return x > 0 ? upper : 1 - upper;
}

/** The mixture of the projections on a direction (c, s), as {weights, means, sds}; in 1D the law itself. */
export function project({ weights, means, covariances }, [c, s] = [1, 0]) {
  return {
    weights,
    means: means.map(([x, y = 0]) => c * x + s * y),
    sds: covariances.map(([[a, b = 0], [, d] = [0, 0]]) => Math.sqrt(c * c * a + 2 * c * s * b + s * s * d)),
  };
}

/** Distribution function and density of a projected mixture. */
function spread({ weights, means, sds }, x) {
  let [below, here] = [0, 0];
  for (let k = 0; k < weights.length; k++) {
    const z = (x - means[k]) / sds[k];
    below += weights[k] * cdf(z);
    here += (weights[k] * density(z)) / sds[k];
  }
  return [below, here];
}

/** Quantiles of a projected mixture for rising probabilities: Newton's method within the bracket of each. */
export function quantiles(projected, probabilities) {
  const { means, sds } = projected,
    low = Math.min(...means.map((m, k) => m - (WIDE - 1) * sds[k])),
    high = Math.max(...means.map((m, k) => m + (WIDE - 1) * sds[k])),
    width = (high - low) / BRACKETS,
    result = new Float64Array(probabilities.length);
  let right = low,
    reached = 0;
  probabilities.forEach((p, i) => {
    while (reached < p && right < high) reached = spread(projected, (right += width))[0];
    result[i] = root(projected, p, right - width, right);
  });
  return result;
}

function root(projected, p, low, high) {
  let x = (low + high) / 2;
  for (let i = 0; i < 60; i++) {
    const [below, here] = spread(projected, x);
    if (below < p) low = x;
    else high = x;
    const step = (p - below) / here,
      next = x + step;
    if (Math.abs(step) < 1e-11 * (1 + Math.abs(x))) return next;
    x = next > low && next < high ? next : (low + high) / 2;
  }
  return x;
}

export function middles(n) {
  return Float64Array.from({ length: n }, (_, i) => (i + 0.5) / n);
}

/** n split over the components in their exact proportions, by largest remainder. */
export function counts({ weights }, n) {
  const exact = weights.map((w) => n * w),
    found = exact.map(Math.floor),
    order = weights.map((_, k) => k).sort((i, j) => found[i] - exact[i] - (found[j] - exact[j]) || i - j),
    left = n - found.reduce((a, b) => a + b);
  for (const k of order.slice(0, left)) found[k] += 1;
  return found;
}

/** n points of a law in exact proportions and random order, flat (n, D): the same for the same seed. */
export function sample(law, n, seed) {
  const dim = law.means[0].length,
    random = new Random(seed),
    which = counts(law, n).flatMap((count, k) => Array(count).fill(k)),
    order = random.permutation(n),
    normal = random.normal(n * dim),
    roots = law.covariances.map(cholesky),
    result = new Float32Array(n * dim);
  order.forEach((from, p) => place(result, p, law.means[which[from]], roots[which[from]], normal));
  return result;
}

function place(result, p, mean, [a, b, c], normal) {
  if (mean.length === 1) result[p] = mean[0] + a * normal[p];
  else {
    result[2 * p] = mean[0] + a * normal[2 * p];
    result[2 * p + 1] = mean[1] + b * normal[2 * p] + c * normal[2 * p + 1];
  }
}

const EVEN = 1.2207440846057596; // its powers fill the unit cube evenly (Roberts)

/** n low-discrepancy points of a law, as data/synthetic.py's noise: quantile midpoints in 1D, else stratified. */
export function noise(law, n) {
  if (law.means[0].length === 1) return Float32Array.from(quantiles(project(law), middles(n)));
  const roots = law.covariances.map(cholesky),
    result = new Float32Array(2 * n),
    normal = new Float64Array(2 * n);
  for (let p = 0; p < n; p++) {
    const [u, v, w] = [1, 2, 3].map((power) => (0.5 + (p + 1) * EVEN ** -power) % 1),
      radius = Math.sqrt(-2 * Math.log(1 - v));
    normal[2 * p] = radius * Math.cos(2 * Math.PI * w);
    normal[2 * p + 1] = radius * Math.sin(2 * Math.PI * w);
    let left = u;
    const k = law.weights.findIndex((weight) => (left -= weight) < 0),
      one = k < 0 ? law.weights.length - 1 : k;
    place(result, p, law.means[one], roots[one], normal);
  }
  return result;
}

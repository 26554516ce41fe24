// Limits, islands and levels of an edited world; mirrors visualization/stage.py.

import { ExactFlow } from "../exact.js";

const REACH = 3.5; // standard deviations that limits enclose
const [FLATTEST, TALLEST] = [1.7, 1]; // width over height of two islands
const TALL = 0.34; // of the higher density in 1D, in units of the flow time
const MASSES = [0.39, 0.86, 0.99]; // that the three contours hold, from the inner one

/** The box that a law's components are in, to REACH standard deviations. */
function reach({ means, covariances }) {
  const ends = (side) =>
    means[0].map((_, d) =>
      (side < 0 ? Math.min : Math.max)(...means.map((m, k) => m[d] + side * REACH * Math.sqrt(covariances[k][d][d]))),
    );
  return [ends(-1), ends(1)];
}

/** grid: cells to a side on which levels are found. */
export function place(target, source, isStandard, grid = 160) {
  const [low, high] = reach(target),
    dim = low.length,
    [sourceLow, sourceHigh] = isStandard ? [-1, 1].map((side) => Array(dim).fill(side * REACH)) : reach(source),
    [from, to] = [low.map((v, d) => Math.min(v, sourceLow[d])), high.map((v, d) => Math.max(v, sourceHigh[d]))],
    exact = new ExactFlow(target, source);
  if (dim === 1) return line(exact, from[0] - 0.1, to[0] + 0.1);
  const half = Math.max(...to.map((v, d) => v - from[d])) / 2 + 0.2,
    limits = from.map((v, d) => [(v + to[d]) / 2 - half, (v + to[d]) / 2 + half]);
  return {
    limits: flat(limits, low, high, sourceLow, sourceHigh),
    ...islands(low, high),
    levels: levels(exact, low, high, grid),
  };
}

function line(exact, low, high) {
  const y = Float64Array.from({ length: 400 }, (_, i) => low + ((high - low) * i) / 399),
    top = (s) => Math.exp(exact.logDensity(y, 400, s).reduce((a, b) => Math.max(a, b)));
  return { limits: [[low, high]], density_scale: TALL / Math.max(top(0), top(1)) };
}

/** A flat target gets a flat page, up to 1.6 times as wide as high. */
function flat([[x0, x1], [y0, y1]], low, high, sourceLow, sourceHigh) {
  const middle = (y0 + y1) / 2,
    far = Math.max(sourceHigh[1] - middle, middle - sourceLow[1], (high[1] - low[1]) / 2) + 0.2,
    half = Math.min((y1 - y0) / 2, Math.max(far, (x1 - x0) / 3.2));
  return [
    [x0, x1],
    [middle - half, middle + half],
  ];
}

function islands(low, high) {
  const offset = [REACH + 0.7 - low[0], -(low[1] + high[1]) / 2],
    [left, right] = [-REACH - 0.3, offset[0] + high[0] + 0.3],
    height = Math.max(Math.max(REACH, (high[1] - low[1]) / 2) + 0.9, (right - left) / 2 / FLATTEST),
    wider = Math.max(0, height * 2 * TALLEST - (right - left)) / 2;
  return {
    source: [0, 0],
    island: offset,
    islands: [
      [left - wider, right + wider],
      [-height, height],
    ],
  };
}

/** Densities above which 99, 86 and 39 % of the mass lie: the outer contour first. */
function levels(exact, low, high, n) {
  const points = new Float64Array(2 * n * n),
    at = (d, i) => low[d] - 0.5 + ((high[d] - low[d] + 1) * i) / (n - 1);
  for (let j = 0; j < n; j++)
    for (let i = 0; i < n; i++) {
      points[2 * (j * n + i)] = at(0, i);
      points[2 * (j * n + i) + 1] = at(1, j);
    }
  const falling = exact
      .logDensity(points, n * n)
      .map(Math.exp)
      .sort()
      .reverse(),
    total = falling.reduce((a, b) => a + b);
  let [i, held] = [0, 0];
  return MASSES.map((mass) => {
    while (i < falling.length - 1 && held + falling[i] < mass * total) held += falling[i++];
    return falling[i];
  }).reverse();
}

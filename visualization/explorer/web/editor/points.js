// Points as a mixture with one small Gaussian each: mirrors points_of of data/points.py, number by number.

import { choice } from "./choice.js";

const MOST_COMPONENTS = 256; // a fixed choice represents more points
const SPREAD = 2; // standard deviation of the target
const FAR = 10; // a point is left out if it lies this many times the half width of the central 98 % from the median
const FEW = 10; // of fewer points none is left out
const UNEVEN = 5; // ratio of the axes' standard deviations that is worth a remark

/** {law, centre, scale, about} of rows of numbers [[x], ...] or [[x, y], ...]; an Error says why there is none. */
export function mixtureOf(rows, names = rows[0]?.map((_, d) => `column ${d + 1}`)) {
  if (rows.length < 2) throw new Error(`needs at least two points, but has ${rows.length}`);
  if (rows.every((row) => row.every((v, d) => v === rows[0][d])))
    throw new Error(`needs two different points, but all ${rows.length.toLocaleString("en")} are the same`);
  const far = farthest(rows),
    kept = rows.filter((_, i) => !far[i]),
    { y, centre, unit } = centred(kept),
    dim = rows[0].length,
    squares = centre.map((_, d) => mean(y.map((row) => row[d] ** 2))),
    sd = Math.sqrt(mean(squares)),
    scaled = y.map((row) => row.map((v) => (SPREAD * v) / sd)),
    means = kept.length > MOST_COMPONENTS ? choice(kept.length, MOST_COMPONENTS).map((i) => scaled[i]) : scaled,
    n = means.length,
    variance = (0.5 * SPREAD * n ** (-1 / (dim + 4))) ** 2,
    round = centre.map((_, i) => centre.map((_, j) => (i === j ? variance : 0)));
  return {
    law: { weights: Array(n).fill(1 / n), means, covariances: Array(n).fill(round) },
    centre,
    scale: (sd * 2 ** unit) / SPREAD,
    about: [...leftOut(far, kept.length), ...uneven(names, squares.map(Math.sqrt))].join("; "),
  };
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const column = (rows, d) => rows.map((row) => row[d]);

function median(values) {
  const sorted = Float64Array.from(values).sort(),
    half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Rows over a power of two, so that none is larger than 1: squares neither overflow nor vanish. */
function unitless(rows) {
  const top = rows.reduce((most, row) => Math.max(most, ...row.map(Math.abs)), 0),
    unit = top ? Math.floor(Math.log2(top)) + 1 : 0;
  return [rows.map((row) => row.map((v) => v * 2 ** -unit)), unit];
}

/** {y, centre, unit}: rows are centre + y 2^unit, and the mean of y is 0. */
function centred(rows) {
  const [first, one] = unitless(rows),
    middle = first[0].map((_, d) => median(column(first, d))),
    [second, two] = unitless(first.map((row) => row.map((v, d) => v - middle[d]))),
    middles = middle.map((_, d) => mean(column(second, d)));
  return {
    y: second.map((row) => row.map((v, d) => v - middles[d])),
    centre: middle.map((m, d) => (m + middles[d] * 2 ** two) * 2 ** one),
    unit: one + two,
  };
}

/** Which rows lie so far out that they would decide the scale instead of the others. */
function farthest(rows) {
  if (rows.length < FEW) return rows.map(() => false);
  const [y] = unitless(rows),
    last = rows.length - 1,
    middle = y[0].map((_, d) => median(column(y, d))),
    reach = Math.max(
      ...middle.map((_, d) => {
        const sorted = Float64Array.from(column(y, d)).sort();
        return (FAR * (sorted[Math.floor(0.99 * last)] - sorted[Math.ceil(0.01 * last)])) / 2;
      }),
    );
  return y.map((row) => reach > 0 && row.some((v, d) => Math.abs(v - middle[d]) > reach));
}

function leftOut(far, kept) {
  const out = far.filter(Boolean).length,
    parts = [];
  if (out) parts.push(`${out} point${out > 1 ? "s" : ""} far from all others left out`);
  if (kept > MOST_COMPONENTS)
    parts.push(`${MOST_COMPONENTS} of ${kept.toLocaleString("en")} points, a fixed random choice, make up the target`);
  return parts;
}

function uneven(names, sd) {
  if (sd.length < 2) return [];
  const [flat, wide] = sd[0] < sd[1] ? [0, 1] : [1, 0];
  if (!sd[flat]) return [`${names[flat]} has only one value`];
  if (sd[wide] <= UNEVEN * sd[flat]) return [];
  return [`${names[wide]} is ${(sd[wide] / sd[flat]).toPrecision(3)} times as wide as ${names[flat]}`];
}

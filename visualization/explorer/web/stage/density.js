// Densities at the time that is shown: of the particles by Gaussian kernels, and exact in closed form where that is
// the model's own answer.

import { cloud, lay } from "../fields.js";
import { grid } from "../space.js";
import { loops, trace } from "./contour.js";

const WIDTH = { 1: 0.12, 2: 0.22 }; // standard deviation of the kernels
const CELLS = { 1: 160, 2: 56 }; // at most
const MASSES = [0.99, 0.86, 0.39]; // that contours enclose: 3, 2 and 1 standard deviations of a Gaussian in 2D
const COARSE = 48; // cells of the grid that finds their levels
const LEAST = 1e-3; // density of a curve that is drawn
const FAR = 3.5; // standard deviations of a kernel

/** Whether the exact density at s is a panel's own answer: between the ends only of a flow that is solved as one. */
export function hasExact(panel, s) {
  if (s <= 0 || s >= 1) return true; // noise and data
  const { dim } = panel.world;
  return panel.model.exact ? !panel.invented : dim === 1 && panel.model.entry.exact === "transport" && !panel.invented;
}

/** Draw both on what moves. x: the particles of this moment. */
export function densities(g, panel, x, n, s, c) {
  (panel.world.dim === 1 ? ridges : hills)(g, panel, x, n, s, c);
}

function ridges(g, panel, x, n, s, c) {
  const { world, space } = panel,
    values = line(space),
    scale = world.space.density_scale;
  ridge(g, space, values, kernels(x, n, values), s, scale, c.output_x_hat, 2, 0.22);
  if (!hasExact(panel, s)) return;
  const [places, heights] = exactLine(panel, values, s);
  ridge(g, space, places, heights, s, scale, c.exact, 1.4, 0);
}

function line(space) {
  const [low, high] = space.seen()[0],
    n = CELLS[1];
  return Float64Array.from({ length: n + 1 }, (_, i) => low + ((high - low) * i) / n);
}

/** A density as a curve to the right of its time. */
function ridge(g, space, values, heights, s, scale, color, width, fill) {
  let on = false; // nothing is drawn where there is next to nothing
  g.beginPath();
  values.forEach((_, i) => {
    const seen = heights[i] > LEAST || heights[i + 1] > LEAST || heights[i - 1] > LEAST;
    if (seen) g[on ? "lineTo" : "moveTo"](...space.at(values, i, s + scale * heights[i]));
    on = seen;
  });
  g.strokeStyle = g.fillStyle = color;
  g.lineWidth = width;
  g.stroke();
  g.globalAlpha = fill;
  if (fill) g.fill();
  g.globalAlpha = 1;
}

/** The kernel density of n values at some places. */
export function kernels(x, n, places) {
  const h = WIDTH[1],
    sorted = Float64Array.from(x.subarray(0, n)).sort();
  let from = 0;
  return Float64Array.from(places, (y) => {
    while (from < n && sorted[from] < y - FAR * h) from++;
    let sum = 0;
    for (let p = from; p < n && sorted[p] <= y + FAR * h; p++) sum += Math.exp(-0.5 * ((y - sorted[p]) / h) ** 2);
    return sum / (n * h * Math.sqrt(2 * Math.PI));
  });
}

/** Exact density of 1D as [places, heights]: closed form, or by a change of variables along straight lines. */
export function exactLine({ world, model }, values, s) {
  const n = values.length;
  if (s <= 0 || s >= 1 || model.entry.exact === "flow")
    return [values, world.exact.density(values, n, s)];
  const [z, ends] = world.once("increasing map", () => {
      const [low, high] = world.space.limits[0],
        to = Float64Array.from({ length: 401 }, (_, i) => low + ((high - low) * i) / 400);
      return [world.exact.map(to, 401, true), to];
    }),
    places = z.map((value, i) => (1 - s) * value + s * ends[i]),
    noise = world.exact.density(z, z.length, 0);
  const slope = (i) => {
    const [a, b] = [Math.max(0, i - 1), Math.min(z.length - 1, i + 1)];
    return (places[b] - places[a]) / (z[b] - z[a]);
  };
  return [places, noise.map((value, i) => value / slope(i))];
}

function hills(g, panel, x, n, s, c) {
  const { world, space } = panel,
    shift = space.islands ? s : 0,
    box = space.seen(shift, world.space.limits, 30),
    m = Math.max(32, Math.min(CELLS[2], Math.round(space.width / 8))),
    learnt = bumps(x, n, box, m),
    levels = exactLevels(world, hasExact(panel, s) ? s : 1);
  const top = levels.at(-1);
  lay(
    g,
    space,
    cloud(
      learnt.map((value) => 0.45 * Math.min(1, value / (1.4 * top)) ** 0.6),
      m,
      c.output_x_hat,
    ),
    box,
    shift,
  );
  const outline = (values, color, width) => {
    g.strokeStyle = color;
    g.lineWidth = width;
    g.beginPath();
    for (const level of levels) trace(g, loops(values, m, level), m, box, (point) => space.at(point, 0, shift));
    g.stroke();
  };
  outline(learnt, c.output_x_hat, 1.8);
  if (hasExact(panel, s)) outline(exactGrid(world, box, m, s), c.exact, 1.1);
}

/** The kernel density of n points of the plane on a grid (m m) over a box. */
export function bumps(x, n, [a, b], m) {
  const h = WIDTH[2],
    cell = [(a[1] - a[0]) / m, (b[1] - b[0]) / m],
    values = new Float64Array(m * m),
    unit = 1 / (n * 2 * Math.PI * h * h),
    bump = (far) => Math.exp((-far * far) / (2 * h * h));
  for (let p = 0; p < n; p++) {
    const u = (x[2 * p] - a[0]) / cell[0] - 0.5,
      v = (b[1] - x[2 * p + 1]) / cell[1] - 0.5;
    const span = (at, width) => [Math.ceil(Math.max(0, at - (FAR * h) / width)), Math.floor(Math.min(m - 1, at + (FAR * h) / width))];
    const [i0, i1] = span(u, cell[0]),
      [j0, j1] = span(v, cell[1]);
    const row = Float64Array.from({ length: Math.max(0, i1 - i0 + 1) }, (_, i) => bump((i0 + i - u) * cell[0]));
    for (let j = j0; j <= j1; j++) {
      const tall = unit * bump((j - v) * cell[1]);
      for (let i = i0; i <= i1; i++) values[j * m + i] += tall * row[i - i0];
    }
  }
  return values;
}

/** The exact density at s on such a grid; all panels of one moment share it. */
export function exactGrid(world, box, m, s) {
  return world.latest("moment", `${s} ${box} ${m}`, () => world.exact.density(grid(box, m), m * m, s));
}

/** Levels of the exact density at s that enclose MASSES, low ones first. */
export function exactLevels(world, s) {
  return world.latest("levels", s, () => enclosing(world, s));
}

function enclosing(world, s) {
  const { limits } = world.space,
    n = COARSE * COARSE,
    values = world.exact.density(grid(limits, COARSE), n, s).sort().reverse(),
    total = values.reduce((sum, value) => sum + value, 0);
  let sum = 0,
    i = 0;
  return [...MASSES]
    .reverse()
    .map((mass) => {
      while (i < n - 1 && sum < mass * total) sum += values[i++];
      return values[i];
    })
    .reverse();
}

// Fields and maps as pictures: what is learnt, what is exact, and how far they are apart; of what a panel shows.

import { colors, rgb } from "./palette.js";
import { grid } from "./space.js";

const RARE = Math.log(1e-3); // log density below which there is next to no training data
const COARSE = 13,
  FINE = 28;
export const WORST = 3; // the distance whose colour is full

/** values (n n) in [0, 1] as a small canvas of one colour, with the values as opacity. */
export function cloud(values, n, hex, rows = n) {
  const canvas = Object.assign(document.createElement("canvas"), { width: n, height: rows }),
    [r, g, b] = rgb(hex);
  const image = new ImageData(n, rows);
  values.forEach((value, i) => image.data.set([r, g, b, Math.min(1, Math.max(0, value || 0)) * 255], 4 * i));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Draw a small canvas over limits; s says at which end of the panel they are. */
export function lay(g, space, canvas, [x, y], s = 0) {
  const a = space.at([x[0], y[1]], 0, s),
    b = space.at([x[1], y[0]], 0, s);
  g.imageSmoothingEnabled = true;
  g.drawImage(canvas, a[0], a[1], b[0] - a[0], b[1] - a[1]);
}

/** The error map of a panel: flows |v - v_exact| (2D now, 1D over all times), others the distance to the exact map. */
export function errorMap(g, panel, s) {
  const { world, model, space } = panel,
    hex = colors().error;
  if (world.dim === 1) return model.kind === "flow" ? errorOverTime(g, panel, hex) : errorStrip(g, panel, hex);
  if (model.kind !== "flow") {
    const box = [
        [-3.2, 3.2],
        [-3.2, 3.2],
      ],
      points = grid(box, FINE);
    const exact = world.once("map of grid", () => world.exact.map(points, FINE * FINE));
    const error = distances(model.decode(points, FINE * FINE), exact, 2);
    const [x, y] = space.at([0, 0], 0, 0);
    g.save();
    g.beginPath();
    g.arc(x, y, 3 * space.sx, 0, 2 * Math.PI);
    g.clip();
    lay(
      g,
      space,
      cloud(
        error.map((e) => e / (2 * WORST)),
        FINE,
        hex,
      ),
      box,
    );
    return g.restore();
  }
  const box = space.seen(),
    points = grid(box, FINE),
    n = FINE * FINE,
    seen = world.exact.logDensity(points, n, s);
  const error = distances(model.drift(points, n, s), world.exact.velocity(points, n, s), 2);
  lay(
    g,
    space,
    cloud(
      error.map((e, i) => (seen[i] > RARE ? e / WORST : 0)),
      FINE,
      hex,
    ),
    box,
  );
}

function errorOverTime(g, panel, hex) {
  const { world, model, space } = panel,
    [low, high] = space.seen()[0],
    [first, last] = [Math.max(0, space.progress(0)), Math.min(1, space.progress(space.width))],
    columns = 40,
    rows = 60;
  if (first >= last) return;
  const x = Float64Array.from({ length: rows }, (_, j) => high - ((high - low) * (j + 0.5)) / rows);
  const values = new Float64Array(columns * rows);
  for (let i = 0; i < columns; i++) {
    const s = first + ((last - first) * (i + 0.5)) / columns,
      seen = world.exact.logDensity(x, rows, s);
    const error = distances(model.drift(x, rows, s), world.exact.velocity(x, rows, s), 1);
    for (let j = 0; j < rows; j++) values[j * columns + i] = seen[j] > RARE ? error[j] : 0;
  }
  const [a, b] = [space.at([high], 0, first), space.at([low], 0, last)];
  g.drawImage(cloud(values, columns, hex, rows), a[0], a[1], b[0] - a[0], b[1] - a[1]);
}

function errorStrip(g, panel, hex) {
  const { world, model, space } = panel,
    n = 80,
    z = Float64Array.from({ length: n }, (_, i) => 3.2 - (6.4 * (i + 0.5)) / n);
  const error = distances(
    model.decode(z, n),
    world.once("map of strip", () => world.exact.map(z, n)),
    1,
  );
  const [a, b] = [space.at([3.2], 0, 0), space.at([-3.2], 0, 0.07)];
  g.drawImage(
    cloud(
      error.map((e) => e / WORST),
      1,
      hex,
      n,
    ),
    a[0],
    a[1],
    b[0] - a[0],
    b[1] - a[1],
  );
}

function distances(a, b, dim) {
  return Float64Array.from({ length: a.length / dim }, (_, p) =>
    dim === 1 ? Math.abs(a[p] - b[p]) : Math.hypot(a[2 * p] - b[2 * p], a[2 * p + 1] - b[2 * p + 1]),
  );
}

/** Arrows of a flow's velocity, or the image of a latent grid under another model. exact: the true one. */
export function field(g, panel, s, exact) {
  const { world, model } = panel;
  g.strokeStyle = g.fillStyle = exact ? colors().exact : colors().output_x_hat;
  g.lineWidth = exact ? 1.6 : 1.2;
  g.globalAlpha = exact ? 0.65 : 0.95;
  g.beginPath();
  if (model.kind !== "flow") imageOfGrid(g, panel, exact);
  else
    (world.dim === 1 ? slopes : arrows)(g, panel, s, (x, n, at) =>
      exact ? world.exact.velocity(x, n, at) : model.drift(x, n, at),
    );
  g.stroke();
  g.globalAlpha = 1;
}

function arrows(g, { world, space }, s, velocity) {
  const box = space.seen(),
    points = grid(box, COARSE),
    n = COARSE * COARSE;
  const seen = world.exact.logDensity(points, n, s),
    v = velocity(points, n, s);
  const [low, high] = box[0],
    longest = (1.6 * (high - low)) / COARSE / 6; // a velocity of 6: 1.6 cells
  for (let p = 0; p < n; p++) {
    if (seen[p] < RARE) continue;
    const from = space.at(points, p, 0),
      to = [from[0] + space.sx * longest * v[2 * p], from[1] - space.sy * longest * v[2 * p + 1]];
    arrow(g, from, to);
  }
}

function slopes(g, { world, space }, _, velocity) {
  const [low, high] = space.seen()[0],
    [first, last] = [Math.max(0.02, space.progress(0)), Math.min(0.95, space.progress(space.width))],
    n = 17,
    length = (0.05 * (last - first)) / 0.93;
  const x = Float64Array.from({ length: n }, (_, j) => low + ((high - low) * (j + 0.5)) / n);
  for (let i = 0; i < 13; i++) {
    const s = first + ((last - first) * i) / 12,
      v = velocity(x, n, s),
      seen = world.exact.logDensity(x, n, s);
    for (let p = 0; p < n; p++)
      if (seen[p] > RARE) arrow(g, space.at(x, p, s), space.at([x[p] + length * v[p]], 0, s + length));
  }
}

function arrow(g, [x, y], [u, v]) {
  const dx = u - x,
    dy = v - y,
    size = Math.min(5, 0.4 * Math.hypot(dx, dy)),
    angle = Math.atan2(dy, dx);
  g.moveTo(x, y);
  g.lineTo(u, v);
  for (const turn of [2.6, -2.6]) {
    g.moveTo(u, v);
    g.lineTo(u + size * Math.cos(angle + turn), v + size * Math.sin(angle + turn));
  }
}

function imageOfGrid(g, { world, model, space }, exact) {
  const make = (name, z, n) => (exact ? world.once(name, () => world.exact.map(z, n)) : model.decode(z, n));
  if (world.dim === 1) {
    const n = 25,
      z = Float64Array.from({ length: n }, (_, i) => -3 + i / 4),
      x = make("map of ticks", z, n);
    for (let p = 0; p < n; p++) (g.moveTo(...space.at(z, p, 0)), g.lineTo(...space.at(x, p, 1)));
    return;
  }
  const points = [],
    fine = 25;
  for (let line = -2; line <= 2; line += 0.5)
    for (const flip of [0, 1])
      for (let i = 0; i < fine; i++) {
        const along = -2 + (4 * i) / (fine - 1);
        points.push(...(flip ? [along, line] : [line, along]));
      }
  const x = make("map of lines", points, points.length / 2);
  for (let p = 0; p < points.length / 2; p++)
    p % fine ? g.lineTo(...space.at(x, p, 1)) : g.moveTo(...space.at(x, p, 1));
}

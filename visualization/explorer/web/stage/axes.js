// Axes of a panel, inside its frame: ticks with numbers, names, and a bar where colours mean values.

import { WORST } from "../fields.js";

const FONT = "12.5px system-ui, sans-serif";
const APART = [52, 30]; // pixels between ticks, at least: to the right, and up
const LENGTH = 5; // of a tick
const INVENTED = [
  "straight lines: drawn by the animation",
  "lines drawn by the animation",
  "drawn by animation",
];

/** Round values from low to high, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count),
    power = 10 ** Math.floor(Math.log10(rough)),
    step = power * ([1, 2, 5].find((m) => m * power >= rough * (1 - 1e-9)) ?? 10),
    first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Draw them on what stands still. */
export function axes(g, panel, c) {
  const { space, world } = panel,
    { width, height } = space;
  g.font = FONT;
  g.lineWidth = 1;
  if (world.dim === 1) {
    const [low, high] = space.seen()[0],
      times = [Math.max(0, space.progress(0)), Math.min(1, space.progress(width))];
    below(g, c, space, times, (t) => space.at([0], 0, t)[0], timeName);
    beside(g, c, space, [low, high], (x) => space.at([x], 0, 0)[1], "x", "left");
  } else
    for (const [s, letter, side] of space.islands ? [[0, "z", "left"], [1, "x", "right"]] : [[0, "x", "left"]]) {
      const [x, y] = reach(panel, s);
      const named = Math.min(space.at([x[1], 0], 0, s)[0] + 12, width - 10);
      below(g, c, space, x, (v) => space.at([v, 0], 0, s)[0], number, named - 20);
      beside(g, c, space, y, (v) => space.at([0, v], 0, s)[1], `${letter}₂`, side);
      word(g, c, `${letter}₁`, named, height - 8, "center");
    }
  names(g, c, panel);
}

/** The limits whose ticks are drawn: of an island only its own part. */
function reach({ space }, s) {
  const whole = s || !space.islands ? space.place.limits : [[-3.5, 3.5], [-3.5, 3.5]];
  return space.seen(s, whole);
}

const timeName = (t) => ({ 0: "noise, t = 0", 1: "data, t = 1" })[t] ?? number(t);

/** Ticks along the lower edge. */
function below(g, c, space, [low, high], at, name, last = space.width) {
  const room = Math.abs(at(high) - at(low)) / APART[0];
  for (const v of ticks(low, high, room)) {
    const u = at(v);
    if (u > last) continue;
    stroke(g, c, [u, space.height, u, space.height - LENGTH]);
    word(g, c, name(v), u, space.height - 8, "center", space.width);
  }
}

/** Ticks along the left or the right edge, with the axis's name above. */
function beside(g, c, space, [low, high], at, name, side) {
  const [u, way] = side === "left" ? [0, 1] : [space.width, -1],
    top = side === "left" ? 14 : 48, // below the buttons
    room = Math.abs(at(high) - at(low)) / APART[1];
  for (const v of ticks(low, high, room)) {
    const y = at(v);
    if (y < top + 8 || y > space.height - 22) continue; // of the name and of the other axis
    stroke(g, c, [u, y, u + way * LENGTH, y]);
    word(g, c, number(v), u + way * (LENGTH + 3), y + 4, side);
  }
  word(g, c, name, u + way * 6, top, side);
}

const number = (v) => String(v).replace("-", "−");

/** What the two ends are, and that a way between them is not the model's. */
function names(g, c, panel) {
  const { space, world, model } = panel,
    { width, height } = space,
    row = height - 23;
  if (space.islands) {
    word(g, c, model.kind === "encoder" ? "noise, latents" : "noise", space.at([0, 0], 0, 0)[0], row, "center", width);
    const [x] = world.space.limits;
    word(g, c, "data", space.at([(x[0] + x[1]) / 2, 0], 0, 1)[0], row, "center");
  }
  if (!panel.invented) return;
  const fits = INVENTED.find((text) => g.measureText(text).width < 0.9 * width);
  if (fits) word(g, c, fits, width / 2, space.islands ? row - 15 : row, "center");
}

/** A bar for the error map: the same scale in all panels, so that they compare. */
export function errorBar(g, panel, c, most = WORST) {
  const { width, height } = panel.space,
    [w, h, steps] = [72, 8, 12],
    [x, y] = [width - w - 32, height - 46];
  g.font = FONT;
  g.fillStyle = c.error;
  for (let i = 0; i < steps; i++) {
    g.globalAlpha = (i + 0.5) / steps;
    g.fillRect(x + (i * w) / steps, y, w / steps, h);
  }
  g.globalAlpha = 1;
  word(g, c, "0", x - 7, y + h, "center");
  word(g, c, `≥ ${most}`, x + w + 15, y + h, "center");
  word(g, c, panel.model.kind === "flow" ? "velocity off by" : "place off by", x + w / 2, y - 4, "center");
}

function stroke(g, c, [x, y, u, v]) {
  g.strokeStyle = c.exact;
  g.globalAlpha = 0.55;
  g.beginPath();
  g.moveTo(x, y);
  g.lineTo(u, v);
  g.stroke();
  g.globalAlpha = 1;
}

/** Words on a rim of paper; within: the width that they must not leave. */
export function word(g, c, text, x, y, align, within = 0) {
  const half = within && align === "center" ? g.measureText(text).width / 2 : 0;
  if (half) x = Math.max(half + 2, Math.min(within - half - 2, x));
  g.textAlign = align;
  g.textBaseline = "alphabetic";
  g.lineJoin = "round";
  g.lineWidth = 3.5;
  g.strokeStyle = c.paper;
  g.strokeText(text, x, y);
  g.fillStyle = c.exact;
  g.globalAlpha = 0.72;
  g.fillText(text, x, y);
  g.globalAlpha = 1;
  g.lineWidth = 1;
}

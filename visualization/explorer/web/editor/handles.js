// Handles on the stage, as in vector editors: a component's mean, and the ends of its axes; in 1D its peak, whose height
// is its weight, and its width. They are where a panel's space has them.

import { changed } from "./components.js";
import { density } from "./law.js";

const SIGMAS = 2; // the ellipse is two standard deviations away
const NEAREST = 18; // pixels of an axis end from the mean: closer ones could not be told apart
const MEANT = 6; // pixels to the side that are no accident

/** Which end of a flow a side is. */
const end = (side) => (side === "source" ? 0 : 1);

/** The handles of component k: [{what, k, px, py}]. */
function handles(space, components, k, side) {
  const { at, sds, w } = components[k],
    [px, py] = space.at(at, 0, end(side));
  if (space.dim === 1) {
    const up = space.at([at[0] + sds[0]], 0, 0)[1],
      out = (height) => space.at(at, 0, peak(space, side, height))[0];
    return [
      { what: "mean", k, px: out((w * density(0)) / sds[0]), py },
      { what: "axis 0", k, px: out((w * density(1)) / sds[0]), py: Math.min(up, py - NEAREST / 2) },
    ];
  }
  return [
    { what: "mean", k, px, py },
    ...sds.map((_, i) => {
      const [x, y] = axis(space, components[k], i);
      return { what: `axis ${i}`, k, px: px + x, py: py + y };
    }),
  ];
}

/** The progress, beyond its end, at which a density is drawn in 1D. */
function peak({ place }, side, height) {
  return end(side) + (side === "source" ? -1 : 1) * place.density_scale * height;
}

/** From the mean to the end of axis i, in pixels. */
function axis(space, { sds, turn }, i) {
  const angle = (turn * Math.PI) / 180 + (i * Math.PI) / 2,
    length = Math.max(NEAREST, SIGMAS * sds[i] * space.sx);
  return [length * Math.cos(angle), -length * Math.sin(angle)];
}

/** All means, and the axes of the chosen component: its handles come first. */
export function all(space, components, chosen, side) {
  const others = components.map((_, k) => k).filter((k) => k !== chosen);
  return [chosen, ...others].flatMap((k) => {
    const found = handles(space, components, k, side);
    return k === chosen ? found : found.slice(0, 1);
  });
}

/** The nearest handle within reach, or undefined. */
export function nearest(list, px, py, reach) {
  const far = (handle) => Math.hypot(handle.px - px, handle.py - py);
  return list.filter((handle) => far(handle) < reach).sort((a, b) => far(a) - far(b))[0];
}

/** The components after a handle was dragged by (dx, dy) pixels from where it was when they were `start`. */
export function dragged(space, start, { what, k, px, py }, side, dx, dy) {
  const one = start[k];
  if (space.dim === 1) return changed(start, k, line(space, one, what, side, { px, dx, dy }));
  if (what === "mean") return changed(start, k, { at: [one.at[0] + dx / space.sx, one.at[1] - dy / space.sy] });
  const [u, v] = space.at(one.at, 0, end(side)),
    before = [px - u, py - v],
    now = [before[0] + dx, before[1] + dy],
    i = Number(what.at(-1)),
    turned = Math.atan2(-now[1], now[0]) - Math.atan2(-before[1], before[0]),
    grown = Math.hypot(...now) / Math.hypot(...before);
  return changed(start, k, {
    sds: one.sds.map((sd, d) => (d === i ? sd * grown : sd)),
    turn: one.turn + (turned * 180) / Math.PI,
  });
}

/** In 1D up and down is the value, and away from the axis the weight, once that is meant. */
function line(space, { at, sds, w }, what, side, { px, dx, dy }) {
  if (what !== "mean") return { sds: [sds[0] - dy / space.sy] };
  const from = space.at(at, 0, end(side))[0],
    grown = px === from ? 1 : Math.max(0, (px + dx - from) / (px - from));
  return { at: [at[0] - dy / space.sy], ...(Math.abs(dx) > MEANT && { w: w * grown }) };
}

/** Draw the components: outlines, means, and the handles of the chosen one. */
export function draw(g, c, space, components, chosen, side) {
  const color = side === "source" ? c.prior_z : c.data_x;
  components.forEach((each, k) => {
    outline(g, c, space, each, side, color, k === chosen);
    const list = handles(space, components, k, side);
    if (k === chosen) for (const handle of list.slice(1)) square(g, c, color, handle);
    knob(g, c, color, list[0], k === chosen);
  });
}

function outline(g, c, space, one, side, color, chosen) {
  g.beginPath();
  if (space.dim === 1) curve(g, space, one, side);
  else ellipse(g, space, one, side);
  for (const [style, width] of [
    [c.paper, chosen ? 4.5 : 3],
    [color, chosen ? 2.2 : 1.2],
  ]) {
    g.strokeStyle = style;
    g.lineWidth = width;
    g.stroke();
  }
}

function ellipse(g, space, one, side) {
  const [u, v] = space.at(one.at, 0, end(side)),
    [a, b] = one.sds.map((sd) => SIGMAS * sd * space.sx);
  g.ellipse(u, v, a, b, (-one.turn * Math.PI) / 180, 0, 2 * Math.PI);
  if (Math.min(a, b) < NEAREST)
    for (const i of [0, 1]) {
      const [x, y] = axis(space, one, i);
      g.moveTo(u, v);
      g.lineTo(u + x, v + y);
    }
}

/** The component's part of the density in 1D. */
function curve(g, space, { w, at, sds: [sd] }, side) {
  for (let i = 0; i <= 60; i++) {
    const z = -4 + (8 * i) / 60,
      height = (w * density(z)) / sd;
    g[i ? "lineTo" : "moveTo"](...space.at([at[0] + z * sd], 0, peak(space, side, height)));
  }
}

function square(g, c, color, { px, py }) {
  g.beginPath();
  g.rect(px - 5, py - 5, 10, 10);
  g.fillStyle = c.paper;
  g.strokeStyle = color;
  g.lineWidth = 2;
  g.fill();
  g.stroke();
}

function knob(g, c, color, { px, py }, chosen) {
  g.beginPath();
  g.arc(px, py, chosen ? 8 : 6, 0, 2 * Math.PI);
  g.fillStyle = chosen ? color : c.paper;
  g.strokeStyle = chosen ? c.paper : color;
  g.lineWidth = chosen ? 2.5 : 2;
  g.fill();
  g.stroke();
}

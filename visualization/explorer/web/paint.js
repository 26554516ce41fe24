// What a panel draws with: lines, points and the two ends of every flow. `this` has a space, a world and a state.

import { cholesky } from "./mixture.js";
import { colors, DASH, mark } from "./palette.js";
import { word } from "./stage/axes.js";
import { exactLoops, trace } from "./stage/contour.js";

const MARGIN = 30; // pixels beyond a panel, so that a contour does not end within it
const GRID = 96; // cells of the contours of the data's density
const HILL = 0.14; // opacity of each of its three levels, on top of each other

export class Paint {
  context(canvas) {
    const g = canvas.getContext("2d"),
      { width, height } = this.space;
    g.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
    g.clearRect(0, 0, width, height);
    return g;
  }

  /** Noise and data: densities on the edges in 1D, rings and hills in 2D, as far as their layers are shown. */
  ends(g, c) {
    const { space, world, state } = this,
      { layers } = state;
    if (world.dim === 1) return this.edges(g, c);
    if (layers.has("data")) {
      const box = space.seen(1, world.space.limits, MARGIN);
      g.fillStyle = c.data_x;
      g.globalAlpha = HILL;
      const { m, loops } = hills(world, box);
      for (const found of loops) {
        g.beginPath();
        trace(g, found, m, box, (point) => space.at(point, 0, 1));
        g.fill("evenodd");
      }
      g.globalAlpha = 1;
    }
    if (layers.has("source")) {
      g.strokeStyle = c.prior_z;
      g.lineWidth = 1;
      g.globalAlpha = 0.7;
      g.setLineDash(DASH.prior_z); // a path is solid: the two colours are one for some eyes
      g.beginPath();
      outline(g, space, world.content.source);
      g.stroke();
      g.setLineDash([]);
      g.globalAlpha = 1;
    }
  }

  edges(g, c) {
    const { space, world, state } = this,
      [low, high] = world.space.limits[0],
      scale = world.space.density_scale,
      n = 160;
    const y = Float64Array.from({ length: n + 1 }, (_, i) => low + ((high - low) * i) / n);
    const target = world.once("edge", () => world.exact.density(y, n + 1)),
      begin = world.once("source edge", () => world.exact.density(y, n + 1, 0));
    for (const [layer, values, s, side, color] of [
      ["source", begin, 0, -1, c.prior_z],
      ["data", target, 1, 1, c.data_x],
    ]) {
      if (!state.layers.has(layer)) continue;
      g.fillStyle = color;
      g.globalAlpha = 0.25;
      g.beginPath();
      g.moveTo(...space.at([low], 0, s));
      for (let i = 0; i <= n; i++) g.lineTo(...space.at(y, i, s + side * scale * values[i]));
      g.lineTo(...space.at([high], 0, s));
      g.fill();
      g.globalAlpha = 1;
    }
    g.strokeStyle = c.frame;
    g.lineWidth = 1;
    g.beginPath();
    for (const s of [0, 1]) (g.moveTo(...space.at([low], 0, s)), g.lineTo(...space.at([high], 0, s)));
    g.stroke();
  }

  polylines(g, path, chosen, color, width, alpha, dash = []) {
    g.setLineDash(dash);
    g.strokeStyle = color;
    g.lineWidth = width;
    g.globalAlpha = alpha;
    g.beginPath();
    for (const p of chosen)
      path.forEach((x, i) => {
        const [u, v] = this.space.at(x, p, i / (path.length - 1));
        i ? g.lineTo(u, v) : g.moveTo(u, v);
      });
    g.stroke();
    g.setLineDash([]);
    g.globalAlpha = 1;
  }

  segments(g, a, b, chosen, color, dash, width, alpha, from = 0, to = 1) {
    g.strokeStyle = color;
    g.lineWidth = width;
    g.globalAlpha = alpha;
    g.setLineDash(dash);
    g.beginPath();
    for (const p of chosen) (g.moveTo(...this.space.at(a, p, from)), g.lineTo(...this.space.at(b, p, to)));
    g.stroke();
    g.setLineDash([]);
    g.globalAlpha = 1;
  }

  points(g, x, n, s, shape, color, r, alpha) {
    g.globalAlpha = alpha;
    g.fillStyle = g.strokeStyle = color;
    g.lineWidth = 1;
    g.beginPath();
    for (let p = 0; p < n; p++) mark(g, shape, ...this.space.at(x, p, s), r);
    shape === "ring" || shape === "cross" ? g.stroke() : g.fill();
    g.globalAlpha = 1;
  }

  /** A mark that stands out, with a letter in it or a word next to it. */
  dot(g, c, { at, s, shape, color, r, letter, label }) {
    const [u, v] = this.space.at(at, 0, s),
      open = shape === "ring" || shape === "cross";
    g.beginPath();
    mark(g, shape, u, v, r);
    g.lineWidth = open ? 5 : 3;
    g.strokeStyle = c.paper;
    g.stroke();
    g.fillStyle = c.paper;
    if (shape === "ring") g.fill();
    g.lineWidth = 2.5;
    g.strokeStyle = g.fillStyle = c[color];
    open ? g.stroke() : g.fill();
    if (label && this.space.width > 240) {
      g.font = "12.5px system-ui, sans-serif";
      const left = u + r + 6 + g.measureText(label).width > this.space.width;
      word(g, c, label, u + (left ? -r - 4 : r + 4), v - r - 1, left ? "right" : "left");
    }
    if (!letter) return;
    g.font = "italic 600 11px Georgia, serif";
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.fillStyle = shape === "ring" ? c.exact : colors("light").exact; // ink: small letters in a colour are hard to read
    g.fillText(letter, u, v - 0.5);
    g.textBaseline = "alphabetic";
  }
}

/** The components of the source as ellipses: one at 1, 2 and 3 standard deviations, of many each at 1. */
function outline(g, space, { means, covariances }) {
  const n = 72,
    radii = means.length === 1 ? [1, 2, 3] : [1];
  means.forEach((mean, k) => {
    const [a, b, c] = cholesky(covariances[k]);
    for (const radius of radii)
      for (let i = 0; i <= n; i++) {
        const [x, y] = [radius * Math.cos((2 * Math.PI * i) / n), radius * Math.sin((2 * Math.PI * i) / n)];
        g[i ? "lineTo" : "moveTo"](...space.at([mean[0] + a * x, mean[1] + b * x + c * y], 0, 0));
      }
  });
}

/** Contours of the data's density over a box: all panels that show it share them. */
function hills(world, box) {
  const m = world.content.hills ?? GRID;
  const loops = world.latest("hills", String(box), () => exactLoops(world, box, m, 1, world.space.levels));
  return { m, loops };
}

// What a panel draws with: lines, points and the two ends of every flow. `this` has a space, a world and a state.

import { cloud, lay } from "./fields.js";
import { colors, mark } from "./palette.js";

export class Paint {
  context(canvas) {
    const g = canvas.getContext("2d"),
      ratio = window.devicePixelRatio || 1;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, canvas.width, canvas.height);
    return g;
  }

  /** Noise and data: densities on the edges in 1D, rings and hills in 2D, as far as their layers are shown. */
  ends(g, c) {
    const { space, world, state } = this,
      { layers } = state;
    if (world.dim === 1) return this.edges(g, c);
    if (layers.has("data")) {
      const hills = world.once(`hills ${c.data_x}`, () => {
        const { n, levels } = world.hills(),
          shares = [0, 0.13, 0.26, 0.4];
        return cloud(
          levels.map((level) => shares[level]),
          n,
          c.data_x,
        );
      });
      lay(g, space, hills, world.space.limits, 1);
    }
    if (layers.has("source")) {
      g.strokeStyle = c.prior_z;
      g.lineWidth = 1;
      g.globalAlpha = 0.6;
      g.beginPath();
      outline(g, space, world.content.source);
      g.stroke();
      g.globalAlpha = 1;
    }
    if (space.islands)
      this.labels(g, c, [
        ["noise, latent", space.at([0, 0], 0, 0)[0]],
        ["data", space.at([0, 0], 0, 1)[0]],
      ]);
  }

  edges(g, c) {
    const { space, world, state } = this,
      [low, high] = world.space.limits[0],
      scale = world.space.density_scale,
      n = 160;
    const y = Float64Array.from({ length: n + 1 }, (_, i) => low + ((high - low) * i) / n);
    const target = world.once("edge", () => world.exact.logDensity(y, n + 1).map(Math.exp)),
      begin = world.once("source edge", () => world.exact.logDensity(y, n + 1, 0).map(Math.exp));
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
    this.labels(g, c, [
      ["noise", space.at([0], 0, 0)[0]],
      ["data", space.at([0], 0, 1)[0]],
    ]);
  }

  labels(g, c, list) {
    g.font = "11px system-ui, sans-serif";
    g.strokeStyle = c.paper;
    g.lineWidth = 4;
    g.fillStyle = c.exact;
    g.globalAlpha = 0.6;
    g.textAlign = "center";
    for (const [text, x] of list) {
      g.strokeText(text, x, this.space.height - 5);
      g.fillText(text, x, this.space.height - 5);
    }
    g.globalAlpha = 1;
  }

  polylines(g, path, chosen, color, width, alpha) {
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

  dot(g, c, point, s, shape, color, r, label = "") {
    const [u, v] = this.space.at(point, 0, s),
      open = shape === "ring" || shape === "cross";
    g.beginPath();
    mark(g, shape, u, v, r);
    g.lineWidth = open ? 5 : 3;
    g.strokeStyle = c.paper;
    g.stroke();
    g.fillStyle = c.paper;
    if (shape === "ring") g.fill();
    g.lineWidth = 2.5;
    g.strokeStyle = g.fillStyle = color;
    open ? g.stroke() : g.fill();
    if (!label) return;
    g.font = "italic 600 11px Georgia, serif";
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.fillStyle = shape === "ring" ? c.exact : colors("light").exact; // ink: small letters in a colour are hard to read
    g.fillText(label, u, v - 0.5);
    g.textBaseline = "alphabetic";
  }
}

/** The components of the source as ellipses: one at 1, 2 and 3 standard deviations, of many each at 1. */
function outline(g, space, { means, covariances }) {
  const n = 72,
    radii = means.length === 1 ? [1, 2, 3] : [1];
  means.forEach((mean, k) => {
    const [[a, b], [, d]] = covariances[k],
      l = Math.sqrt(a),
      m = b / l,
      r = Math.sqrt(Math.max(0, d - m * m)); // Cholesky
    for (const radius of radii)
      for (let i = 0; i <= n; i++) {
        const [x, y] = [radius * Math.cos((2 * Math.PI * i) / n), radius * Math.sin((2 * Math.PI * i) / n)];
        g[i ? "lineTo" : "moveTo"](...space.at([mean[0] + l * x, mean[1] + m * x + r * y], 0, 0));
      }
  });
}

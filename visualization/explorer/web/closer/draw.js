// What the closer looks draw with, on top of a panel. A place is [point, progress].

import { mark } from "../palette.js";

/** Pixels of a place on a panel. */
export const pixels = ({ space }, [point, s]) => space.at(point, 0, s);

/** Make what is drawn so far paler. */
export function veil(g, { space }, paper) {
  g.fillStyle = paper;
  g.globalAlpha = 0.62;
  g.fillRect(0, 0, space.width, space.height);
  g.globalAlpha = 1;
}

/** A line with a head, on a rim of paper so that it is seen on others. style: {color, width, dash, alpha, head}. */
export function arrow(g, c, panel, from, to, { color, width = 2, dash = [], alpha = 1, head = true, rim = true }) {
  const [a, b] = [pixels(panel, from), pixels(panel, to)];
  if (![...a, ...b].every(Number.isFinite)) return;
  g.lineCap = "round";
  for (const [stroke, thick, line] of [
    [c.paper, width + 3, []],
    [color, width, dash],
  ]) {
    if (stroke === c.paper && !rim) continue;
    g.globalAlpha = stroke === c.paper ? 0.8 * alpha : alpha;
    g.strokeStyle = stroke;
    g.lineWidth = thick;
    g.setLineDash(line);
    g.beginPath();
    g.moveTo(...a);
    g.lineTo(...b);
    g.stroke();
    g.setLineDash([]);
    if (!head) continue;
    g.beginPath();
    tip(g, a, b, 4 + 2 * width);
    g.stroke();
  }
  g.globalAlpha = 1;
  g.lineCap = "butt";
}

function tip(g, [x, y], [u, v], most) {
  const angle = Math.atan2(v - y, u - x),
    size = Math.min(most, 0.5 * Math.hypot(u - x, v - y));
  for (const turn of [2.65, -2.65]) {
    g.moveTo(u, v);
    g.lineTo(u + size * Math.cos(angle + turn), v + size * Math.sin(angle + turn));
  }
}

/** A mark at a place, with a word next to it. */
export function dot(g, c, panel, place, { color, shape = "disc", r = 5, label = "" }) {
  const [u, v] = pixels(panel, place),
    open = shape === "ring" || shape === "cross";
  g.beginPath();
  mark(g, shape, u, v, r);
  g.strokeStyle = c.paper;
  g.lineWidth = open ? 5.5 : 3;
  g.stroke();
  g.fillStyle = open ? c.paper : color;
  if (shape !== "cross") g.fill();
  g.strokeStyle = color;
  g.lineWidth = 2.5;
  if (open) g.stroke();
  if (label) word(g, c, panel, label, u, v, r);
}

/** A word next to a mark, within the panel. */
function word(g, c, { space }, text, u, v, r) {
  g.font = "italic 600 13px Georgia, serif";
  const width = g.measureText(text).width,
    right = u + r + 4 + width < space.width - 2;
  g.textAlign = right ? "left" : "right";
  g.textBaseline = "middle";
  g.lineWidth = 4;
  g.lineJoin = "round";
  g.strokeStyle = c.paper;
  g.fillStyle = c.exact;
  const x = u + (right ? r + 4 : -r - 4),
    y = Math.max(9, Math.min(space.height - 9, v - r - 1));
  g.strokeText(text, x, y);
  g.fillText(text, x, y);
  g.textBaseline = "alphabetic";
}

/** A small picture of a line for a legend, as SVG. */
export function swatch(color, width = 2.5, dash = "") {
  return (
    `<svg class="swatch" viewBox="0 0 26 10" aria-hidden="true"><path d="M2 5H23M18 1.5L23 5L18 8.5" fill="none" ` +
    `stroke="var(--${color})" stroke-width="${width}" stroke-dasharray="${dash}"/></svg>`
  );
}

/** A vector in words: 0.31, or (0.31, −1.20). */
export function vector(v, digits = 2) {
  const all = [...v].map((value) => (Number.isFinite(value) ? minus(value.toFixed(digits)) : "not finite"));
  return all.length === 1 ? all[0] : `(${all.join(", ")})`;
}

const minus = (text) => (Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−"));

export const distance = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));

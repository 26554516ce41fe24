// The numbers: the scoreboard as a sortable table, and two charts drawn as SVG.

import { colors, theme } from "./palette.js";
import { number, plusMinus } from "./text.js";

const NS = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}, text = "") {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text) node.textContent = text;
  return node;
}

/** A model's mark at (x, y): its outline, filled or open. */
function symbol({ mark, open }, x, y, r, color) {
  const points = mark.map(([u, v]) => `${(x + r * u).toFixed(2)},${(y + r * v).toFixed(2)}`).join(" ");
  return svg("polygon", { points, fill: open ? colors().paper : color, stroke: color });
}

/** Axes with scales: x and y are {domain, log, ticks, label}. */
export function axes(width, height, x, y, label) {
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  const box = { left: 62, right: width - 14, top: 12, bottom: height - 34 };
  const scale = ({ domain: [a, b], log }, from, to) => {
    const f = log ? Math.log10 : (v) => v;
    return (v) => from + ((f(v) - f(a)) / (f(b) - f(a) || 1)) * (to - from);
  };
  const [px, py] = [scale(x, box.left, box.right), scale(y, box.bottom, box.top)];
  for (const v of y.ticks) {
    root.append(svg("line", { x1: box.left, x2: box.right, y1: py(v), y2: py(v), class: "rule" }));
    root.append(svg("text", { x: box.left - 7, y: py(v) + 4, "text-anchor": "end" }, short(v)));
  }
  for (const v of x.ticks)
    root.append(svg("text", { x: px(v), y: box.bottom + 16, "text-anchor": "middle" }, x.text?.(v) ?? short(v)));
  const middle = (box.top + box.bottom) / 2,
    named = { "text-anchor": "middle", class: "axis" };
  root.append(
    svg("text", { x: (box.left + box.right) / 2, y: height - 3, ...named }, x.label),
    svg("text", { x: 13, y: middle, transform: `rotate(-90 13 ${middle})`, ...named }, y.label),
  );
  return { root, px, py, box };
}

function short(v) {
  return v >= 0.01 || v === 0 ? String(Number(v.toPrecision(3))) : v.toExponential(0);
}

export function decades([low, high]) {
  const ticks = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
    for (const m of [1, 2, 5]) ticks.push(m * 10 ** e);
  const inside = ticks.filter((v) => v >= low && v <= high),
    tens = inside.filter((v) => /^1/.test(v.toExponential()));
  if (inside.length < 2) return [low * 1.05, Math.sqrt(low * high), high / 1.05].map((v) => Number(v.toPrecision(2)));
  return inside.length > 7 && tens.length > 1 ? tens : inside;
}

export function line(points, px, py, attributes) {
  return svg("polyline", {
    points: points.map(([x, y]) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(" "),
    fill: "none",
    ...attributes,
  });
}

/** Sliced W2 by network evaluations: a line for each sampler of a model, that of its ODE dashed with open marks. */
export function qualityChart(world, chosen, width) {
  const lines = world.content.models.flatMap(samplers).filter(({ points }) => points.length),
    values = lines.flatMap(({ points }) => points.map((p) => p[1]));
  if (!values.length) return document.createTextNode("No finite numbers to draw.");
  const { floor } = world.content.models.find(({ quality }) => quality.own.length).quality,
    seen = floor > 1e-6; // on a logarithmic axis
  const low = Math.min(...values, seen ? floor : Infinity),
    y = { domain: [low * 0.75, Math.max(...values) * 1.25], log: true, label: "sliced W2" };
  y.ticks = decades(y.domain);
  const x = { domain: [0.85, 150], log: true, ticks: [1, 2, 4, 8, 16, 32, 64, 128] };
  x.label = "network evaluations per sample";
  const { root, px, py } = axes(width, 330, x, y, "Quality against network evaluations");
  if (seen) root.append(level(floor, x.domain, px, py));
  for (const each of lines) root.append(qualityLine(each, chosen.includes(each.name), px, py, y.domain[0]));
  return withLegend(root, lines, seen ? `dashed, without colour: exact samples, ${number(floor)}` : "exact samples: 0");
}

/** The lines of a model: {name, title, points, shade, look}. */
function samplers({ name, title, look, quality }) {
  const good = (points) => points.filter((p) => p[1] > 0),
    shade = look[theme()];
  return [
    { name, title, shade, look, points: good(quality.own) },
    { name, title: `${title}, ODE`, shade, look: { ...look, open: true, dash: "5 3" }, points: good(quality.ode) },
  ];
}

function qualityLine({ title, points, shade, look }, chosen, px, py, least) {
  const group = svg("g", { opacity: chosen ? 1 : 0.28 });
  group.append(svg("title", {}, title));
  group.append(line(points, px, py, { stroke: shade, "stroke-width": 1.8, "stroke-dasharray": look.dash }));
  for (const [n, mean, sd] of points) {
    const [u, low, high] = [px(n), py(Math.max(mean - sd, least)), py(mean + sd)];
    const d = `M${u},${low}V${high}M${u - 3},${low}h6M${u - 3},${high}h6`;
    group.append(svg("path", { d, stroke: shade, fill: "none" }), symbol(look, u, py(mean), 4, shade));
  }
  return group;
}

/** A dashed horizontal line: what is exact. */
export function level(value, [from, to], px, py) {
  const ends = [
    [from, value],
    [to, value],
  ];
  return line(ends, px, py, { class: "floor" });
}

function withLegend(root, lines, note) {
  const list = document.createElement("p"),
    box = document.createElement("div");
  list.className = "legend";
  for (const { title, shade, look } of lines) {
    const key = svg("svg", { viewBox: "0 0 22 14", width: 22, height: 14, "aria-hidden": "true" }),
      item = document.createElement("span");
    key.append(
      svg("line", { x1: 0, x2: 22, y1: 7, y2: 7, stroke: shade, "stroke-dasharray": look.dash }),
      symbol(look, 11, 7, 4.5, shade),
    );
    item.append(key, title);
    list.append(item);
  }
  list.append(note);
  box.append(root, list);
  return box;
}

const UNTRAINED = 0.7; // where a logarithmic axis of epochs has epoch 0

/** How a model's training went: of flows first the excess error, whose floor is 0, then the loss, each on its own. */
export function trainingCharts(entry, epoch) {
  const { curve, floor, excess } = entry.losses,
    figure = document.createElement("figure");
  figure.append(Object.assign(document.createElement("figcaption"), { textContent: entry.title }));
  if (excess) figure.append(...course(entry, epoch, excess, "excess error", 0));
  figure.append(...course(entry, epoch, curve, "loss", floor));
  return figure;
}

/** One measure by epochs, with its last value and its floor in words. */
function course({ title, last }, epoch, points, label, floor) {
  const good = points.filter((p) => p[1] > 0).map(([e, ...rest]) => [Math.max(e, UNTRAINED), ...rest]),
    values = good.map((p) => p[1]),
    say = (textContent) => Object.assign(document.createElement("p"), { className: "note", textContent });
  if (!good.length) return [say(`${label}: no finite number`)];
  const near = floor > 0 && floor < 3 * Math.max(...values), // a far floor is told in words
    low = Math.min(...values, floor > 0 ? floor : Infinity) * 0.7,
    y = { domain: [low, Math.max(...values, near ? floor : 0) * 1.3], log: true, label };
  y.ticks = decades(y.domain);
  const x = { domain: [UNTRAINED, last], log: true, label: "epoch", text: (v) => (v < 1 ? "0" : short(v)) };
  x.ticks = [UNTRAINED, ...decades([1, Math.max(2, last)])].filter((v) => v <= last);
  const { root, px, py, box } = axes(300, 190, x, y, `${label} of ${title}`),
    kind = label === "loss" ? "" : " excess",
    edge = (sign) => good.map(([e, m, s]) => [e, Math.max(m + sign * s, low)]);
  const outline = [...edge(1), ...edge(-1).reverse()].map(([e, v]) => `${px(e)},${py(v)}`).join(" ");
  root.append(svg("polygon", { class: `band${kind}`, points: outline }), line(good, px, py, { class: `curve${kind}` }));
  if (near) root.append(level(floor, x.domain, px, py));
  const now = px(Math.min(Math.max(epoch, UNTRAINED), last));
  root.append(svg("line", { x1: now, x2: now, y1: box.top, y2: box.bottom, class: "now" }));
  const [, mean, sd] = points.at(-1);
  const exact = floor === null ? "unknown" : number(floor) + (floor > 0 && !near ? ", above this axis" : "");
  return [root, say(`${label} at the end ${plusMinus(mean, sd)}, exact ${exact}`)];
}

/** The scoreboard: exact samples first, then the models; each heading is a button that sorts. */
export function scoreboard(world, chosen, sort, onSort) {
  const { columns, exact, rows } = world.content.table,
    table = document.createElement("table"),
    caption = "Mean ± standard deviation over seeds; click a heading to sort.";
  table.append(Object.assign(document.createElement("caption"), { textContent: caption }));
  const head = table.createTHead().insertRow();
  ["model", ...columns].forEach((heading, i) => {
    const cell = document.createElement("th"),
      button = Object.assign(document.createElement("button"), { type: "button", textContent: heading });
    cell.scope = "col";
    cell.setAttribute("aria-sort", sort.column === i ? (sort.up ? "ascending" : "descending") : "none");
    button.addEventListener("click", () => onSort(i));
    cell.append(button);
    head.append(cell);
  });
  const body = table.createTBody();
  fill(body.insertRow(), "exact samples", exact, "exact");
  for (const [name, { title, texts }] of sorted(Object.entries(rows), sort))
    fill(body.insertRow(), title, texts, chosen.includes(name) ? "chosen" : "");
  return table;
}

/** W2 of the same models on single pairs, on their mean over the points and over the law. */
export function targetsTable({ columns, rows, ends }) {
  const table = document.createElement("table"),
    head = table.createTHead().insertRow(),
    body = table.createTBody();
  for (const text of ["model", ...columns])
    head.append(Object.assign(document.createElement("th"), { scope: "col", textContent: text }));
  for (const [title, text] of ends) fill(body.insertRow(), title, columns.map(() => text), "exact");
  for (const [title, ...texts] of rows) fill(body.insertRow(), title, texts, "");
  return table;
}

function sorted(rows, { column, up }) {
  if (column === null) return rows;
  const value = ([, { title, values }]) => (column ? (values[column - 1] ?? Infinity) : title),
    compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b || 0);
  return rows.sort((a, b) => (up ? 1 : -1) * compare(value(a), value(b)));
}

function fill(row, title, cells, kind) {
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: title });
  row.className = kind;
  row.append(head);
  for (const text of cells) row.insertCell().textContent = text;
}

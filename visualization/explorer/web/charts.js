// The numbers: the scoreboard as a sortable table, and two charts drawn as SVG.

import { colors, theme } from "./palette.js";

const NS = "http://www.w3.org/2000/svg";

function svg(name, attributes = {}, text = "") {
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

/** Axes with scales: x and y are {domain, log, ticks}. */
function axes(width, height, x, y, label) {
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  const box = { left: 50, right: width - 14, top: 12, bottom: height - 34 };
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
    root.append(svg("text", { x: px(v), y: box.bottom + 16, "text-anchor": "middle" }, short(v)));
  root.append(
    svg("text", { x: (box.left + box.right) / 2, y: height - 3, "text-anchor": "middle", class: "axis" }, x.label),
  );
  return { root, px, py, box };
}

function short(v) {
  return v >= 0.01 || v === 0 ? String(Number(v.toPrecision(3))) : v.toExponential(0);
}

/** Three decimals, or a power of ten if they would all be 0. */
export function decimals(v) {
  return v !== 0 && Math.abs(v) < 0.0005 ? v.toExponential(1) : v.toFixed(3);
}

function decades([low, high]) {
  const ticks = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
    for (const m of [1, 2, 5]) ticks.push(m * 10 ** e);
  const inside = ticks.filter((v) => v >= low && v <= high),
    tens = inside.filter((v) => /^1/.test(v.toExponential()));
  return inside.length > 7 && tens.length > 1 ? tens : inside;
}

function line(points, px, py, attributes) {
  return svg("polyline", {
    points: points.map(([x, y]) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(" "),
    fill: "none",
    ...attributes,
  });
}

/** W2 against the number of network evaluations, with error bars over seeds; a legend of names and marks. */
export function qualityChart(world, chosen, width) {
  const entries = world.content.models
    .map((entry) => ({ ...entry, shade: entry.look[theme()] }))
    .filter((entry) => entry.quality.points.some((p) => p[1] > 0));
  const values = entries.flatMap((entry) => entry.quality.points.map((p) => p[1])).filter((v) => v > 0),
    floor = entries[0]?.quality.floor;
  if (!values.length) return document.createTextNode("No finite numbers to draw.");
  const y = {
    domain: [Math.min(...values, floor > 1e-6 ? floor : Infinity) * 0.75, Math.max(...values) * 1.25],
    log: true,
  };
  y.ticks = decades(y.domain);
  const x = {
    domain: [0.85, 150],
    log: true,
    ticks: [1, 2, 4, 8, 16, 32, 64, 128],
    label: "network evaluations per sample",
  };
  const { root, px, py, box } = axes(width, 330, x, y, "Quality against network evaluations");
  if (floor > 1e-6)
    root.append(
      line(
        [
          [0.85, floor],
          [150, floor],
        ],
        px,
        py,
        { class: "floor" },
      ),
    );
  for (const entry of entries) {
    const points = entry.quality.points.filter((p) => p[1] > 0),
      group = svg("g", { opacity: chosen.includes(entry.name) ? 1 : 0.28 });
    group.append(svg("title", {}, entry.title));
    group.append(line(points, px, py, { stroke: entry.shade, "stroke-width": 1.8, "stroke-dasharray": entry.look.dash }));
    for (const [n, mean, sd] of points) {
      const low = Math.max(mean - sd, y.domain[0]),
        u = px(n);
      group.append(
        svg("path", {
          d: `M${u},${py(low)}V${py(mean + sd)}M${u - 3},${py(low)}h6M${u - 3},${py(mean + sd)}h6`,
          stroke: entry.shade,
          fill: "none",
        }),
      );
      group.append(symbol(entry.look, u, py(mean), 4, entry.shade));
    }
    root.append(group);
  }
  return withLegend(root, entries, floor > 1e-6 ? `dashed: exact samples, ${floor.toFixed(3)}` : "exact samples: 0");
}

function withLegend(root, entries, note) {
  const list = document.createElement("p"),
    box = document.createElement("div");
  list.className = "legend";
  for (const { title, shade, look } of entries) {
    const key = svg("svg", { viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" }),
      item = document.createElement("span");
    key.append(symbol(look, 7, 7, 4.5, shade));
    item.append(key, title);
    list.append(item);
  }
  list.append(note);
  box.append(root, list);
  return box;
}

/** Loss of one model: mean and band over seeds, its exact floor dashed; for flows also the excess error. */
export function lossChart(entry, epoch) {
  const { curve, floor, excess } = entry.losses,
    figure = document.createElement("figure");
  figure.append(Object.assign(document.createElement("figcaption"), { textContent: entry.title }));
  const all = [...curve, ...(excess ?? [])].map((p) => p[1]).filter((v) => v > 0);
  if (!all.length) return (figure.append("no finite loss"), figure);
  const y = { domain: [Math.min(...all, floor > 0 ? floor : Infinity) * 0.7, Math.max(...all) * 1.3], log: true };
  y.ticks = decades(y.domain);
  const last = entry.last,
    x = { domain: [0, last], ticks: [0, last / 2, last].map(Math.round), label: "epoch" };
  const { root, px, py, box } = axes(300, 190, x, y, `Loss of ${entry.title}`);
  for (const [points, name] of [
    [curve, "loss"],
    [excess ?? [], "excess"],
  ]) {
    const good = points.filter((p) => p[1] > 0),
      edge = (sign) => good.map(([e, m, s]) => [e, Math.max(m + sign * s, y.domain[0])]);
    const outline = [...edge(1), ...edge(-1).reverse()];
    root.append(
      svg("polygon", { class: `band ${name}`, points: outline.map(([e, v]) => `${px(e)},${py(v)}`).join(" ") }),
      line(good, px, py, { class: `curve ${name}` }),
    );
  }
  if (floor > 0)
    root.append(
      line(
        [
          [0, floor],
          [last, floor],
        ],
        px,
        py,
        { class: "floor" },
      ),
    );
  root.append(
    svg("line", {
      x1: px(Math.min(epoch, last)),
      x2: px(Math.min(epoch, last)),
      y1: box.top,
      y2: box.bottom,
      class: "now",
    }),
  );
  figure.append(root);
  const notes = [
    floor > 0 ? `floor ${short(floor)}` : "",
    excess?.length ? `excess ${decimals(excess.at(-1)[1] ?? NaN)} ± ${decimals(excess.at(-1)[2] ?? NaN)}` : "",
  ].filter(Boolean);
  figure.append(Object.assign(document.createElement("p"), { className: "note", textContent: notes.join(" · ") }));
  return figure;
}

/** The scoreboard: exact samples first, then the models; each heading is a button that sorts. */
export function scoreboard(world, chosen, sort, onSort) {
  const { columns, floors, rows } = world.content.table,
    table = document.createElement("table");
  const titles = Object.fromEntries(world.content.models.map((entry) => [entry.name, entry.title]));
  table.append(
    Object.assign(document.createElement("caption"), {
      textContent: "Mean ± standard deviation over seeds; click a heading to sort.",
    }),
  );
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
  const body = table.createTBody(),
    value = ([name, cells]) => (sort.column ? (cells[sort.column - 1]?.[0] ?? Infinity) : titles[name]);
  const order = Object.entries(rows);
  if (sort.column !== null)
    order.sort(
      (a, b) =>
        (sort.up ? 1 : -1) *
        (typeof value(a) === "string" ? value(a).localeCompare(value(b)) : value(a) - value(b) || 0),
    );
  fill(
    body.insertRow(),
    "exact samples",
    floors.map((v) => (v === null ? "" : decimals(v))),
    "exact",
  );
  for (const [name, cells] of order)
    fill(
      body.insertRow(),
      titles[name],
      cells.map((cell) =>
        !cell ? "" : cell[0] === null ? "not finite" : `${decimals(cell[0])} ± ${decimals(cell[1])}`,
      ),
      chosen.includes(name) ? "chosen" : "",
    );
  return table;
}

function fill(row, title, cells, kind) {
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: title });
  row.className = kind;
  row.append(head);
  for (const text of cells) row.insertCell().textContent = text;
}

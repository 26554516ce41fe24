// What stands below the stage, and the stage as a picture.

import { decimals, lossChart, qualityChart, scoreboard } from "./charts.js";
import { find } from "./controls.js";
import { colors } from "./palette.js";

/** Update all of it to a state. sort: {column, up} of the table, kept by the caller. */
export function showNumbers(world, state, sort, again) {
  const { content } = world,
    { models, epoch } = state;
  const onSort = (column) => {
    Object.assign(sort, { up: sort.column === column ? !sort.up : true, column });
    again();
    find("table").querySelectorAll("th button")[column].focus();
  };
  const width = Math.max(340, Math.min(620, find("quality").clientWidth));
  const chosen = content.models.filter(({ name }) => models.includes(name));
  find("table").replaceChildren(scoreboard(world, models, sort, onSort));
  find("quality").replaceChildren(qualityChart(world, models, width));
  find("losses").replaceChildren(...chosen.map((entry) => lossChart(entry, epoch)));
  find("sentences").replaceChildren(
    ...content.sentences.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
  for (const lesson of document.querySelectorAll("#lessons article")) {
    const entry = content.models.find(({ name }) => name === lesson.dataset.model);
    lesson.hidden = !entry;
    for (const hole of entry ? lesson.querySelectorAll("[data-n]") : []) {
      hole.textContent = figure(entry, content, hole.dataset.n);
    }
  }
}

/** A figure of a lesson: "w2 16" is W2 at 16 evaluations, "own" the number of its steps, else a column of the table. */
function figure(entry, { table }, key) {
  const text = (cell) => (cell && cell[0] !== null ? `${decimals(cell[0])} ± ${decimals(cell[1])}` : "not finite");
  if (key === "floor") return entry.losses.floor?.toFixed(2) ?? "unknown";
  if (key.startsWith("w2 ")) return text(entry.quality.points.find((p) => p[0] === Number(key.slice(3)))?.slice(1));
  const column = table.columns.indexOf(key);
  return text(table.rows[entry.name][column]);
}

/** The stage as one canvas: every panel with its name and its number. */
export function picture(panels, title) {
  const columns = Number(find("panels").style.getPropertyValue("--columns")),
    ratio = window.devicePixelRatio || 1;
  const { width, height } = panels[0].front,
    head = 34 * ratio,
    rows = Math.ceil(panels.length / columns),
    c = colors();
  const canvas = document.createElement("canvas"),
    g = canvas.getContext("2d");
  canvas.width = columns * (width + head / 2);
  canvas.height = rows * (height + head * 1.5) + head;
  g.fillStyle = c.paper;
  g.fillRect(0, 0, canvas.width, canvas.height);
  g.fillStyle = c.exact;
  g.strokeStyle = c.frame;
  g.textBaseline = "top";
  g.font = `600 ${15 * ratio}px system-ui, sans-serif`;
  g.fillText(title, head / 4, head / 4);
  panels.forEach((panel, i) => {
    const x = (i % columns) * (width + head / 2) + head / 4;
    const y = Math.floor(i / columns) * (height + head * 1.5) + head;
    const number = panel.root.querySelector(".number").textContent.replace(/\s+/g, " ");
    g.fillText(`${panel.model.entry.title}   ${number}`, x, y + head / 3);
    for (const layer of [panel.back, panel.front]) g.drawImage(layer, x, y + head);
    g.strokeRect(x, y + head, width, height);
  });
  return canvas;
}

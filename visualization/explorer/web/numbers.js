// What stands below the stage, and the stage as a picture.

import { qualityChart, scoreboard, targetsTable, trainingCharts } from "./charts.js";
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
  find("losses").replaceChildren(...chosen.map((entry) => trainingCharts(entry, epoch)));
  find("sentences").replaceChildren(...content.sentences.map(item));
  const hard = find("hard");
  hard.hidden = !content.targets;
  if (content.targets) {
    hard.querySelector("div").replaceChildren(targetsTable(content.targets));
    hard.querySelector("ul").replaceChildren(...content.targets.captions.map(item));
  }
}

const item = (text) => Object.assign(document.createElement("li"), { textContent: text });

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
  const font = (weight, size) => (g.font = `${weight} ${size * ratio}px system-ui, sans-serif`);
  font(600, 15);
  g.fillText(title, head / 4, head / 4);
  panels.forEach((panel, i) => {
    const x = (i % columns) * (width + head / 2) + head / 4;
    const y = Math.floor(i / columns) * (height + head * 1.5) + head;
    const [name, said] = [".name", ".number"].map((part) => panel.root.querySelector(part).textContent);
    font(600, 13);
    g.fillText(name, x, y + head * 0.05, width);
    font(400, 12.5);
    g.fillText(said, x, y + head * 0.55, width);
    for (const layer of [panel.back, panel.front]) g.drawImage(layer, x, y + head);
    g.strokeRect(x, y + head, width, height);
  });
  return canvas;
}

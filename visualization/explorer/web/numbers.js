// What stands below the stage.

import { qualityChart, scoreboard, targetsTable, trainingCharts } from "./charts.js";
import { find } from "./controls.js";

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

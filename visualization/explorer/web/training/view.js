// The drawer below the stage in which runs are trained: buttons, the runs, their settings, and two charts.

import { option } from "../controls.js";
import { theme } from "../palette.js";
import { number } from "../text.js";
import { floorsInWords, liveChart } from "./charts.js";
import { form } from "./form.js";
import { titled } from "./model.js";
import { differences, FIELDS, LETTERS, written } from "./settings.js";

const SPEEDS = [
  [1, "1 step a second"],
  [10, "10 steps a second"],
  [100, "100 steps a second"],
  [1000, "1,000 steps a second"],
  [Infinity, "full speed"],
];
const CHART = { width: 200, low: 96, high: 200, around: 75 }; // pixels: of a chart, and of what is above and below it

const PAGE = `
  <div class="tools">
    <button type="button" class="play" data-do="train"></button>
    <button type="button" data-do="step" title="One step of the optimiser, of every run">Step</button>
    <button type="button" data-do="epoch" title="To the end of the epoch: once through the points, of every run">Epoch</button>
    <button type="button" data-do="reset" title="Back to the first weights, all runs">Reset</button>
    <label title="How many steps are made in a second, if the computer can">Speed <select name="speed"></select></label>
    <label title="Where training rests: all runs then have learnt from as many steps. 16,000 are 2,000 epochs of 500 points in batches of 64">Until step
      <input type="number" name="until" min="1" max="1000000" step="1"></label>
    <span class="said" role="status"></span>
    <button type="button" data-do="close" aria-label="Close training" title="Close; runs rest and stay on the stage">✕</button>
  </div>
  <div class="parts">
    <div class="side"><div class="runs"><ul></ul><button type="button" data-do="add" title="Another run next to these, with the same settings to begin from">Add a run</button></div>
    <div class="settings"></div></div>
    <figure class="loss"><figcaption></figcaption><div></div><p class="note"></p></figure>
    <figure class="excess"><figcaption></figcaption><div></div><p class="note"></p></figure>
  </div>`;

export class View {
  /** does: what the buttons and fields do, by name. */
  constructor(does) {
    this.does = does;
    this.root = Object.assign(document.createElement("section"), { id: "training", hidden: true, innerHTML: PAGE });
    this.root.setAttribute("aria-label", "Training in this page");
    for (const button of this.root.querySelectorAll("[data-do]"))
      button.addEventListener("click", () => does[button.dataset.do]());
    this.field("speed").append(...SPEEDS.map((speed) => option(...speed)));
    for (const name of ["speed", "until"])
      this.field(name).addEventListener("change", () => does[name](Number(this.field(name).value)));
  }

  field(name) {
    return this.root.querySelector(`[name=${name}]`);
  }

  button(name) {
    return this.root.querySelector(`[data-do=${name}]`);
  }

  say(words) {
    this.root.querySelector(".said").textContent = words;
  }

  /** Everything but the charts, after another run was chosen, added, removed or set. */
  build(runs, chosen, templates) {
    const list = this.root.querySelector("ul");
    list.replaceChildren(...runs.map((run) => this.item(run, run === chosen)));
    this.button("add").disabled = runs.length === LETTERS.length;
    const set = (name, value) => this.does.set(name, value),
      box = this.root.querySelector(".settings"),
      focused = box.contains(document.activeElement) && document.activeElement.name;
    box.replaceChildren(...(chosen ? [form(chosen, templates, set)] : []));
    if (focused) box.querySelector(`[name=${focused}]`)?.focus();
  }

  item(run, chosen) {
    const item = document.createElement("li");
    item.innerHTML = `<button type="button" class="pick"><b></b> <span></span></button>
      <button type="button" class="remove">✕</button><p class="facts"></p><p class="differs"></p>`;
    const [pick, remove] = item.querySelectorAll("button");
    pick.setAttribute("aria-pressed", String(chosen));
    pick.title = `Settings of run ${run.letter}`;
    pick.addEventListener("click", () => this.does.choose(run));
    pick.querySelector("b").textContent = run.letter;
    pick.querySelector("span").textContent = titled(run.template, run.settings);
    remove.setAttribute("aria-label", `Remove run ${run.letter}`);
    remove.addEventListener("click", () => this.does.remove(run));
    return item;
  }

  /** What changes while runs train. */
  update(runs, { speed, until }) {
    const on = runs.some((run) => run.on),
      done = runs.length > 0 && runs.every((run) => run.steps >= until),
      button = this.button("train");
    button.textContent = on ? "❚❚ Pause" : done ? "▶ Train on" : "▶ Train";
    button.disabled = !runs.length;
    if (document.activeElement !== this.field("until")) this.field("until").value = until;
    this.field("speed").value = speed;
    const names = differences(runs.map(({ settings }) => settings));
    this.root.querySelectorAll("li").forEach((item, i) => {
      const run = runs[i];
      item.style.setProperty("--run", run.template.look[theme()]);
      item.querySelector(".facts").textContent = facts(run);
      item.querySelector(".differs").textContent = runs.length < 2 ? "" : own(run, names);
    });
  }

  /** The two charts. python(run, measure): a run's reference, or null. */
  draw(runs, until, python) {
    this.chart(
      "loss",
      "Loss",
      runs,
      until,
      (run) => run.curve(),
      (run) => run.floor,
      python,
    );
    const measured = runs.filter((run) => run.measured);
    this.chart(
      "excess",
      "Excess error",
      measured,
      until,
      (run) => run.excess,
      () => 0,
      python,
    );
    const others = runs.filter((run) => !run.measured).map(({ letter }) => letter);
    if (!others.length) return;
    const why = `of ${others.join(", ")}: none, the exact flow's velocity is not ${others.length > 1 ? "their" : "its"} answer`,
      note = this.root.querySelector(".excess .note");
    note.textContent = measured.length ? `${note.textContent}; ${why}` : why[0].toUpperCase() + why.slice(1);
  }

  chart(name, label, runs, until, points, floor, python) {
    const figure = this.root.querySelector(`.${name}`),
      [caption, box, note] = figure.children,
      references = runs.map((run) => python(run, name)).filter(Boolean),
      lines = runs.map((run) => ({ letter: run.letter, points: points(run), look: run.template.look })),
      width = Math.max(CHART.width, box.clientWidth),
      last = lines
        .filter((each) => each.points.length)
        .map(({ letter, points }) => `${letter} ${number(points.at(-1)[1])}`);
    caption.textContent = name === "loss" ? "Loss" : "Excess error E|v − v_exact|²";
    const drawn = liveChart({
      label: label.toLowerCase(),
      lines: [...unique(references), ...lines],
      floors: runs.map(floor).filter(Boolean),
      until,
      width,
      height: Math.min(CHART.high, Math.max(CHART.low, this.root.querySelector(".parts").clientHeight - CHART.around)),
    });
    box.replaceChildren(drawn ?? "");
    const said = [
      last.join(", "),
      runs.length && floorsInWords(runs, floor),
      references.length && "dotted: the Python runs, mean over seeds",
    ];
    note.textContent = said.filter(Boolean).join("; ");
  }
}

/** References of runs with the same settings are one. */
const unique = (references) => [...new Map(references.map((each) => [each.name, each])).values()];

function facts({ steps, epochs, perSecond, on, diverged, failed }) {
  const count = (n) => Math.round(n).toLocaleString("en"),
    rate = perSecond < 10 ? perSecond.toFixed(1) : count(perSecond);
  if (failed) return `Cannot train: ${failed}`;
  const doing = on ? `${rate} steps/s` : "at rest";
  return `step ${count(steps)}, epoch ${count(epochs)} · ${diverged ? "diverged" : doing}`;
}

/** The settings in which runs differ, or that they do not. */
function own({ settings }, names) {
  const found = names.filter((name) => name in settings);
  return found.length
    ? found.map((name) => `${FIELDS[name].title} ${written(name, settings[name])}`).join(", ")
    : "the same settings";
}

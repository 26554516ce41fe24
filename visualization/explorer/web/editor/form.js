// The editor's controls in the side bar. `does` holds what they do; `show` sets them to a state.

import { option } from "../controls.js";
import { command, fileName } from "./files.js";
import { MOST, SDS } from "./components.js";
import { editable, title } from "./parts.js";

const HTML = `<details id="own"><summary>Your own data</summary>
  <div class="segments sides" role="group" aria-label="What is edited">
    <button type="button" value="target">Data</button><button type="button" value="source">Source</button></div>
  <label class="row">Set <select class="sets"></select></label>
  <div class="segments modes" role="group" aria-label="What the pointer does on the stage">
    <button type="button" value="shape">Move</button><button type="button" value="draw">Draw</button></div>
  <p class="hint how"></p>
  <div class="drawn"><button type="button" data-do="use"></button><button type="button" data-do="clear">Clear</button></div>
  <div class="parts" role="group" aria-label="Components"></div>
  <div class="values"></div>
  <div class="steps"><button type="button" data-do="undo" title="Ctrl+Z">Undo</button><button type="button" data-do="redo" title="Ctrl+Shift+Z">Redo</button><button type="button" data-do="reset" title="Back to the data of the runs in this file">Reset</button></div>
  <p class="hint said" role="status"></p>
  <details class="files"><summary>Files</summary>
    <label>Paste points, one or two columns <textarea rows="3" spellcheck="false"></textarea></label>
    <div class="steps"><button type="button" data-do="paste">Use them</button><label class="file">Open a file<input type="file" accept=".csv,.tsv,.txt,.json"></label></div>
    <p class="hint">Or drop a file on the stage: points as CSV, or a mixture as JSON.</p>
    <p class="hint">In Python the same data are</p><code class="command"></code>
    <div class="steps"><button type="button" data-do="copy">Copy command</button><button type="button" data-do="download"></button><button type="button" data-do="downloadSource">Save source</button></div>
  </details>
</details>`;

/** name: [words, of 1D too, what of a component]. */
const VALUES = {
  w: ["Weight", true],
  x: ["Mean", true],
  y: ["Mean, up", false],
  a: ["Deviation", true],
  b: ["Across", false],
  turn: ["Turned, °", false],
};

export class Form {
  constructor(root, does, datasets) {
    Object.assign(this, { root, does, datasets });
    root.innerHTML = HTML;
    this.find = (part) => root.querySelector(part);
    for (const button of root.querySelectorAll("[data-do]"))
      button.addEventListener("click", () => does[button.dataset.do]());
    for (const [part, act] of [
      [".sides", "side"],
      [".modes", "mode"],
    ])
      for (const button of this.find(part).children) button.addEventListener("click", () => does[act](button.value));
    this.find(".sets").addEventListener("change", ({ target }) => does.begin(target.value));
    this.find("input[type=file]").addEventListener("change", ({ target }) => {
      if (target.files[0]) does.open(target.files[0]);
      target.value = "";
    });
    this.values();
  }

  /** A number for each value of a component, and a range for the weight. */
  values() {
    this.inputs = {};
    for (const [name, [words]] of Object.entries(VALUES)) {
      const label = document.createElement("label"),
        range = name === "w",
        input = Object.assign(document.createElement("input"), {
          type: range ? "range" : "number",
          step: range ? 0.01 : 0.1,
        });
      label.append(words, input);
      if (range) Object.assign(input, { min: 0.01, max: 0.99 });
      if (name === "turn") input.step = 5;
      if (range) label.insertBefore((this.share = document.createElement("b")), input);
      input.addEventListener(range ? "input" : "change", () => {
        if (input.value !== "" && Number.isFinite(Number(input.value)))
          this.does.value(name, Number(input.value), range);
      });
      if (range) input.addEventListener("change", () => this.does.settle());
      this.find(".values").append(label);
      this.inputs[name] = input;
    }
  }

  get pasted() {
    return this.find("textarea").value;
  }

  set pasted(text) {
    this.find("textarea").value = text;
  }

  say(words, bad = false) {
    this.find(".said").textContent = words;
    this.find(".said").classList.toggle("bad", bad);
  }

  /** state: {target, source}; now: {side, mode, chosen, drawn}; can(steps): of the history. */
  show({ dim, state, edited, now, can }) {
    const part = state[now.side],
      components = editable(part);
    this.pressed(".sides", now.side);
    this.pressed(".modes", now.mode);
    this.sets(dim, part, now.side);
    this.find("[value=shape]").disabled = !components;
    this.find(".how").textContent = how(dim, now, part, components);
    const drawing = now.mode === "draw";
    this.find(".drawn").hidden = !drawing;
    this.find("[data-do=use]").textContent = `Use ${now.drawn.length} point${now.drawn.length === 1 ? "" : "s"}`;
    this.find("[data-do=use]").disabled = now.drawn.length < 2;
    this.find("[data-do=clear]").disabled = !now.drawn.length;
    this.components(dim, now.mode === "shape" ? components : null, now.chosen);
    this.find("[data-do=undo]").disabled = !can(-1);
    this.find("[data-do=redo]").disabled = !can(1);
    this.find("[data-do=reset]").disabled = !edited;
    this.find(".command").textContent = command(state, dim);
    const [file, source] = [fileName(state.target, "target"), fileName(state.source, "source")];
    this.find("[data-do=download]").hidden = !file;
    this.find("[data-do=download]").textContent = file.endsWith(".csv") ? "Download CSV" : "Download mixture";
    this.find("[data-do=downloadSource]").hidden = !source;
  }

  pressed(group, value) {
    for (const button of this.find(group).children) button.setAttribute("aria-pressed", String(button.value === value));
  }

  sets(dim, part, side) {
    const own = part.kind === "mixture" || part.kind === "points",
      names = [...(side === "source" ? ["gaussian"] : []), ...Object.keys(this.datasets[dim])],
      key = `${dim} ${side} ${own}`;
    if (this.listed !== key) {
      this.find(".sets").replaceChildren(
        ...(own ? [option("own", "your own")] : []),
        ...names.map((name) => option(name, name === "gaussian" ? "N(0, I)" : title(name))),
      );
      this.listed = key;
    }
    this.find(".sets").value = own ? "own" : part.kind === "gaussian" ? "gaussian" : part.name;
  }

  /** A button for each component, one to add and one to remove, and the values of the chosen one. */
  components(dim, components, chosen) {
    this.find(".parts").hidden = this.find(".values").hidden = !components;
    if (!components) return;
    const button = (text, name, act, more = {}) => {
      const made = Object.assign(document.createElement("button"), { type: "button", textContent: text, ...more });
      made.setAttribute("aria-label", name);
      made.addEventListener("click", act);
      return made;
    };
    const focused = [...this.find(".parts").children].indexOf(document.activeElement),
      { does } = this;
    this.find(".parts").replaceChildren(
      ...components.map((_, k) => {
        const made = button(k + 1, `Component ${k + 1}`, () => does.choose(k));
        made.setAttribute("aria-pressed", String(k === chosen));
        return made;
      }),
      button("+", "Add a component", () => does.add(), { disabled: components.length >= MOST }),
      button("−", "Remove the component", () => does.remove(), { disabled: components.length < 2 }),
    );
    this.find(".parts").children[focused]?.focus();
    const { w, at, sds, turn } = components[chosen],
      total = components.reduce((sum, each) => sum + each.w, 0),
      values = { w: w / total, x: at[0], y: at[1], a: sds[0], b: sds[1], turn };
    for (const [name, input] of Object.entries(this.inputs)) {
      input.parentElement.hidden = dim === 1 && !VALUES[name][1];
      if (document.activeElement !== input || name !== "w") input.value = Number((values[name] ?? 0).toFixed(3));
    }
    this.inputs.w.disabled = components.length < 2;
    this.share.textContent = (w / total).toFixed(2);
    for (const name of ["a", "b"]) Object.assign(this.inputs[name], { min: SDS[0], max: SDS[1] });
  }
}

/** What to do on the stage, in a sentence. */
function how(dim, { mode, side }, part, components) {
  const what = side === "source" ? "the source" : "the data";
  if (mode === "draw")
    return dim === 1
      ? "Press or drag on the stage: each mark is one value."
      : "Press or drag on the stage: each mark is one point.";
  if (!components)
    return part.kind === "points"
      ? `Each point is a small Gaussian. Choose another set to move ${what}.`
      : `${part.law.weights.length} components are too many to move: at most ${MOST}.`;
  if (mode !== "shape") return `Move ${what} by handles, or draw points.`;
  return dim === 1
    ? "● up and down: mean; sideways: weight. ■ width. Keys on a panel: arrows, w W weight, [ ] which, Insert, Delete."
    : "● mean, ■ width and turn. Keys on a panel: arrows, w W weight, [ ] which, Insert, Delete.";
}

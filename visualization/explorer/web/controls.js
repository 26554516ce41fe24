// The controls: built from what the file holds, each with a name for screen readers.

import { COST } from "./models.js";
import { colors, glyph, LAYERS } from "./palette.js";
import { rove } from "./rove.js";
import { SOLVERS, SPEEDS, USUAL } from "./state.js";
import { evaluations } from "./text.js";

export const find = (id) => document.getElementById(id);

/** An entry of a list. */
export function option(value, text) {
  return Object.assign(document.createElement("option"), { value, textContent: text });
}

/** Give the reader a file. */
export function download(blob, name) {
  const href = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** Build all controls once. act: the functions of the page by name. */
export function build(worlds, state, act) {
  segmented(
    "dimension",
    [...worlds.keys()].map((dim) => [dim, `${dim}D`]),
    (dim) => act.choose({ dim: Number(dim) }),
  );
  segmented(
    "grab",
    [
      ["z", "noise z"],
      ["x", "data x"],
    ],
    (grab) => act.set({ grab }),
  );
  for (const [name, [title, , , why]] of Object.entries(LAYERS)) {
    const label = check("layers", name, title, (on) => act.layer(name, on));
    label.title = why;
    label.insertBefore(
      Object.assign(document.createElement("canvas"), { width: 40, height: 28, className: "glyph" }),
      label.lastChild,
    );
  }
  options("solver", Object.entries(SOLVERS), (solver) =>
    act.set({ solver, steps: solver === "own" ? 0 : state.steps || USUAL }),
  );
  options(
    "crowd",
    Object.keys(worlds.get(state.dim).content.crowds).map((n) => [n, n]),
    (n) => act.set({ crowd: Number(n) }),
  );
  for (const name of ["timeSpeed", "epochSpeed"])
    options(
      name,
      SPEEDS.map((v) => [v, `${v}×`]),
      (v) => act.set({ [name]: Number(v) }),
    );
  find("steps").addEventListener("input", (event) => act.set({ steps: Number(event.target.value) }));
  find("time").addEventListener("input", (event) => act.set({ time: Number(event.target.value) / 1000 }));
  find("epoch").addEventListener("input", (event) =>
    act.set({ epoch: worlds.get(state.dim).epochs[Number(event.target.value)] }),
  );
  for (const name of ["playTime", "playEpoch", "theme", "link"])
    find(name).addEventListener("click", () => act[name]());
  find("all").addEventListener("click", () => act.choose({ models: [...worlds.get(state.dim).models.keys()] }));
  find("flows").addEventListener("click", () =>
    act.choose({ models: [...worlds.get(state.dim).models.values()].filter((m) => m.isFlow).map((m) => m.name) }),
  );
}

function segmented(id, choices, choose) {
  for (const [value, text] of choices) {
    const button = Object.assign(document.createElement("button"), { type: "button", value, textContent: text });
    button.addEventListener("click", () => choose(value));
    find(id).append(button);
  }
}

function options(id, choices, choose) {
  for (const [value, text] of choices)
    find(id).append(option(value, text));
  find(id).addEventListener("change", (event) => choose(event.target.value));
}

function check(id, value, text, change) {
  const label = document.createElement("label"),
    input = Object.assign(document.createElement("input"), { type: "checkbox", value });
  input.addEventListener("change", () => change(input.checked));
  label.append(input, Object.assign(document.createElement("span"), { textContent: text }));
  find(id).append(label);
  return label;
}

/** List the models of a dimension, and name its data. */
export function listModels(world, act) {
  Object.assign(find("dataset"), { textContent: world.content.dataset, title: world.content.units });
  find("models").replaceChildren();
  for (const { entry } of world.models.values())
    check("models", entry.name, entry.title, (on) => act.model(entry.name, on));
}

/** Set every control to the state. */
export function show(state, world, playing) {
  for (const [id, value] of [
    ["dimension", state.dim],
    ["grab", state.grab],
  ])
    for (const button of find(id).children) button.setAttribute("aria-pressed", String(button.value === String(value)));
  find("panels").dataset.grab = state.grab;
  for (const input of find("models").querySelectorAll("input")) input.checked = state.models.includes(input.value);
  for (const input of find("layers").querySelectorAll("input")) input.checked = state.layers.has(input.value);
  for (const list of document.querySelectorAll("#models, #layers"))
    if (!list.contains(document.activeElement)) rove(list);
  for (const id of ["solver", "steps", "crowd", "timeSpeed", "epochSpeed"]) find(id).value = state[id];
  find("stepsValue").textContent = stepsInWords(state);
  find("steps").setAttribute("aria-valuetext", stepsInWords(state));
  find("time").value = Math.round(1000 * state.time);
  find("timeValue").textContent = state.time.toFixed(2);
  find("epoch").max = world.epochs.length - 1;
  find("epoch").value = world.epochs.indexOf(state.epoch);
  find("epoch").setAttribute("aria-valuetext", `epoch ${state.epoch}`);
  find("epochValue").textContent = state.epoch;
  for (const [id, on, what] of [
    ["playTime", playing.time, "flow time"],
    ["playEpoch", playing.epoch, "training"],
  ]) {
    find(id).textContent = on ? "❚❚" : "▶";
    find(id).setAttribute("aria-label", `${on ? "Pause" : "Play"} ${what}`);
    find(id).setAttribute("aria-pressed", String(on));
  }
}

/** The number of steps as what it costs: network evaluations. */
function stepsInWords({ solver, steps }) {
  if (!steps) return "each model's own";
  const each = COST[solver] ?? 1;
  return each > 1 ? `${steps} = ${evaluations(steps * each)}` : evaluations(steps);
}

/** The list of layers is also the legend, colour and shape of each; the style sheet gets the colours, too. */
export function glyphs() {
  const c = colors(),
    canvases = document.querySelectorAll("#layers canvas");
  for (const [name, color] of Object.entries(c)) document.documentElement.style.setProperty(`--${name}`, color);
  Object.values(LAYERS).forEach(([, color, shape], i) => {
    const g = canvases[i].getContext("2d");
    g.setTransform(2, 0, 0, 2, 0, 0);
    g.clearRect(0, 0, 20, 14);
    glyph(g, color, shape, c);
  });
}

// What a run can be set to: the names of its settings, what they may be, and their form in an address.

import { LIVE } from "../live/index.js";
import { DEFAULTS } from "../live/trainer.js";
import { isStandard } from "../mixture.js";

export const LETTERS = "ABCD"; // of the runs: there are at most so many

/** name: {title, why, and either choices {value: text} or a range with usual values}. The order is that of the form. */
export const FIELDS = {
  lr: {
    title: "Learning rate",
    why: "How far a step of the optimiser Adam moves the weights.",
    range: [1e-6, 1],
    usual: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
  },
  batch: {
    title: "Batch (points per step)",
    why: "How many training points one step learns from: more make it steadier, and slower.",
    range: [1, 1024],
    whole: true,
    usual: [8, 16, 32, 64, 128, 256],
  },
  hidden: {
    title: "Hidden layers (neurons)",
    why: "The width of each hidden layer of the network, from its input to its output.",
    layers: true,
    usual: ["8", "16-16", "32-32", "32-64-32", "64-64-64", "128-128"],
  },
  activation: {
    title: "Activation",
    why: "The function behind each hidden layer.",
    choices: { silu: "SiLU", selu: "SELU", tanh: "tanh", relu: "ReLU" },
  },
  target: {
    title: "Target",
    why: "What a pair of data and noise stands for: the mean of all that pass through its state, or itself.",
    choices: { marginal: "mean over points", conditional: "single pairs", exact: "mean over the law" },
  },
  coupling: {
    title: "Coupling",
    why: "Which noise belongs to which data: any, or those pairs of a batch that are nearest in all.",
    choices: { independent: "independent", ot: "optimal in a batch" },
  },
  p: {
    title: "Residual power p",
    why: "Each sample's error is weighted by 1 / error to the power p: 0 weights all alike, 1 large errors least.",
    range: [0, 2],
    usual: [0, 0.25, 0.5, 0.75, 1],
  },
  beta: {
    title: "β, weight of the KL",
    why: "A heavier KL makes latents more like the noise, and reconstructions worse.",
    range: [0, 1000],
    usual: [0, 0.1, 0.5, 1, 2, 4, 10, 30],
  },
  gamma: {
    title: "γ, gradient penalty",
    why: "How much the critic is kept from being steep, which keeps the two networks' contest from swinging.",
    range: [0, 100],
    usual: [0, 0.1, 0.5, 1, 2, 5],
  },
  bandwidth: {
    title: "Bandwidth of the kernel",
    why: "How far away data attract a sample; a second kernel is four times as wide.",
    range: [0.01, 10],
    usual: [0.1, 0.2, 0.4, 0.8, 1.6],
  },
  gap: {
    title: "Gap (time)",
    why: "How much later on its path the point is that a state learns from.",
    range: [1e-4, 0.5],
    usual: [0.001, 0.005, 0.01, 0.02, 0.05, 0.1],
  },
  prediction: {
    title: "Network predicts",
    why: "The noise ε, or the velocity v of diffusion's path, a ε - b x.",
    choices: { eps: "ε", v: "v" },
  },
  points: {
    title: "Training points",
    why: "The first ones of the stage; what there are more are drawn from the law.",
    range: [2, 4096],
    whole: true,
    usual: [10, 20, 50, 100, 200, 500, 1000, 2000],
  },
  seed: {
    title: "Seed",
    why: "Decides the first weights and all chance: the same seed trains to the same numbers in the same browser.",
    range: [0, 2 ** 31 - 1],
    whole: true,
  },
};

const SHARED = ["lr", "batch", "hidden", "activation", "p", "points", "seed"];
const USUAL = { ...DEFAULTS, hidden: DEFAULTS.hidden.join("-"), points: 500 };

/** What a model can be set to in a world, in the order of the form: {name: choices or null}. */
export function fieldsOf(model, world, coupling) {
  const { targets, couplings, settings } = LIVE[model],
    paired = coupling === "ot" || !isStandard(world.content.source), // then the means are unknown
    lists = { target: paired ? ["conditional"] : targets, coupling: couplings },
    shown = [...SHARED, ...["target", "coupling"].filter((name) => LIVE[model][`${name}s`].length > 1)];
  const names = new Set([...shown, ...Object.keys(settings)]);
  return Object.fromEntries(
    Object.keys(FIELDS)
      .filter((name) => names.has(name))
      .map((name) => [name, lists[name] ?? Object.keys(FIELDS[name].choices ?? {})]),
  );
}

/** Whether a model can train in a world at all. */
export function trains(entry, world) {
  if (!entry?.live || !(entry.name in LIVE)) return false;
  return isStandard(world.content.source) || entry.live.kind === "flow";
}

/** Settings with all that a model has and nothing else, each within its range; what is invalid is the default. */
export function complete({ model, ...given }, world) {
  const { targets, couplings, settings } = LIVE[model],
    usual = { ...USUAL, target: targets[0], coupling: couplings[0], ...settings },
    whole = { model };
  for (const name of ["coupling", ...Object.keys(FIELDS)]) {
    const choices = fieldsOf(model, world, whole.coupling)[name];
    if (!choices) continue;
    const value = valid(FIELDS[name], given[name]) ?? usual[name],
      allowed = choices.length ? choices : [value];
    whole[name] = [value, usual[name], allowed[0]].find((each) => allowed.includes(each));
  }
  return whole;
}

/** A value as a field takes it, within its range; null if it is none. */
function valid({ range, whole, layers }, value) {
  if (value === undefined || value === "") return null;
  if (layers) return neurons(String(value)) && String(value);
  if (!range) return String(value);
  const number = Number(value);
  if (!Number.isFinite(number)) return null;
  const inside = Math.max(range[0], Math.min(range[1], number));
  return whole ? Math.round(inside) : inside;
}

/** "32-64-32" as numbers; null if a layer is not from 1 to 256 wide, or there are more than five. */
export function neurons(text) {
  const layers = text.split("-").map(Number);
  return layers.length < 6 && layers.every((n) => Number.isInteger(n) && n > 0 && n <= 256) ? layers : null;
}

/** Which noise belongs to which data, of a model that leaves no choice, too. */
export function couplingOf({ model, coupling }) {
  return coupling ?? LIVE[model].couplings[0];
}

/** A setting in words. */
export function written(name, value) {
  return FIELDS[name].choices?.[value] ?? String(value);
}

/** In which settings runs differ, of those that have them: names. */
export function differences(all) {
  const values = (name) => new Set(all.filter((settings) => name in settings).map((settings) => settings[name]));
  return Object.keys(FIELDS).filter((name) => values(name).size > 1);
}

/** Runs for an address: model and what is not usual, as in fm,lr=0.003,seed=1;meanflow. */
export function write(all, world) {
  const one = (settings) => {
    const usual = complete({ model: settings.model }, world),
      own = Object.entries(settings).filter(([name, value]) => value !== usual[name]);
    return [settings.model, ...own.map((pair) => pair.join("="))].join(",");
  };
  return all.map(one).join(";");
}

/** Settings out of an address; what is invalid is left out. can(model): whether it trains here. */
export function read(text, world, can) {
  return text
    .split(";")
    .map((each) => each.split(","))
    .filter(([model]) => Object.hasOwn(LIVE, model) && can(model))
    .slice(0, LETTERS.length)
    .map(([model, ...rest]) => complete({ model, ...Object.fromEntries(rest.map((pair) => pair.split("="))) }, world));
}

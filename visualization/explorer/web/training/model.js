// A model on the stage whose weights come from a run in this page.

import { LIVE } from "../live/index.js";
import { Model } from "../models.js";
import { couplingOf, neurons } from "./settings.js";

/** template: what the file says of the model; run: {name, letter, settings, steps, epochs, world}. */
export class LiveModel extends Model {
  constructor(template, dim, run, weights) {
    super(liveEntry(template, dim, run), dim, run.world.content.source);
    Object.assign(this, { run, live: true });
    this.take(weights);
  }

  /** There are no epochs to choose from: the weights are those of now. */
  use() {
    this.k = 0;
  }

  /** New weights, as the last ones of an entry are laid out. */
  take(weights) {
    this.weights = weights;
    this.nets = this.networks(weights);
    this.at = [this.run.steps, this.run.epochs]; // what is shown, which may be behind the run
    const { entry, run } = this;
    entry.trouble = run.diverged
      ? `the loss became NaN or infinite in epoch ${run.epochs + 1}; try a smaller learning rate`
      : "";
  }

  /** How far it is trained stands next to its sampler. */
  words(solver, steps) {
    const [step, epoch] = this.at.map((n) => n.toLocaleString("en"));
    return `step ${step}, epoch ${epoch} · ${super.words(solver, steps)}`;
  }
}

/** The entry of a live model: its template's, but with its own networks and no numbers of the Python runs. */
function liveEntry(template, dim, { name, letter, settings }) {
  const { activation, hidden, prediction } = settings;
  return {
    ...template,
    name,
    title: `Run ${letter} · ${titled(template, settings)}`,
    live: { ...template.live, activation, ...(prediction && { predicts: prediction }) },
    nets: new LIVE[settings.model]({ dim, ...settings }).networks(neurons(hidden)),
    exact: answerOf(template, dim, settings),
    pairs: pairsOf(template, settings),
    target: settings.target ?? template.target,
    seeds: 1,
    trouble: "",
    epochs: [0],
    sliced_w2: [[null, null]],
    measures: {},
    final: "",
    shots: "",
  };
}

/** A title that tells a setting tells that of the run. */
export function titled({ title, training }, settings) {
  return "beta" in settings ? title.replace(`β = ${training.beta}`, `β = ${settings.beta}`) : title;
}

/** Whose answer is a model's own: optimal pairs lead to optimal transport, of which there is a formula in 1D. */
export function answerOf(template, dim, settings) {
  if (couplingOf(settings) === "ot") return dim === 1 ? "transport" : null;
  return LIVE[settings.model].couplings.includes("ot") ? "flow" : template.exact;
}

/** Pairs of chance can be drawn; others are made while it trains. */
function pairsOf(template, settings) {
  const plain = couplingOf(settings) === "independent" && !LIVE[settings.model].taught;
  return plain && template.live.kind !== "encoder" ? "chance" : null;
}

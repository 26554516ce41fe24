// One training step of a model, from the weights on the stage, computed by the code that trains in the page.

import { transposed } from "../live/arrays.js";
import { LIVE, note, whyNot } from "../live/index.js";
import { Random } from "../live/random.js";
import { noise } from "../live/sources.js";
import { Trainer } from "../live/trainer.js";
import { LATEST, overPoints } from "../mean/posterior.js";

const OTHER = { sigma: 0, kernel: "gaussian", attraction: "data" }; // with other values the page's losses differ

/** The name of a model's loss: that of a live run is its model's. */
export const lossOf = (model) => model.run?.settings.model ?? model.name;

/** Why a model's step cannot be shown, as a sentence that goes on after its title; "" if it can. */
export function refusal(model) {
  const why = whyNot(lossOf(model)),
    { training = {} } = model.entry;
  if (why) return `: ${why}`;
  if (!model.rules) return " is recorded in this file: its network does not run here.";
  const other = Object.keys(OTHER).find((name) => name in training && training[name] !== OTHER[name]);
  return other ? ` was trained with ${other} = ${training[other]}, which the losses of this page do not have.` : "";
}

export class Step {
  constructor(model, world) {
    const { run, entry } = model,
      own = run?.settings ?? entry.training,
      { target: law, source } = world.content;
    Object.assign(this, { model, world, loss: LIVE[lossOf(model)] });
    this.trainer = new Trainer({
      ...own,
      model: lossOf(model),
      dim: world.dim,
      hidden: String(own.hidden).split("-").map(Number),
      points: run?.points ?? world.data,
      law,
      source,
    });
  }

  get settings() {
    return this.trainer.settings;
  }

  /** Samples of a batch: as many as it trains with, if there are so many points. */
  get size() {
    return Math.min(this.settings.batch, this.trainer.n);
  }

  get note() {
    return note(lossOf(this.model));
  }

  /** The weights on the stage; Adam has no memory of earlier gradients, because no file keeps it. */
  begin() {
    this.trainer.adam.begin(this.model ? flat(this.model.nets, Object.keys(this.trainer.sizes)) : []);
  }

  /** A batch of a seed; its first sample may be changed: {number, z (D), times}. */
  batch(seed, own = {}) {
    const { trainer, size: m } = this,
      { dim, source } = this.settings,
      random = new Random(seed),
      numbers = [...random.permutation(trainer.n).subarray(0, m)],
      z = transposed(noise(source, m, dim, random), dim),
      times = trainer.model.times(m, random);
    if (own.number !== undefined) numbers[0] = own.number;
    if (own.z) z.set(own.z);
    own.times?.forEach((t, k) => (times[k][0] = t));
    return { numbers, z, times };
  }

  /** All that happens to the batch's first sample, by name. alone: the weights move for this sample alone. */
  facts({ numbers, z, times }, alone) {
    const { trainer, world } = this,
      { dim } = world,
      m = numbers.length,
      parts = trainer.parts(numbers, z, times),
      row = (table, n = m) => [...table.subarray(0, table.length / n)],
      [x, e] = (this.settings.target === "conditional" ? parts.pair : parts.drawn).map((table) => row(table)),
      f = { x, z: e, number: numbers[0], m, dim, alone, times: times.map((t) => t[0]), settings: this.settings };
    const { drawn: _, pair: __, times: ___, ...terms } = parts;
    for (const [name, table] of Object.entries(terms)) f[name] = row(table);
    if (alone) {
      const one = trainer.parts(
        numbers.slice(0, 1),
        Float32Array.from(e),
        times.map((t) => t.subarray(0, 1)),
      );
      for (const name of ["after", "errorAfter"]) f[name] = row(one[name], 1);
    }
    Object.assign(f, { model: trainer.model, beta: trainer.model.beta, meanX: mean(world.data, dim) });
    return Object.assign(f, this.between(f));
  }

  /** Of models with a time: where the state is on the stage, the pair's velocity, and means of all that pass there. */
  between(f) {
    const { loss, world } = this;
    if (!f.times.length) return {};
    const [t] = f.times,
      sign = loss.dataTime - loss.noiseTime,
      s = loss.progress(t),
      point = f.state.map((value) => value / loss.stretch(t)),
      own = { s, sign, point, conditional: f.x.map((value, d) => sign * (value - f.z[d])) };
    if (loss.taught || f.settings.coupling === "ot") return own;
    own.exact = [...world.exact.velocity(point, 1, s)].map((v) => sign * v);
    if (s > LATEST) return own;
    const { members, mean } = overPoints(world, point, s);
    return { ...own, members, mean: mean.map((v) => sign * v) };
  }
}

function mean(table, dim) {
  return Array.from({ length: dim }, (_, d) => {
    let sum = 0;
    for (let k = d; k < table.length; k += dim) sum += table[k];
    return (sum * dim) / table.length;
  });
}

/** The networks of nets.js as one vector, in the order of a run's file. */
function flat(nets, names) {
  return names.flatMap((name) => {
    const { layers } = nets[name],
      weights = layers.flatMap(({ fanIn, fanOut, weight }) =>
        Array.from({ length: fanIn * fanOut }, (_, k) => weight[(k % fanOut) * fanIn + Math.floor(k / fanOut)]),
      );
    return [...weights, ...layers.flatMap(({ bias }) => [...bias])];
  });
}

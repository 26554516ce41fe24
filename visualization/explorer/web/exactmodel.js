// The exact flow as a model: it can be shown next to the others, and before anything is trained.

import { evaluations } from "./text.js";
import { COST, Model } from "./models.js";

const ENTRY = {
  name: "exact",
  title: "Exact flow",
  look: { light: "#000000", dark: "#ffffff", mark: [], open: false, dash: "" },
  exact: "flow",
  islands: false,
  pairs: "chance",
  target: null,
  training: {},
  seeds: 1,
  trouble: "",
  last: 1,
  epochs: [0],
  sliced_w2: [[null, null]],
  measures: {},
  quality: { own: [], ode: [], floor: null },
  losses: { floor: null, curve: [] },
  live: { kind: "flow", noise_time: 0, data_time: 1, sampler: "ODE", inverts: true },
  nets: {},
};

export class ExactModel extends Model {
  constructor(dim) {
    super(ENTRY, dim);
  }

  /** It is never trained: it has one state. */
  use() {
    this.k = 0;
  }

  /** The flow that it is. */
  follow(flow, source) {
    Object.assign(this, { flow, source });
    this.entry = { ...ENTRY, own_steps: flow.steps };
    this.last = null;
  }

  velocity(x, n, t) {
    return this.flow.velocity(x, n, t);
  }

  /** Its average velocity is known, too: a jump lands where the path does. */
  jump(x, n, t, r) {
    const steps = Math.max(1, Math.ceil(this.flow.steps * Math.abs(r - t)));
    return this.flow.path(x, n, false, steps, [t, r]).at(-1);
  }

  /** The ends of the paths that were computed last are known already. */
  decode(z, n) {
    return this.last?.z === z ? this.last.end : this.flow.map(z, n);
  }

  encode(x, n) {
    return this.flow.map(x, n, true);
  }

  /** Where it takes noise by consistency steps, with the fresh noise of a model that returns to no later progress. */
  renoised(z, n, steps, renoise_until) {
    const sampler = { rules: { ...ENTRY.live, sampler: "renoising", renoise_until } };
    return super.path.call(Object.assign(Object.create(this), sampler), z, n, "own", steps).at(-1);
  }

  words(solver, steps) {
    if (solver !== "own") return `${super.words(solver, steps)}, no network`;
    return `Runge-Kutta 4, ${evaluations(steps * COST.rk4)} of the formula`;
  }

  path(z, n, solver, steps, backward = false, first = 0) {
    if (solver !== "own") return super.path(z, n, solver, steps, backward, first);
    const path = this.flow.path(z, n, backward, steps);
    if (!backward) this.last = { z, end: path.at(-1) };
    return path;
  }
}

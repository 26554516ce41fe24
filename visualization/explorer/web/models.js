// What each model does with its network; mirrors models/*.py and models/sampling.py. Points x are flat (n, D).

import { chosen, components, standard } from "./mixture.js";
import { bytes, floats, forward, halves, unpack } from "./nets.js";
import { evaluations } from "./text.js";

const STEP = {
  euler: (v, x, t, h) => plus(x, h, v(x, t)),
  heun(v, x, t, h) {
    const k1 = v(x, t);
    return plus(plus(x, h / 2, k1), h / 2, v(plus(x, h, k1), t + h));
  },
  rk4(v, x, t, h) {
    const k1 = v(x, t),
      k2 = v(plus(x, h / 2, k1), t + h / 2),
      k3 = v(plus(x, h / 2, k2), t + h / 2);
    const k4 = v(plus(x, h, k3), t + h);
    return x.map((value, i) => value + (h / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]));
  },
};

export const COST = { euler: 1, heun: 2, rk4: 4, jumps: 1, renoising: 1 }; // network evaluations of a step
const WALKS = { euler: "Euler", heun: "Heun", rk4: "Runge-Kutta 4", jumps: "jumps", renoising: "consistency steps" };

export function plus(x, h, v) {
  const y = new Float64Array(x.length);
  for (let i = 0; i < y.length; i++) y[i] = x[i] + h * v[i];
  return y;
}

/** A model that runs here. entry: what payload.py wrote about it; source: what it begins in. `use(k)` chooses the epoch. */
export class Model {
  constructor(entry, dim, source = standard(dim)) {
    Object.assign(this, { entry, dim, source, name: entry.name, rules: entry.live });
    this.kind = entry.live?.kind ?? "recorded";
    this.exact = entry.exact === "flow"; // whether the exact flow is its own answer
    this.isFlow = this.kind === "flow" || Boolean(entry.path);
    this.encodes = this.kind === "encoder" || this.kind === "flow";
    this.loaded = new Map();
    if (this.rules) this.use(entry.epochs.length - 1);
    else this.k = entry.epochs.length - 1;
  }

  /** Take the weights of snapshot k; the last one is in full precision, the others in half. */
  use(k) {
    this.k = k;
    if (!this.rules) return;
    if (!this.loaded.has(k)) this.loaded.set(k, this.networks(this.vector(k)));
    this.nets = this.loaded.get(k);
  }

  vector(k) {
    const { epochs, final, shots } = this.entry;
    if (k === epochs.length - 1) return floats(final);
    this.shots ??= new Uint16Array(bytes(shots).buffer);
    return halves(this.shots, epochs.length, k);
  }

  networks(vector) {
    const nets = {};
    let start = 0;
    for (const [name, sizes] of Object.entries(this.entry.nets)) {
      nets[name] = { ...unpack(vector, start, sizes), activation: this.rules.activation };
      start = nets[name].end;
    }
    return nets;
  }

  /** The flow's network at (x, t) or (x, t, gap (t - r)). */
  u(x, n, t, r) {
    const { dim } = this,
      width = dim + (this.rules.gap ? 2 : 1);
    const h = new Float64Array(n * width);
    for (let p = 0; p < n; p++) {
      for (let d = 0; d < dim; d++) h[p * width + d] = x[p * dim + d];
      h[p * width + dim] = t;
      if (this.rules.gap) h[p * width + dim + 1] = this.rules.gap * (t - r);
    }
    return forward(this.nets.net, h, n);
  }

  velocity(x, n, t) {
    return this.rules.predicts ? this.denoised(x, n, t) : this.u(x, n, t, t);
  }

  /** The velocity x - ε of a diffusion model; mirrors Diffusion.velocity. */
  denoised(x, n, t) {
    const { predicts, first } = this.rules,
      s = (2 / Math.PI) * Math.atan2(t, 1 - t),
      at = predicts === "eps" ? Math.max(s, first) : s;
    const [a, b] = [Math.sin((Math.PI / 2) * at), Math.cos((Math.PI / 2) * at)],
      state = x.map((value) => (a + b) * value),
      found = this.u(state, n, at);
    if (predicts === "eps") return state.map((value, i) => (value - (a + b) * found[i]) / a);
    return state.map((value, i) => (a - b) * value - (a + b) * found[i]);
  }

  /** dx / ds in progress s from noise (0) to data (1). */
  drift(x, n, s) {
    const { noise_time: a, data_time: b } = this.rules;
    return this.velocity(x, n, a + s * (b - a)).map((v) => v * (b - a));
  }

  /** Flow matching has no average velocity: its one step is an Euler step. */
  jump(x, n, t, r) {
    return plus(x, r - t, this.rules.gap ? this.u(x, n, t, r) : this.velocity(x, n, t));
  }

  /** A generator's network is its whole map; or, with `time`, what it adds to the noise of that time. */
  decode(z, n) {
    const { net = "g", time } = this.rules;
    if (this.kind !== "flow") return time === undefined ? forward(this.nets[net], z, n) : plus(z, 1, this.u(z, n, time));
    return this.jump(z, n, this.rules.noise_time, this.rules.data_time);
  }

  /** ẑ of x; for a VAE, the posterior's mean. */
  encode(x, n) {
    if (this.kind === "flow") return this.jump(x, n, this.rules.data_time, this.rules.noise_time);
    const h = forward(this.nets.f, x, n),
      { dim } = this,
      width = h.length / n;
    return Float64Array.from({ length: n * dim }, (_, i) => h[Math.floor(i / dim) * width + (i % dim)]);
  }

  /** What a flow's walk is made of; a model without jumps to the noise goes back by its ODE. */
  walk(solver, backward = false) {
    if (solver !== "own") return solver;
    const { sampler, inverts } = this.rules;
    return sampler === "ODE" || (backward && !inverts) ? "euler" : sampler;
  }

  /** Whether a walk draws noise on its way, so that a point of noise has no one place where it ends. */
  isRandom(solver, steps) {
    return this.kind === "flow" && steps > 1 && this.walk(solver) === "renoising";
  }

  /** A sampler in words, with its network evaluations: a step may take several. */
  words(solver, steps) {
    if (this.kind !== "flow") return evaluations(this.entry.own_steps);
    const walk = this.walk(solver),
      noise = this.isRandom(solver, steps) ? " with fresh noise of this page" : "";
    return `${WALKS[walk]}${noise}, ${evaluations(steps * COST[walk])}`;
  }

  /** The way from noise to data (or back) as steps + 1 states; first: the place of z's first point in its crowd. */
  path(z, n, solver, steps, backward = false, first = 0) {
    if (this.kind !== "flow") return [z, backward ? this.encode(z, n) : this.decode(z, n)];
    const { noise_time, data_time } = this.rules;
    const [from, to] = backward ? [data_time, noise_time] : [noise_time, data_time],
      h = (to - from) / steps,
      at = (i) => from + i * h,
      walk = this.walk(solver, backward),
      late = this.rules.renoise_until / steps; // consistency steps return to no later progress than this much per step
    const step = {
      jumps: (x, i) => this.jump(x, n, at(i), at(i + 1)),
      renoising: (x, i) => {
        const end = this.jump(x, n, from + (to - from) * late * i, to);
        return i + 1 < steps ? this.renoise(end, n, late * (i + 1), first, i) : end;
      },
    };
    const solve = (x, i) => STEP[walk]((y, t) => this.velocity(y, n, t), x, at(i), h),
      path = [z];
    for (let i = 0; i < steps; i++) path.push((step[walk] ?? solve)(path[i], i));
    return path;
  }

  /** Data x mixed with fresh noise to progress s. */
  renoise(x, n, s, first, i) {
    const noise = fresh(first, n, this, i);
    return x.map((value, k) => s * value + (1 - s) * noise[k]);
  }

  generate(z, n) {
    return this.path(z, n, "own", this.entry.own_steps).at(-1);
  }
}

/** Draws of the source for the particles from `first` on, at step i: the same whenever and with whomever it is drawn. */
function fresh(first, n, { dim, source }, i) {
  const noise = new Float64Array(n * dim),
    parts = components(source);
  for (let p = 0; p < n; p++) {
    const random = uniform(4096 * (i + 1) + first + p),
      radius = Math.sqrt(-2 * Math.log(1 - random())),
      angle = 2 * Math.PI * random(),
      { mean, root } = chosen(parts, random()),
      [u, v] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    noise[p * dim] = mean[0] + root[0] * u;
    if (dim === 2) noise[p * dim + 1] = mean[1] + root[1] * u + root[2] * v;
  }
  return noise;
}

/** Random numbers from 0 to 1 by mulberry32. */
function uniform(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Sliced W2 of points x (n, D) to exact quantiles (P, n) along P directions: in 1D there is only one. */
export function slicedW2(x, n, dim, quantiles) {
  const directions = quantiles.length / n,
    projected = new Float64Array(n);
  let sum = 0;
  for (let d = 0; d < directions; d++) {
    const angle = (Math.PI * d) / directions,
      [c, s] = [Math.cos(angle), Math.sin(angle)];
    for (let p = 0; p < n; p++) projected[p] = dim === 1 ? x[p] : c * x[2 * p] + s * x[2 * p + 1];
    projected.sort();
    for (let p = 0; p < n; p++) sum += (projected[p] - quantiles[d * n + p]) ** 2;
  }
  return Math.sqrt(sum / quantiles.length);
}

// What each model does with its network; mirrors models/*.py and models/sampling.py. Points x are flat (n, D).

import { bytes, floats, forward, halves, unpack } from "./nets.js";

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

export function plus(x, h, v) {
  const y = new Float64Array(x.length);
  for (let i = 0; i < y.length; i++) y[i] = x[i] + h * v[i];
  return y;
}

/** A model that runs here. entry: what payload.py wrote about it. `use(k)` chooses the epoch. */
export class Model {
  constructor(entry, dim) {
    Object.assign(this, { entry, dim, name: entry.name, rules: entry.live, kind: entry.live?.kind ?? "recorded" });
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
      nets[name] = unpack(vector, start, sizes);
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
    return this.u(x, n, t, t);
  }

  /** dx / ds in progress s from noise (0) to data (1). */
  drift(x, n, s) {
    const { noise_time: a, data_time: b } = this.rules;
    return this.velocity(x, n, a + s * (b - a)).map((v) => v * (b - a));
  }

  /** Flow matching has no average velocity: its one step is an Euler step. */
  jump(x, n, t, r) {
    return plus(x, r - t, this.u(x, n, t, this.rules.gap ? r : t));
  }

  decode(z, n) {
    if (this.kind !== "flow") return forward(this.nets.g, z, n);
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

  /** The way from noise to data (or back) as steps + 1 states. */
  path(z, n, solver, steps, backward = false) {
    if (this.kind !== "flow") return [z, backward ? this.encode(z, n) : this.decode(z, n)];
    const { noise_time, data_time, own, encodes } = this.rules;
    const [from, to] = backward ? [data_time, noise_time] : [noise_time, data_time],
      h = (to - from) / steps;
    const jumps =
      solver === "own" && (own === "jumps" || (own === "jump, then ode" && steps === 1)) && (!backward || encodes);
    const step = STEP[solver === "own" ? "euler" : solver],
      path = [z];
    for (let i = 0; i < steps; i++) {
      const t = from + i * h,
        x = path[i];
      path.push(jumps ? this.jump(x, n, t, from + (i + 1) * h) : step((y, at) => this.velocity(y, n, at), x, t, h));
    }
    return path;
  }

  generate(z, n) {
    return this.path(z, n, "own", this.entry.own_steps).at(-1);
  }
}

/** W2 of points x (n, D) to exact quantiles (P, n) along P directions: in 1D itself, in 2D sliced. */
export function w2(x, n, dim, quantiles) {
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

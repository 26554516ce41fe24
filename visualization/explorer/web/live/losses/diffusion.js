// Denoising diffusion, Ho et al. 2006.11239, with the cosine schedule: mirrors models/diffusion.py.

import { join, map } from "../arrays.js";
import { Flow } from "../base.js";

const [a, b] = [Math.sin, Math.cos].map((f) => (s) => f((Math.PI / 2) * s)); // of data and noise at progress s
const FIRST = 0.05; // the earliest s at which ε_θ is asked: velocity divides its error by a

/** ε_θ(x_s, s) is E[ε | x_s], x_s = a x + b ε; v-prediction learns E[a ε - b x | x_s] instead. */
export class Diffusion extends Flow {
  static settings = { prediction: "eps" };

  static progress(s) {
    return a(s) / (a(s) + b(s));
  }

  static timeAt(t) {
    return (2 / Math.PI) * Math.atan2(t, 1 - t);
  }

  static stretch(s) {
    return a(s) + b(s);
  }

  noiseLevel(s) {
    return map((s) => b(s) / (a(s) + b(s)), s);
  }

  loss(x, eps, s) {
    const v = map((x, eps, s) => a(s) * eps - b(s) * x, x, eps, s),
      x_s = map((x, eps, s) => a(s) * x + b(s) * eps, x, eps, s),
      target = this.prediction === "eps" ? eps : v;
    return this.regression(this.net, this.net.forward(join(x_s, s)), target, { state: x_s });
  }

  /** E[x - ε] in flow matching's state and time. */
  velocity(x, t) {
    const noise = this.prediction === "eps",
      at = map((t) => Math.max(Diffusion.timeAt(t), noise ? FIRST : 0), t),
      x_s = map((x, s) => (a(s) + b(s)) * x, x, at),
      found = this.net.value(join(x_s, at));
    if (noise) return map((x, s, eps) => (x - (a(s) + b(s)) * eps) / a(s), x_s, at, found);
    return map((x, s, v) => (a(s) - b(s)) * x - (a(s) + b(s)) * v, x_s, at, found);
  }
}

// Consistency training, Song et al. 2303.01469: mirrors models/consistency.py. From noise (t = 0) to data (t = 1).

import { join, map } from "../arrays.js";
import { Model } from "../base.js";

/** f(x_t, t) = x_t + (1 - t) net(x_t, t) answers what f(x_r, r) answers at r = t + gap on the same line. */
export class Consistency extends Model {
  static targets = ["marginal", "conditional", "exact"];
  static settings = { gap: 0.01 };

  networks(hidden) {
    return { net: [this.dim + 1, ...hidden, this.dim] };
  }

  times(n, random) {
    return [random.uniform(n)];
  }

  noiseLevel(t) {
    return map((t) => 1 - t, t);
  }

  loss(x, z, t) {
    const between = (t) => map((x, z, t) => t * x + (1 - t) * z, x, z, t),
      f = (x, t, net) => map((x, t, net) => x + (1 - t) * net, x, t, net),
      r = map((t) => Math.min(t + this.gap, 1), t),
      [x_t, x_r] = [between(t), between(r)],
      later = f(x_r, r, this.net.value(join(x_r, r))),
      found = this.regression(this.net, f(x_t, t, this.net.forward(join(x_t, t))), later, { state: x_t, later: x_r });
    const backward = (share) =>
      this.net.backward(map((g, t, s) => 2 * (1 - t) * g * s, found.parts.residual, t, share));
    return { ...found, backward };
  }
}

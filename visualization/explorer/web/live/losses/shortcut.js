// Shortcut models, Frans et al. 2410.12557, with any split of the jump: mirrors models/shortcut.py.

import { join, map } from "../arrays.js";
import { MeanFlow } from "./meanflow.js";

/** A jump is two jumps: (t - r) u(z_t, r, t) = (t - s) u(z_t, s, t) + (s - r) u(z_s, r, s), no gradient right. */
export class Shortcut extends MeanFlow {
  static shareWhole = 0; // a long jump learns from shorter ones, which have to be right first

  times(n, random) {
    const [t, share, split, pick] = Array.from({ length: 4 }, () => random.uniform(n)),
      r = this.mixed(
        pick,
        t,
        0,
        map((share, t) => share * t, share, t),
      );
    return [t, r, map((t, split, r) => t + split * (r - t), t, split, r)];
  }

  /** The average velocity from time t to r, without gradient. */
  u(z, r, t) {
    return this.net.value(
      join(
        z,
        t,
        map((t, r) => t - r, t, r),
      ),
    );
  }

  loss(x, e, t, r, s) {
    const z = map((x, e, t) => (1 - t) * x + t * e, x, e, t),
      v = map((x, e) => e - x, x, e),
      u_2 = this.u(z, s, t),
      u_1 = this.u(
        map((z, t, s, u) => z - (t - s) * u, z, t, s, u_2),
        r,
        s,
      ),
      share = map((t, s, r) => (t - s) / Math.max(t - r, 1e-9), t, s, r),
      jumps = map((share, u_2, u_1) => share * u_2 + (1 - share) * u_1, share, u_2, u_1),
      target = map((t, r, v, jumps) => (t === r ? v : jumps), t, r, v, jumps);
    const u = this.net.forward(
      join(
        z,
        t,
        map((t, r) => t - r, t, r),
      ),
    );
    return this.regression(this.net, u, target, { state: z, velocity: v });
  }
}

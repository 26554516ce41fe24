// MeanFlow, Geng et al. 2505.13447: mirrors models/mean_flow.py. From data (t = 0) to noise (t = 1).

import { join, map, row } from "../arrays.js";
import { MeanVelocity } from "../base.js";

/** The average velocity u(z_t, r, t), by the identity u = v - (t - r) du/dt. */
export class MeanFlow extends MeanVelocity {
  static noiseTime = 1;
  static dataTime = 0;

  times(n, random) {
    const [t, share, pick] = [random.uniform(n), random.uniform(n), random.uniform(n)];
    return [
      t,
      this.mixed(
        pick,
        t,
        0,
        map((share, t) => share * t, share, t),
      ),
    ];
  }

  /** Along which velocity z moves in du/dt. */
  direction(z, t, v) {
    return v;
  }

  loss(x, e, t, r) {
    const z = map((x, e, t) => (1 - t) * x + t * e, x, e, t),
      v = map((x, e) => e - x, x, e),
      gap = map((t, r) => t - r, t, r),
      direction = this.direction(z, t, v),
      [u, dudt] = this.net.tangent(join(z, t, gap), join(direction, row(1, t), row(1, t))), // d/dt along (z: v, r: 0, t: 1)
      target = map((v, gap, dudt) => v - gap * dudt, v, gap, dudt);
    return this.regression(this.net, u, target, { state: z, velocity: v, direction, tangent: dudt });
  }
}

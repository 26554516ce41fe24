// Flow map matching (LSD), Boffi et al. 2505.18825: mirrors models/flow_map.py. From noise (0) to data (1).

import { join, map, row } from "../arrays.js";
import { MeanVelocity } from "../base.js";

/** X_{s,t}(x) = x + (t - s) phi_{s,t}(x) moves with its own velocity: phi is regressed on b_t(X) - (t - s) d/dt phi. */
export class FlowMap extends MeanVelocity {
  static shareWhole = 0; // a long jump learns from the velocity where it ends

  times(n, random) {
    const [s, share, pick] = [random.uniform(n), random.uniform(n), random.uniform(n)];
    return [
      s,
      this.mixed(
        pick,
        s,
        1,
        map((s, share) => s + share * (1 - s), s, share),
      ),
    ];
  }

  loss(x_1, x_0, s, t) {
    const I_s = map((x_1, x_0, s) => s * x_1 + (1 - s) * x_0, x_1, x_0, s),
      v = map((x_1, x_0) => x_1 - x_0, x_1, x_0),
      gap = map((t, s) => t - s, t, s),
      still = new Float32Array(I_s.length),
      [phi, dphi] = this.net.tangent(join(I_s, s, gap), join(still, row(0, s), row(1, s))), // d/dt with s fixed
      b = this.velocity(
        map((I, gap, phi) => I + gap * phi, I_s, gap, phi),
        t,
      ),
      moved = map((b, gap, dphi) => b - gap * dphi, b, gap, dphi),
      target = map((gap, v, moved) => (gap === 0 ? v : moved), gap, v, moved);
    return this.regression(this.net, phi, target, { state: I_s, velocity: v, tangent: dphi });
  }
}

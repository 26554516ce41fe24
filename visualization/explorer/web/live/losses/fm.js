// Flow matching, Lipman et al. 2210.02747: mirrors models/flow_matching.py. From noise (t = 0) to data (t = 1).

import { join, map } from "../arrays.js";
import { Flow } from "../base.js";

/** Regress v(x_t, t) on the velocity x - z of straight lines, x_t = t x + (1 - t) z. */
export class FlowMatching extends Flow {
  velocity(x, t) {
    return this.net.value(join(x, t));
  }

  loss(x, z, t) {
    const x_t = map((x, z, t) => t * x + (1 - t) * z, x, z, t),
      v = map((x, z) => x - z, x, z);
    return this.regression(this.net, this.net.forward(join(x_t, t)), v, { state: x_t, velocity: v });
  }
}

// FACM, flow-anchored consistency model, 2507.03738: mirrors models/facm.py. From noise (t = 0) to data (t = 1).

import { beside, columns, join, map, row, squares } from "../arrays.js";
import { MeanVelocity } from "../base.js";

/** F(x, t, r) is the velocity at r = t (the anchor) and the average velocity to the data at r = 1: L_CM + L_FM. */
export class FACM extends MeanVelocity {
  loss(x, z, t) {
    const [D, n] = [this.dim, t.length],
      x_t = map((x, z, t) => t * x + (1 - t) * z, x, z, t),
      v = map((x, z) => x - z, x, z),
      toEnd = join(
        x_t,
        t,
        map((t) => 1 - t, t),
      );
    // both tasks in one pass: r = 1 with its derivative d/dt along (x: v, t: 1), and r = t
    const [both, dF] = this.net.tangent(beside(toEnd, join(x_t, t, 0), D + 2), join(v, row(1, t), row(-1, t))),
      [F, anchor] = [columns(both, D, 0, n), columns(both, D, n, 2 * n)];
    const target = map((v, t, dF) => v + (1 - t) * dF, v, t, dF),
      alpha = this.noiseFree ? 1 : map((t) => 1 - Math.sqrt(t), t),
      g = map((r, alpha) => alpha * r, this.bounded(map((F, y) => F - y, F, target)), alpha),
      off = map((F, v) => F - v, anchor, v),
      weight = map((t) => Math.cos((t * Math.PI) / 2), t);
    const error = map((w, cm, fm) => w * cm + fm, weight, squares(g, n), squares(off, n));

    const backward = (share) => {
      const slope = map((r, w, s) => 2 * r * w * s, g, weight, share);
      this.net.backward(
        beside(
          slope,
          map((r, s) => 2 * r * s, off, share),
          D,
        ),
      );
    };
    const parts = { state: x_t, velocity: v, value: F, tangent: dF, target, residual: g, anchor, anchorResidual: off };
    return { error, backward, parts };
  }
}

// Generative modelling by drifting, Deng et al. 2602.04770: mirrors models/drifting.py with Gaussian kernels and data.

import { map } from "../arrays.js";
import { Model } from "../base.js";

const WIDER = 4; // the second kernel, which finds modes that the first one is too narrow to see

/** |f(z) - sg(f(z) + V(f(z)))|², V = attraction by the data of the batch - repulsion by its other samples. */
export class Drifting extends Model {
  static settings = { bandwidth: 0.4 };

  networks(hidden) {
    return { f: [this.dim, ...hidden, this.dim] };
  }

  loss(x, z) {
    const f = this.f.forward(z),
      fields = [this.bandwidth, WIDER * this.bandwidth].map((h) => this.drift(f, x, h)),
      V = map((narrow, wide) => (narrow + wide) / 2, ...fields),
      target = map((f, V) => f + V, f, V);
    return this.residual(
      this.f,
      map((V) => -V, V),
      { state: z, value: f, target },
    );
  }

  drift(f, x, h) {
    return map((plus, minus) => plus - minus, this.shift(f, x, h), this.shift(f, f, h));
  }

  /** E[k(x, y) (y - x)] / E[k(x, y)] over the points y (D, M), at each of x (D, n). */
  shift(x, y, h) {
    const { dim } = this,
      [n, m] = [x.length / dim, y.length / dim],
      [result, log] = [new Float32Array(x.length), new Float64Array(m)];
    for (let p = 0; p < n; p++) {
      log.fill(0);
      for (let d = 0; d < dim; d++) for (let q = 0; q < m; q++) log[q] -= (x[d * n + p] - y[d * m + q]) ** 2;
      const top = Math.max(...log);
      let total = 0;
      for (let q = 0; q < m; q++) total += log[q] = Math.exp((log[q] - top) / (2 * h * h));
      for (let d = 0; d < dim; d++) {
        let sum = 0;
        for (let q = 0; q < m; q++) sum += log[q] * y[d * m + q];
        result[d * n + p] = sum / total - x[d * n + p];
      }
    }
    return result;
  }
}

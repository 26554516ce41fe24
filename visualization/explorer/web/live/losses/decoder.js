// Decoder: mirrors models/decoder.py.

import { Model } from "../base.js";

/** x̂ = g(z) with z paired with a random x: the best answer is the constant E[x]. */
export class Decoder extends Model {
  networks(hidden) {
    return { g: [this.dim, ...hidden, this.dim] };
  }

  loss(x, z) {
    return this.regression(this.g, this.g.forward(z), x, { state: z });
  }
}

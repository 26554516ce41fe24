// Autoencoder: mirrors models/autoencoder.py.

import { map } from "../arrays.js";
import { Model } from "../base.js";

/** ẑ = f(x), x̂ = g(ẑ), |x - x̂|²: nothing makes ẑ follow the prior. */
export class Autoencoder extends Model {
  networks(hidden) {
    const sizes = [this.dim, ...hidden, this.dim];
    return { f: sizes, g: sizes };
  }

  loss(x) {
    const latent = this.f.forward(x),
      found = this.regression(this.g, this.g.forward(latent), x, { state: x, latent });
    const backward = (share) => {
      const slope = map((r, s) => 2 * r * s, found.parts.residual, share);
      this.f.backward(this.g.backward(slope, { input: true }));
    };
    return { ...found, backward };
  }
}

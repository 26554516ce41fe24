// Generative adversarial network with the loss of R3GAN, Huang et al. 2501.05441: mirrors models/gan.py.

import { map, squares } from "../arrays.js";
import { Model } from "../base.js";
import { backwardWithSlope, valueAndSlope } from "../slope.js";

const softplus = (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
const sigmoid = (a) => 1 / (1 + Math.exp(-a));

/** L_D = softplus(D(G(z)) - D(x)) + gamma/2 (|grad D(x)|² + |grad D(G(z))|²), L_G = softplus(D(x) - D(G(z))). */
export class GAN extends Model {
  static settings = { gamma: 0.5 };

  networks(hidden) {
    return { G: [this.dim, ...hidden, this.dim], D: [this.dim, ...hidden, 1] };
  }

  loss(x, z) {
    const fake = this.G.forward(z),
      [D_x, slope_x] = valueAndSlope(this.D, x, "x"),
      [D_fake, slope_fake] = valueAndSlope(this.D, fake, "fake"),
      penalty = map(
        (a, b) => (this.gamma / 2) * (a + b),
        squares(slope_x, D_x.length),
        squares(slope_fake, D_x.length),
      ),
      error = map((fake, x, penalty) => softplus(fake - x) + penalty, D_fake, D_x, penalty);

    const backward = (share) => {
      const ofG = map((fake, x, s) => -sigmoid(x - fake) * s, D_fake, D_x, share), // the slope of L_G by D(G(z))
        ofD = map((fake, x, s) => sigmoid(fake - x) * s, D_fake, D_x, share),
        ofSlope = map((s) => this.gamma * s, share);
      this.G.backward(this.D.backward(ofG, { slot: "fake", input: true, frozen: true }));
      backwardWithSlope(this.D, slope_fake, ofD, ofSlope, "fake");
      backwardWithSlope(
        this.D,
        slope_x,
        map((d) => -d, ofD),
        ofSlope,
        "x",
      );
    };
    return { error, backward, parts: { state: z, value: fake, target: x, D_x, D_fake, slope_x, slope_fake } };
  }
}

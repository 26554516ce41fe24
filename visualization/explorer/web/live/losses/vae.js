// Variational autoencoder, Kingma & Welling 1312.6114, and its beta variant: mirrors models/vae.py.

import { join, map, squares } from "../arrays.js";
import { Model } from "../base.js";

/** q(z|x) = N(mu, diag sigma²); loss = |x - x̂|² + beta KL(q(z|x) || N(0, I)). */
export class VAE extends Model {
  beta = 1;

  networks(hidden) {
    return { f: [this.dim, ...hidden, 2 * this.dim], g: [this.dim, ...hidden, this.dim] };
  }

  loss(x, z) {
    const { beta } = this,
      n = x.length / this.dim,
      posterior = this.f.forward(x),
      [mu, logVariance] = [posterior.subarray(0, x.length), posterior.subarray(x.length)],
      sigma = map((l) => Math.exp(l / 2), logVariance),
      latent = map((mu, sigma, z) => mu + sigma * z, mu, sigma, z),
      value = this.g.forward(latent),
      residual = map((v, x) => v - x, value, x),
      kl = map((mu, l) => 0.5 * (mu * mu + Math.exp(l) - l - 1), mu, logVariance);
    const error = squares(residual, n);
    kl.forEach((nats, k) => (error[k % n] += beta * nats));

    const backward = (share) => {
      const slope = map((r, s) => 2 * r * s, residual, share),
        toLatent = this.g.backward(slope, { input: true }),
        toMu = map((d, mu, s) => d + beta * s * mu, toLatent, mu, share),
        ofKL = map((l, s) => 0.5 * beta * s * (Math.exp(l) - 1), logVariance, share),
        toVariance = map((d, sigma, z, own) => (d * sigma * z) / 2 + own, toLatent, sigma, z, ofKL);
      this.f.backward(join(toMu, toVariance));
    };
    return { error, backward, parts: { state: x, latent, mu, sigma, value, target: x, residual } };
  }
}

/** The same with a heavier KL. */
export class BetaVAE extends VAE {
  static settings = { beta: 10 };

  constructor(settings) {
    super(settings);
    this.beta = settings.beta;
  }
}

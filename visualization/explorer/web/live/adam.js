// Adam as in training/trainer.py, with the weight decay of AdamW and the moving average of the weights.

export class Adam {
  /** eta: how far back the average reaches (polynomial decay); size: the number of weights. */
  constructor(kernels, size, { lr, weightDecay = 0, eta }) {
    Object.assign(this, { kernels, size, lr, weightDecay, eta, steps: 0 });
    for (const name of ["weights", "gradient", "m", "v", "average"]) this[name] = kernels.array(size);
  }

  /** Begin at these weights. */
  begin(weights) {
    this.steps = 0;
    this.weights.set(weights);
    this.average.set(weights);
    this.m.fill(0);
    this.v.fill(0);
  }

  step() {
    const { kernels, lr, eta, steps, weights } = this,
      k = steps + 1,
      [first, second] = [1 - 0.9 ** k, Math.sqrt(1 - 0.999 ** k)],
      places = [weights, this.gradient, this.m, this.v, this.average].map((array) => array.byteOffset),
      end = weights.byteOffset + 4 * this.size;
    kernels.adam(...places, end, lr / first, second, 1 - lr * this.weightDecay, (eta + 1) / (eta + k));
    this.steps = k;
  }
}

// What a pair of data x and noise z stands for in a loss: itself, or the mean of all pairs that pass through its state.
// Mirrors training/targets.py, which says why. Tables are (D, n), levels of noise (n).

const BLOCK = 512; // points whose mean is taken; of more points the epoch's order is cut into blocks
const LEAST = 2e-3; // noise level below which a pair is its own mean

export class Pairs {
  /** law: the mixture of the data, for the target "exact"; n: the number of points. */
  constructor(kernels, model, n, law) {
    Object.assign(this, { kernels, model, law });
    const blocks = Math.ceil(n / BLOCK),
      most = 4 * Math.ceil(Math.ceil(n / blocks) / 4);
    this.blocks = blocks;
    if (model.target === "marginal") {
      for (const name of ["x", "z", "mean"]) this[name] = kernels.array(model.dim * most);
      for (const name of ["ones", "c"]) this[name] = kernels.array(most);
    }
  }

  /** The pairs (x, z) of an epoch in its order, and what stands for them. */
  means(x, z, times) {
    const { model } = this;
    if (model.target === "conditional" || !model.noiseLevel) return [x, z];
    const level = model.noiseLevel(times[0]);
    return model.target === "exact" ? meanOfLaw(this.law, x, z, level, model.dim) : this.meanOfPoints(x, z, level);
  }

  /** x̂ = E[x | state] over the points, and the noise ẑ with which it passes through the same state. */
  meanOfPoints(x, z, level) {
    const { dim } = this.model,
      n = level.length,
      [xHat, zHat] = [new Float32Array(x.length), new Float32Array(z.length)];
    for (let k = 0, from = 0; k < this.blocks; k++) {
      const to = from + Math.floor(n / this.blocks) + (k < n % this.blocks ? 1 : 0),
        mean = this.block(x, z, level, from, to),
        N = this.N;
      for (let d = 0; d < dim; d++)
        for (let i = from; i < to; i++) {
          const away = level[i] < LEAST ? 0 : x[d * n + i] - mean[d * N + i - from];
          xHat[d * n + i] = x[d * n + i] - away;
          zHat[d * n + i] = z[d * n + i] + this.c[i - from] * away;
        }
      from = to;
    }
    return [xHat, zHat];
  }

  /** The mean of points from..to at each of their states: (D, N). With c = (1 - l) / l, point j has in state i the share
   *  exp(-|z_i + c (x_i - x_j)|² / 2). */
  block(x, z, level, from, to) {
    const { kernels, model } = this,
      n = level.length,
      N = (this.N = 4 * Math.ceil((to - from) / 4));
    for (let d = 0; d < model.dim; d++)
      for (const [table, into] of [
        [x, this.x],
        [z, this.z],
      ]) {
        into.set(table.subarray(d * n + from, d * n + to), d * N);
        into.fill(0, d * N + to - from, (d + 1) * N);
      }
    this.ones.fill(0).fill(1, 0, to - from); // the points that fill up the last four do not count
    for (let i = from; i < to; i++) this.c[i - from] = 1 / Math.max(level[i], LEAST) - 1;
    const places = [this.x, this.z, this.ones, this.c, this.mean].map((array) => array.byteOffset);
    kernels[`means${model.dim}`](...places, 4 * (to - from), 4 * N);
    return this.mean;
  }
}

/** The same over a mixture: each component's mean given the state, averaged by its posterior. */
function meanOfLaw(law, x, z, level, dim) {
  const n = level.length,
    xHat = new Float64Array(x.length);
  const safe = Float64Array.from(level, (l) => Math.max(l, 1e-6)),
    state = Float64Array.from(x, (value, k) => (1 - safe[k % n]) * value + safe[k % n] * z[k]);
  for (let p = 0; p < n; p++) {
    const point = dim === 1 ? [state[p]] : [state[p], state[n + p]],
      mean = posteriorMean(law, point, safe[p], dim);
    mean.forEach((value, d) => (xHat[d * n + p] = value));
  }
  const zHat = Float32Array.from(state, (y, k) => (y - (1 - safe[k % n]) * xHat[k]) / safe[k % n]);
  return [Float32Array.from(xHat), zHat];
}

/** E[x | (1 - l) x + l z = y] for x of a mixture and z ~ N(0, I). */
function posteriorMean({ weights, means, covariances }, y, l, dim) {
  const parts = weights.map((weight, k) => {
    const m = means[k],
      S = covariances[k],
      away = y.map((value, d) => value - (1 - l) * m[d]),
      C = S.map((row, i) => row.map((s, j) => (1 - l) ** 2 * s + (i === j ? l * l : 0))),
      det = dim === 1 ? C[0][0] : C[0][0] * C[1][1] - C[0][1] * C[1][0];
    const pull =
      dim === 1
        ? [away[0] / det]
        : [(C[1][1] * away[0] - C[0][1] * away[1]) / det, (C[0][0] * away[1] - C[1][0] * away[0]) / det];
    const square = pull.reduce((sum, value, d) => sum + value * away[d], 0),
      mean = m.map((value, i) => value + (1 - l) * S[i].reduce((sum, s, j) => sum + s * pull[j], 0));
    return { log: Math.log(weight) - 0.5 * (square + Math.log(det)), mean };
  });
  const top = Math.max(...parts.map(({ log }) => log)),
    shares = parts.map(({ log }) => Math.exp(log - top)),
    total = shares.reduce((sum, share) => sum + share);
  return y.map((_, d) => parts.reduce((sum, { mean }, k) => sum + shares[k] * mean[d], 0) / total);
}

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
    means = posteriorMeans(law),
    [xHat, zHat] = [new Float32Array(x.length), new Float32Array(x.length)];
  for (let p = 0; p < n; p++) {
    const l = Math.max(level[p], 1e-6),
      state = [p, n + p].map((k) => (k < x.length ? (1 - l) * x[k] + l * z[k] : 0)),
      mean = means(...state, l);
    for (let d = 0; d < dim; d++) {
      xHat[d * n + p] = mean[d];
      zHat[d * n + p] = (state[d] - (1 - l) * mean[d]) / l;
    }
  }
  return [xHat, zHat];
}

/** The function (y, l) -> E[x | (1 - l) x + l z = y] for x of a mixture and z ~ N(0, I), y of two numbers. In 1D the
 *  second is that of independent noise, which says nothing. */
function posteriorMeans({ weights, means, covariances }) {
  const parts = weights.map((weight, k) => {
    const [m, S] = [means[k], covariances[k]];
    return m.length === 1
      ? { log: Math.log(weight), m: m[0], n: 0, a: S[0][0], b: 0, c: 1 }
      : { log: Math.log(weight), m: m[0], n: m[1], a: S[0][0], b: S[0][1], c: S[1][1] }; // S = [[a, b], [b, c]]
  });
  const logs = new Float64Array(parts.length),
    found = [new Float64Array(parts.length), new Float64Array(parts.length)];
  return (y_0, y_1, l) => {
    const q = 1 - l;
    parts.forEach(({ log, m, n, a, b, c }, k) => {
      const [u, v] = [y_0 - q * m, y_1 - q * n],
        [A, B, C] = [q * q * a + l * l, q * q * b, q * q * c + l * l], // the state's covariance
        det = A * C - B * B,
        [pull, lift] = [(C * u - B * v) / det, (A * v - B * u) / det];
      logs[k] = log - 0.5 * (u * pull + v * lift + Math.log(det));
      found[0][k] = m + q * (a * pull + b * lift);
      found[1][k] = n + q * (b * pull + c * lift);
    });
    return averages(logs, found);
  };
}

/** Means of values, each with a share in proportion to exp(log). */
function averages(logs, values) {
  const sums = values.map(() => 0);
  let [top, total] = [-Infinity, 0];
  for (const log of logs) top = Math.max(top, log);
  for (let k = 0; k < logs.length; k++) {
    const share = Math.exp(logs[k] - top);
    total += share;
    for (let d = 0; d < sums.length; d++) sums[d] += share * values[d][k];
  }
  return sums.map((sum) => sum / total);
}

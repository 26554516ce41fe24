// The one network of the project, as it learns: values, derivatives along a direction, gradients. Mirrors
// models/base_mlp.py; the arithmetic is that of kernels.js. Tables go by feature: h is (in, n), flat.

const WIDTH = 8; // columns go by eight, see kernels.js

/** The number of weights of a network. */
export function weightCount(sizes) {
  return sizes.slice(1).reduce((sum, out, l) => sum + (sizes[l] + 1) * out, 0);
}

/** Weights from torch.nn.Linear's default distribution, in the order of a run's file: all weights, then all biases. */
export function initial(sizes, random) {
  const layers = sizes.slice(1).map((out, l) => ({ bound: sizes[l] ** -0.5, out, fan: sizes[l] })),
    draws = (n, bound) => random.uniform(n).map((u) => (2 * u - 1) * bound);
  const weights = layers.map(({ bound, out, fan }) => draws(fan * out, bound));
  return [...weights, ...layers.map(({ bound, out }) => draws(out, bound))].flatMap((draw) => [...draw]);
}

export class MLP {
  /** start: where its weights begin in a vector of them; most: columns of the largest batch. */
  constructor(kernels, sizes, activation, start, most) {
    Object.assign(this, { kernels, sizes, activation, most: padded(most), tapes: new Map() });
    let at = start;
    this.layers = sizes.slice(1).map((out, l) => {
      const layer = { fanIn: sizes[l], fanOut: out, weight: 4 * at };
      at += sizes[l] * out;
      return layer;
    });
    for (const layer of this.layers) {
      layer.bias = 4 * at;
      at += layer.fanOut;
    }
    this.zeros = kernels.array(Math.max(...sizes));
    this.spare = [0, 1].map(() => kernels.array(Math.max(...sizes) * this.most)); // tangents and gradients on their way
  }

  /** Compute with these weights from now on, and put gradients there. */
  use(vector, gradient) {
    this.vector = vector.byteOffset;
    this.gradient = gradient?.byteOffset;
  }

  /** What a pass leaves behind for its gradient: the inputs of all layers and the slopes of their activations. */
  tape(slot) {
    if (!this.tapes.has(slot)) {
      const table = (rows) => this.kernels.array(rows * this.most);
      this.tapes.set(slot, { inputs: this.sizes.map(table), slopes: this.sizes.slice(1, -1).map(table) });
    }
    return this.tapes.get(slot);
  }

  /** (in, n) -> (out, n), to be followed by `backward`; passes in different slots do not disturb each other. */
  forward(h, slot = 0) {
    const tape = this.tape(slot);
    tape.n = h.length / this.sizes[0];
    tape.N = padded(tape.n);
    spread(h, tape.n, tape.N, tape.inputs[0]);
    this.layers.forEach((layer, l) => {
      const [x, y] = [tape.inputs[l], tape.inputs[l + 1]];
      this.affine(layer, x, y, tape.N);
      if (l + 1 < this.layers.length) this.activate(y, tape.slopes[l], layer.fanOut * tape.N);
    });
    return gathered(tape.inputs.at(-1), this.sizes.at(-1), tape.n, tape.N);
  }

  /** (in, n) -> (out, n), without a gradient. */
  value(h) {
    return this.forward(h, "value");
  }

  affine({ weight, bias, fanIn, fanOut }, x, y, N) {
    const at = this.vector,
      [w, b] = [at + weight, at + bias];
    this.kernels.affine(w, 4 * fanOut, 4, b, x.byteOffset, y.byteOffset, fanIn, fanOut, 4 * N);
  }

  activate(h, slope, count) {
    this.kernels[this.activation](h.byteOffset, slope.byteOffset, h.byteOffset + 4 * count);
  }

  /** The value at h (in, n), and at its first m columns the derivative along dh (in, m), which has no gradient. */
  tangent(h, dh, slot = 0) {
    const value = this.forward(h, slot),
      { slopes, N } = this.tape(slot),
      m = dh.length / this.sizes[0],
      M = padded(m);
    let [x, y] = this.spare;
    spread(dh, m, M, x);
    this.layers.forEach((layer, l) => {
      this.moved(layer, x, y, M);
      if (slopes[l]) this.scale(y, slopes[l], layer.fanOut, M, N);
      [x, y] = [y, x];
    });
    return [value, gathered(x, this.sizes.at(-1), m, M)];
  }

  /** A layer without its bias: where it takes directions x (in, N). */
  moved({ weight, fanIn, fanOut }, x, y, N) {
    const w = this.vector + weight;
    this.kernels.affine(w, 4 * fanOut, 4, this.zeros.byteOffset, x.byteOffset, y.byteOffset, fanIn, fanOut, 4 * N);
  }

  scale(y, slope, rows, M, N) {
    this.kernels.scale(y.byteOffset, slope.byteOffset, y.byteOffset + 4 * rows * M, 4 * M, 4 * N);
  }

  /** Add the weights' gradient of a pass whose loss has the gradient dy (out, n); with `input`, return that of h. */
  backward(dy, { slot = 0, input = false, frozen = false } = {}) {
    const { inputs, slopes, n, N } = this.tape(slot);
    let [d, e] = this.spare;
    spread(dy, n, N, d);
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const layer = this.layers[l];
      if (!frozen) this.collect(layer, inputs[l], d, N);
      if (l === 0 && !input) return null;
      this.transposed(layer, d, e, N);
      if (l) this.scale(e, slopes[l - 1], layer.fanIn, N, N);
      [d, e] = [e, d];
    }
    return gathered(d, this.sizes[0], n, N);
  }

  /** Add a layer's share of the gradient; `biased`: with that of its biases. */
  collect({ weight, bias, fanIn, fanOut }, x, d, N, biased = true) {
    const { kernels, gradient } = this;
    kernels.gradient(x.byteOffset, d.byteOffset, gradient + weight, fanIn, fanOut, 4 * N);
    if (biased) kernels.sums(d.byteOffset, gradient + bias, gradient + bias + 4 * fanOut, 4 * N);
  }

  /** From a gradient d (out, N) to that of the layer's inputs, e (in, N). */
  transposed({ weight, fanIn, fanOut }, d, e, N) {
    const w = this.vector + weight;
    this.kernels.affine(w, 4, 4 * fanOut, this.zeros.byteOffset, d.byteOffset, e.byteOffset, fanOut, fanIn, 4 * N);
  }
}

const padded = (n) => WIDTH * Math.ceil(n / WIDTH);

/** A table with n columns into one with N, the last of them 0. */
export function spread(table, n, N, into) {
  for (let from = 0, to = 0; from < table.length; from += n, to += N) {
    into.set(table.subarray(from, from + n), to);
    into.fill(0, to + n, to + N);
  }
}

/** The first n columns of a table with N. */
function gathered(table, rows, n, N) {
  const result = new Float32Array(rows * n);
  for (let row = 0; row < rows; row++) result.set(table.subarray(row * N, row * N + n), row * n);
  return result;
}

// The arithmetic of training, on four numbers at once: WebAssembly with SIMD, written in the words of wasm.js.
// Every array is a Float32Array within one memory. Tables (rows, N) have one row per feature and one column per sample;
// N is a multiple of 8, so that columns go by twice four. Strides and lengths are in bytes in here.

import { assemble, float, int, loop, total, vector } from "./wasm.js";

const { add, div, load, loadSplat, mul, of, store, sub } = vector;
const PAGE = 2 ** 16; // bytes
const LN_2 = [0.693359375, -2.12194440054690583e-4]; // as a short number and the rest, so that n ln 2 is exact

const ROUNDER = 1.5 * 2 ** 23; // x + ROUNDER ends with the bits of the whole number nearest to x

/** exp of a vector, to about one unit in the last place: 2^n e^r with |r| < .35, and e^r by its series. */
function exp(v, body) {
  const [x, rounded, n, r, result] = Array.from({ length: 5 }, body.vector);
  let series = of(1 / 5040);
  for (const part of [720, 120, 24, 6, 2, 1, 1]) series = add(mul(series, r), of(1 / part));
  const exponent = int.of(23), // where a float32 has it, less 127
    power = vector.addInt(vector.shiftLeft(rounded, exponent), vector.intOf(127 << 23));
  const code = [
    x.set(vector.min(vector.max(v, of(-87)), of(88))),
    rounded.set(add(mul(x, of(Math.LOG2E)), of(ROUNDER))),
    n.set(sub(rounded, of(ROUNDER))),
    r.set(sub(sub(x, mul(n, of(LN_2[0]))), mul(n, of(LN_2[1])))),
    result.set(mul(series, power)),
  ];
  return [code, result];
}

/** for (i = 0; ...) body(4), then body(1) for those that are left over. */
function blocks(i, end, most, body) {
  const rest = most > 1 ? loop(i, end, int.of(1), body(1)) : [];
  return [i.set(int.of(0)), loop(i, end, int.of(most), body(most), int.of(most)), rest];
}

/** Variables for a table of results. */
const table = (rows, columns, make) => Array.from({ length: rows }, () => Array.from({ length: columns }, make));

/** y(o, n) = b(o) + sum_i w(i, o) x(i, n), by four outputs and eight samples. toI, toO: from a weight to its next. */
function affine({ w, toI, toO, b, x, y, I, O, N }, body) {
  const [o, i, n, p, first] = Array.from({ length: 5 }, body.int);
  const outputs = (K) => {
    const at = Array.from({ length: K }, body.int),
      sums = table(K, 2, body.vector),
      [x0, x1, weight] = [body.vector(), body.vector(), body.vector()];
    const each = at.map((q, k) => [
      weight.set(loadSplat(q)),
      sums[k][0].set(add(sums[k][0], mul(weight, x0))),
      sums[k][1].set(add(sums[k][1], mul(weight, x1))),
      q.set(int.add(q, toI)),
    ]);
    return [
      first.set(int.add(w, int.mul(o, toO))),
      n.set(int.of(0)),
      loop(n, N, int.of(32), [
        at.map((q, k) => q.set(int.add(first, int.mul(toO, int.of(k))))),
        sums.map((pair, k) =>
          pair.map((sum) => sum.set(loadSplat(int.add(b, int.mul(int.add(o, int.of(k)), int.of(4)))))),
        ),
        p.set(int.add(x, n)),
        i.set(int.of(0)),
        loop(i, I, int.of(1), [x0.set(load(p)), x1.set(load(p, 16)), each, p.set(int.add(p, N))]),
        p.set(int.add(int.add(y, n), int.mul(o, N))),
        sums.map((pair) => [store(p, pair[0]), store(p, pair[1], 16), p.set(int.add(p, N))]),
      ]),
    ];
  };
  return blocks(o, O, 4, outputs);
}

/** g(i, o) += sum_n x(i, n) d(o, n), by two inputs and four outputs. */
function gradient({ x, d, g, I, O, N }, body) {
  const [i, o, n, place] = Array.from({ length: 4 }, body.int);
  const inner = (A, B) => {
    const sums = table(A, B, body.vector),
      [inputs, outputs] = [A, B].map((count) => Array.from({ length: count }, body.int)),
      values = Array.from({ length: A }, body.vector),
      slope = body.vector();
    const start = (table, first) => (q, k) => q.set(int.add(table, int.mul(int.add(first, int.of(k)), N)));
    return [
      sums.flat().map((sum) => sum.set(of(0))),
      [inputs.map(start(x, i)), outputs.map(start(d, o))],
      n.set(int.of(0)),
      loop(n, N, int.of(16), [
        values.map((value, a) => value.set(load(int.add(inputs[a], n)))),
        outputs.map((q, k) => [
          slope.set(load(int.add(q, n))),
          sums.map((row, a) => row[k].set(add(row[k], mul(values[a], slope)))),
        ]),
      ]),
      sums.map((row, a) =>
        row.map((sum, k) => [
          place.set(int.mul(int.add(int.mul(int.add(i, int.of(a)), O), int.add(o, int.of(k))), int.of(4))),
          place.set(int.add(g, place)),
          float.store(place, float.add(float.load(place), total(sum))),
        ]),
      ),
    ];
  };
  return blocks(i, I, 2, (A) => blocks(o, O, 4, (B) => inner(A, B)));
}

/** g(o) += sum_n d(o, n). */
function sums({ d, g, end, N }, body) {
  const [n, sum] = [body.int(), body.vector()];
  return loop(g, end, int.of(4), [
    [sum.set(of(0)), n.set(int.of(0))],
    loop(n, N, int.of(16), sum.set(add(sum, load(int.add(d, n))))),
    float.store(g, float.add(float.load(g), total(sum))),
    d.set(int.add(d, N)),
  ]);
}

/** y(row, n) *= s(row, n) for the first M columns of s (rows, N); y is (rows, M). */
function scale({ y, s, end, M, N }, body) {
  const n = body.int(),
    at = () => int.add(y, n);
  return loop(y, end, M, [
    n.set(int.of(0)),
    loop(n, M, int.of(16), store(at(), mul(load(at()), load(int.add(s, n))))),
    s.set(int.add(s, N)),
  ]);
}

const [SCALE, ALPHA] = [1.0507009873554805, 1.6732632423543772]; // of SELU
const sigmoid = (a, body) => {
  const [code, power] = exp(sub(of(0), a), body);
  return [code, div(of(1), add(of(1), power))];
};

/** Of each activation: code, its value, and its slope, at the vectors a. */
const ACTIVATIONS = {
  silu(a, body) {
    const [gate, h] = [body.vector(), body.vector()],
      [code, share] = sigmoid(a, body);
    return [[code, gate.set(share), h.set(mul(a, gate))], h, add(gate, mul(h, sub(of(1), gate)))];
  },
  tanh(a, body) {
    const h = body.vector(),
      [code, share] = sigmoid(add(a, a), body);
    return [[code, h.set(sub(add(share, share), of(1)))], h, sub(of(1), mul(h, h))];
  },
  selu(a, body) {
    const h = body.vector(),
      [code, power] = exp(a, body),
      above = vector.greater(a, of(0)),
      below = mul(of(SCALE * ALPHA), sub(power, of(1)));
    const value = vector.choose(mul(of(SCALE), a), below, above);
    return [[code, h.set(value)], h, vector.choose(of(SCALE), add(h, of(SCALE * ALPHA)), above)];
  },
  relu(a) {
    return [[], vector.max(a, of(0)), vector.and(of(1), vector.greater(a, of(0)))];
  },
};

/** h(k) becomes the activation of itself, and slope(k) its derivative. */
const activation = (name) => [
  "h slope end",
  ({ h, slope, end }, body) => {
    const a = body.vector(),
      [code, value, derivative] = ACTIVATIONS[name](a, body);
    return loop(h, end, int.of(16), [
      [a.set(load(h)), code, store(slope, derivative), store(h, value)],
      slope.set(int.add(slope, int.of(16))),
    ]);
  },
];

/** Of every state, from noise z(d, i) and point x(d, i), the mean of all points with the shares of targets.js. */
const means = (D) => [
  "x z ones c mean n N",
  ({ x, z, ones, c, mean, n, N }, body) => {
    const [i, j, at] = [body.int(), body.int(), body.int()],
      row = (table, d, k) => int.add(table, int.add(int.mul(int.of(d), N), k)),
      vectors = () => Array.from({ length: D }, body.vector),
      [own, noise, point, sums, away] = [vectors(), vectors(), vectors(), vectors(), vectors()],
      [pull, share, all, square] = [body.vector(), body.vector(), body.vector(), body.vector()],
      // relative to the state's own point; far less than float32 sees, yet no slow denormal number, and no overflow
      [code, power] = exp(vector.max(vector.min(mul(of(0.5), share), of(69)), of(-60)), body);
    const each = [
      [at.set(int.add(ones, j)), share.set(square)],
      own.map((_, d) => [
        point[d].set(load(row(x, d, j))),
        away[d].set(add(noise[d], mul(pull, sub(own[d], point[d])))),
        share.set(sub(share, mul(away[d], away[d]))),
      ]),
      [code, share.set(mul(power, load(at))), all.set(add(all, share))],
      sums.map((sum, d) => sum.set(add(sum, mul(share, point[d])))),
    ];
    return [
      i.set(int.of(0)),
      loop(i, n, int.of(4), [
        [pull.set(loadSplat(int.add(c, i))), square.set(of(0)), all.set(of(0))],
        own.map((_, d) => [
          [own[d].set(loadSplat(row(x, d, i))), noise[d].set(loadSplat(row(z, d, i))), sums[d].set(of(0))],
          square.set(add(square, mul(noise[d], noise[d]))),
        ]),
        j.set(int.of(0)),
        loop(j, N, int.of(16), each),
        all.set(vector.splat(total(all))),
        sums.map((sum, d) => [
          share.set(div(vector.splat(total(sum)), all)),
          float.store(row(mean, d, i), vector.lane(share, 0)),
        ]),
      ]),
    ];
  },
];

/** A step of Adam and of the moving average; see adam.js. rate: with the first correction, root: of the second. */
function adam(p, body) {
  const { w, g, m, v, average, end, rate, root, kept, share } = p;
  const [M, V, W, A, G] = Array.from({ length: 5 }, body.vector),
    next = (q) => q.set(int.add(q, int.of(16)));
  return loop(w, end, int.of(16), [
    [G.set(load(g)), M.set(load(m)), A.set(load(average))],
    M.set(add(M, mul(of(0.1), sub(G, M)))),
    V.set(add(mul(of(0.999), load(v)), mul(of(0.001), mul(G, G)))),
    W.set(mul(load(w), vector.splat(kept))),
    W.set(sub(W, div(mul(vector.splat(rate), M), add(div(vector.sqrt(V), vector.splat(root)), of(1e-8))))),
    [store(m, M), store(v, V), store(w, W), store(average, add(A, mul(vector.splat(share), sub(W, A))))],
    [g, m, v, average].map(next),
  ]);
}

/** The kernels as functions of arrays, and a memory of their own for these. */
export class Kernels {
  static module;

  /** most: numbers in all arrays together; the memory cannot grow, as its arrays would be lost. */
  constructor(most) {
    Kernels.module ??= new WebAssembly.Module(bytes());
    this.memory = new WebAssembly.Memory({ initial: 1 + Math.ceil((4 * most) / PAGE) });
    this.used = 0;
    Object.assign(this, new WebAssembly.Instance(Kernels.module, { env: { memory: this.memory } }).exports);
  }

  /** A new array of zeros; its length is rounded up to whole vectors, of which the array shows the first part. */
  array(length) {
    const array = new Float32Array(this.memory.buffer, this.used, length);
    this.used += 64 * Math.ceil(length / 16);
    return array;
  }
}

export function bytes() {
  return assemble({
    affine: ["w toI toO b x y I O N", affine],
    gradient: ["x d g I O N", gradient],
    sums: ["d g end N", sums],
    scale: ["y s end M N", scale],
    adam: ["w g m v average end .rate .root .kept .share", adam],
    means1: means(1),
    means2: means(2),
    ...Object.fromEntries(Object.keys(ACTIVATIONS).map((name) => [name, activation(name)])),
  });
}

// Gradients of a loss that contains a network's own slope, for the penalty of GANs. |grad D(x)|² / 2 has the gradient of
// D's derivative along v = grad D(x), with v held fixed: so this is `backward` through `tangent`.

import { spread } from "./mlp.js";

/** Second derivatives of the activations, from the value h and the slope; SiLU's needs what it was applied to, too. */
const BEND = {
  silu(h, slope, a) {
    const gate = 1 / (1 + Math.exp(-a));
    return gate * (1 - gate) * (2 + a * (1 - 2 * gate));
  },
  tanh: (h, slope) => -2 * h * slope,
  selu: (h, slope) => (h < 0 ? slope : 0),
  relu: () => 0,
};

/** Of a network D with one output: D(h) (n) and its gradient for h (in, n). */
export function valueAndSlope(net, h, slot) {
  const value = net.forward(h, slot),
    ones = new Float32Array(value.length).fill(1);
  return [value, net.backward(ones, { slot, input: true, frozen: true })];
}

/** Add the weights' gradient of sum_n toValue(n) D(h_n) + toSlope(n) |v_n|² / 2, for h and v of `valueAndSlope`. */
export function backwardWithSlope(net, v, toValue, toSlope, slot) {
  const { inputs, slopes, n, N } = net.tape(slot),
    walk = tangents(net, v, slot),
    { spare } = walk;
  let [q, p, nextQ, nextP] = spare; // the gradients of value and tangent, on their way back
  for (const [row, d] of [
    [toValue, q],
    [toSlope, p],
  ])
    d.fill(0, 0, N).set(row.subarray(0, n));
  for (let l = net.layers.length - 1; l >= 0; l--) {
    const layer = net.layers[l];
    net.collect(layer, inputs[l], q, N);
    net.collect(layer, walk.along[l], p, N, false);
    if (l === 0) return;
    net.transposed(layer, q, nextQ, N);
    net.transposed(layer, p, nextP, N);
    net.affine(net.layers[l - 1], inputs[l - 1], walk.applied, N);
    const [h, slope, before, bend] = [inputs[l], slopes[l - 1], walk.before[l - 1], BEND[net.activation]];
    for (let k = 0; k < layer.fanIn * N; k++) {
      nextQ[k] = nextQ[k] * slope[k] + nextP[k] * bend(h[k], slope[k], walk.applied[k]) * before[k];
      nextP[k] *= slope[k];
    }
    [q, p, nextQ, nextP] = [nextQ, nextP, q, p];
  }
}

/** The derivatives of all layers along v (in, n): of their inputs, and of what their activations are applied to. */
function tangents(net, v, slot) {
  const tape = net.tape(slot),
    { slopes, n, N } = tape,
    room = (rows) => net.kernels.array(rows * net.most),
    widest = Math.max(...net.sizes);
  const walk = (tape.walk ??= {
    along: net.sizes.slice(0, -1).map(room),
    before: net.sizes.slice(1, -1).map(room),
    spare: Array.from({ length: 4 }, () => room(widest)),
    applied: room(widest),
  });
  spread(v, n, N, walk.along[0]);
  walk.before.forEach((before, l) => {
    const { fanOut } = net.layers[l],
      next = walk.along[l + 1];
    net.moved(net.layers[l], walk.along[l], before, N);
    next.set(before.subarray(0, fanOut * N));
    net.scale(next, slopes[l], fanOut, N, N);
  });
  return walk;
}

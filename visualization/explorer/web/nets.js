// Numbers out of base64, and the one network of the project: an MLP, for many points at once.

export function bytes(text) {
  const letters = atob(text),
    result = new Uint8Array(letters.length);
  for (let i = 0; i < result.length; i++) result[i] = letters.charCodeAt(i);
  return result;
}

export function floats(text) {
  return new Float32Array(bytes(text).buffer);
}

/** Row k of `rows` equally long rows of numbers in half precision; all is a Uint16Array. */
export function halves(all, rows, k) {
  const size = all.length / rows;
  return Float32Array.from(all.subarray(k * size, (k + 1) * size), (h) => {
    const sign = h & 0x8000 ? -1 : 1,
      exponent = (h >> 10) & 31,
      part = h & 1023;
    if (exponent === 31) return part ? NaN : sign * Infinity;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + part / 1024) : 2 ** -14 * (part / 1024));
  });
}

/** CRC-32 of an ASCII text, as in zlib. */
export function crc32(text) {
  const table = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    table[i] = c;
  }
  let crc = -1;
  for (let i = 0; i < text.length; i++) crc = (crc >>> 8) ^ table[(crc ^ text.charCodeAt(i)) & 255];
  return (crc ^ -1) >>> 0;
}

/** The layers of a network whose weights begin at `start` of a vector: first all weights (in, out), then all biases. */
export function unpack(vector, start, sizes) {
  const layers = [];
  for (let l = 0; l + 1 < sizes.length; l++) {
    const [fanIn, fanOut] = [sizes[l], sizes[l + 1]];
    const weight = new Float64Array(fanIn * fanOut); // transposed, (out, in): sums then run along memory
    for (let i = 0; i < fanIn; i++)
      for (let j = 0; j < fanOut; j++) weight[j * fanIn + i] = vector[start + i * fanOut + j];
    layers.push({ fanIn, fanOut, weight });
    start += fanIn * fanOut;
  }
  for (const layer of layers) {
    layer.bias = Float64Array.from(vector.subarray(start, start + layer.fanOut));
    start += layer.fanOut;
  }
  return { layers, end: start };
}

const ACTIVATE = {
  silu: (a) => a / (1 + Math.exp(-a)),
  selu: (a) => 1.0507009873554805 * (a > 0 ? a : 1.6732632423543772 * Math.expm1(a)),
  tanh: Math.tanh,
  relu: (a) => Math.max(a, 0),
};

/** x (n, in) -> (n, out), both flat. */
export function forward({ layers, activation }, x, n) {
  const activate = ACTIVATE[activation];
  layers.forEach((layer, l) => (x = affine(layer, x, n, l + 1 < layers.length && activate)));
  return x;
}

/** One layer, four points at once: each weight is then read once for four products. */
function affine({ fanIn, fanOut, weight, bias }, x, n, activate) {
  const y = new Float64Array(n * fanOut);
  for (let p = 0; p < n; p += 4) {
    const q = Math.min(p + 1, n - 1),
      r = Math.min(p + 2, n - 1),
      s = Math.min(p + 3, n - 1); // the last one again at the end
    const a = p * fanIn,
      b = q * fanIn,
      c = r * fanIn,
      d = s * fanIn;
    for (let j = 0, k = 0; j < fanOut; j++) {
      let ya = bias[j],
        yb = ya,
        yc = ya,
        yd = ya;
      for (let i = 0; i < fanIn; i++, k++) {
        const w = weight[k];
        ya += w * x[a + i];
        yb += w * x[b + i];
        yc += w * x[c + i];
        yd += w * x[d + i];
      }
      y[p * fanOut + j] = ya;
      y[q * fanOut + j] = yb;
      y[r * fanOut + j] = yc;
      y[s * fanOut + j] = yd;
    }
  }
  if (activate) for (let i = 0; i < y.length; i++) y[i] = activate(y[i]);
  return y;
}

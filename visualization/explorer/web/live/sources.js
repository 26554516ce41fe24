// Noise of training: N(0, I), or a mixture in its place; mirrors Source in training/trainer.py.

import { chosen, components } from "../mixture.js";

/** n draws (D, n) from a mixture, or from N(0, I) if it is null. */
export function noise(source, n, dim, random) {
  const z = random.normal(n * dim);
  if (!source) return z;
  const parts = components(source);
  for (let p = 0; p < n; p++) {
    const { mean, root } = chosen(parts, random.next()),
      [a, b, c] = root,
      first = z[p];
    z[p] = mean[0] + a * first;
    if (dim === 2) z[n + p] = mean[1] + (b * first + c * z[n + p]);
  }
  return z;
}

// Noise of training: N(0, I), or a mixture in its place; mirrors Source in training/trainer.py.

import { cholesky } from "../mixture.js";

/** n draws (D, n) from a mixture, or from N(0, I) if it is null. */
export function noise(source, n, dim, random) {
  const z = random.normal(n * dim);
  if (!source) return z;
  const parts = source.weights.map((weight, k) => ({
    weight,
    mean: source.means[k],
    root: cholesky(source.covariances[k]),
  }));
  for (let p = 0; p < n; p++) {
    const { mean, root } = chosen(parts, random.next()),
      [a, b, c] = root,
      first = z[p];
    z[p] = mean[0] + a * first;
    if (dim === 2) z[n + p] = mean[1] + (b * first + c * z[n + p]);
  }
  return z;
}

function chosen(parts, u) {
  for (const part of parts) if ((u -= part.weight) < 0) return part;
  return parts.at(-1);
}

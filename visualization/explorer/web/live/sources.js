// Noise of training: N(0, I), or a mixture in its place; mirrors Source in training/trainer.py.

/** n draws (D, n) from a mixture, or from N(0, I) if it is null. */
export function noise(source, n, dim, random) {
  const z = random.normal(n * dim);
  if (!source) return z;
  const parts = source.weights.map((weight, k) => ({
    weight,
    mean: source.means[k],
    root: root(source.covariances[k]),
  }));
  for (let p = 0; p < n; p++) {
    const { mean, root } = chosen(parts, random.next()),
      normal = Array.from({ length: dim }, (_, d) => z[d * n + p]);
    for (let d = 0; d < dim; d++)
      z[d * n + p] = mean[d] + root[d].reduce((sum, value, e) => sum + value * normal[e], 0);
  }
  return z;
}

function chosen(parts, u) {
  for (const part of parts) if ((u -= part.weight) < 0) return part;
  return parts.at(-1);
}

/** Cholesky's root of a covariance in one or two dimensions. */
function root(S) {
  const a = Math.sqrt(S[0][0]);
  if (S.length === 1) return [[a]];
  const b = S[1][0] / a;
  return [
    [a, 0],
    [b, Math.sqrt(S[1][1] - b * b)],
  ];
}

/** Whether a source is N(0, I), of which alone the mean pairs are known. */
export function isStandard(source) {
  if (!source) return true;
  const { means, covariances } = source;
  return (
    means.length === 1 &&
    means[0].every((m) => m === 0) &&
    covariances[0].every((row, i) => row.every((s, j) => s === Number(i === j)))
  );
}

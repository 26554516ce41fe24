// Gaussian mixtures, as the page and its worker hold them: {weights, means, covariances}.

/** N(0, I). */
export function standard(dim) {
  const identity = Array.from({ length: dim }, (_, i) => Array.from({ length: dim }, (_, j) => Number(i === j)));
  return { weights: [1], means: [Array(dim).fill(0)], covariances: [identity] };
}

/** Whether a source is N(0, I), as null is: of it alone the mean pairs are known. */
export function isStandard(source) {
  if (!source) return true;
  const { means, covariances } = source;
  return (
    means.length === 1 &&
    means[0].every((m) => m === 0) &&
    covariances[0].every((row, i) => row.every((s, j) => s === Number(i === j)))
  );
}

/** Cholesky's root of a covariance in one or two dimensions, (a, b, c) for [[a, 0], [b, c]]. */
export function cholesky([[xx, xy = 0], [, yy] = [0, 0]]) {
  const a = Math.sqrt(xx),
    b = xy / a;
  return [a, b, Math.sqrt(Math.max(0, yy - b * b))];
}

/** What draws need of a mixture: [{weight, mean, root}], root as of `cholesky`. */
export function components({ weights, means, covariances }) {
  return weights.map((weight, k) => ({ weight, mean: means[k], root: cholesky(covariances[k]) }));
}

/** The component that a uniform number from 0 to 1 falls into. */
export function chosen(parts, u) {
  for (const part of parts) if ((u -= part.weight) < 0) return part;
  return parts.at(-1);
}

// Which pairs of noise and data pass through a point x at progress s: their shares, velocities, mean and variance.
// Over the law, that is the mixture of data and source, its mean is the exact velocity; over the training points it is
// what the target "marginal" regresses on. Mirrors conditional_variance of data/exact.py.

export const LATEST = 0.98; // at s = 1 a point is its own only pair, and other velocities there are infinite

/** Every training point x1 with what has led to it: x0 = (x - s x1) / (1 - s), x1 - x0 = (x1 - x) / (1 - s). */
export function overPoints({ data, dim, exact }, x, s) {
  const n = data.length / dim,
    starts = Float64Array.from(data, (end, k) => (x[k % dim] - s * end) / (1 - s)),
    log = exact.logDensity(starts, n, 0), // of the source
    shares = normalised(log);
  const members = Array.from({ length: n }, (_, p) => {
    const part = (table) => [...table.subarray(p * dim, (p + 1) * dim)],
      [start, end] = [part(starts), part(data)];
    return { share: shares[p], start, end, velocity: end.map((value, d) => value - start[d]), within: 0 };
  });
  return summary(members, dim);
}

/** Every pair of components: of the pairs (x0, x1) of points that it makes, the mean given x, and their variance. */
export function overModes({ exact, dim }, x, s) {
  const shares = normalised(exact.logJoint(x, s));
  const members = exact.at(s).map(({ gain, offset }, k) => {
    const velocity = offset.map((o, i) => o + x.reduce((sum, value, j) => sum + gain[i * dim + j] * value, 0)),
      move = (far) => x.map((value, d) => value + far * velocity[d]);
    return {
      share: shares[k],
      velocity,
      start: move(-s),
      end: move(1 - s),
      within: within(exact.pairs[k], gain, s, dim),
    };
  });
  return summary(members, dim);
}

/** Trace of Var(x1 - x0 | x) of a pair of components: V - K C⁻¹ K with V = S + A, K = s S - (1 - s) A. */
function within({ S, A }, gain, s, dim) {
  let trace = 0;
  for (let i = 0; i < dim; i++) {
    trace += S[i * dim + i] + A[i * dim + i];
    for (let j = 0; j < dim; j++) trace -= gain[i * dim + j] * (s * S[j * dim + i] - (1 - s) * A[j * dim + i]);
  }
  return trace;
}

/** Mean velocity, and the trace of its variance, within members and between them; `count`: 1 / sum of shares². */
function summary(members, dim) {
  const mean = Array.from({ length: dim }, (_, d) => sum(members, ({ share, velocity }) => share * velocity[d])),
    inner = sum(members, ({ share, within }) => share * within),
    between = sum(members, ({ share, velocity }) => share * sum(velocity, (v, d) => (v - mean[d]) ** 2));
  return {
    members,
    mean,
    within: inner,
    between,
    variance: inner + between,
    count: 1 / sum(members, ({ share }) => share ** 2),
  };
}

function normalised(log) {
  const top = Math.max(...log),
    shares = Array.from(log, (value) => Math.exp(value - top)),
    total = sum(shares, (share) => share);
  return shares.map((share) => share / total);
}

const sum = (list, f) => list.reduce((total, each, k) => total + f(each, k), 0);

// A mixture as it is edited: components {w, at, sds, turn}, the standard deviations along two axes turned by so many
// degrees; in 1D there is one and no turn. Their numbers are rounded, so that an address or a file holds all of them.

export const MOST = 16; // components that can be edited
export const FAR = 20; // limit of a mean's coordinates
export const SDS = [0.05, 8]; // limits of a standard deviation
export const LEAST = 0.005; // weight

const clamp = (v, low, high) => Math.max(low, Math.min(high, v));
const round = (v, digits) => Number(v.toFixed(digits)) + 0; // no -0

/** A component within all limits, rounded. */
export function tidy({ w, at, sds, turn = 0 }) {
  const half = ((turn % 180) + 180) % 180;
  return {
    w: round(clamp(w, LEAST, 1), 4),
    at: at.map((v) => round(clamp(v, -FAR, FAR), 3)),
    sds: sds.map((v) => round(clamp(v, ...SDS), 4)),
    turn: at.length === 1 ? 0 : round(half, 2) % 180,
  };
}

/** The law {weights, means, covariances} of components. */
export function lawOf(components) {
  const total = components.reduce((sum, { w }) => sum + w, 0);
  return {
    weights: components.map(({ w }) => w / total),
    means: components.map(({ at }) => at),
    covariances: components.map(covariance),
  };
}

function covariance({ sds: [a, b], turn }) {
  if (b === undefined) return [[a * a]];
  if (a === b || turn === 0)
    return [
      [a * a, 0],
      [0, b * b],
    ];
  const [c, s] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)],
    across = c * s * (a * a - b * b);
  return [
    [c * c * a * a + s * s * b * b, across],
    [across, s * s * a * a + c * c * b * b],
  ];
}

/** The components of a law. */
export function componentsOf({ weights, means, covariances }) {
  return weights.map((w, k) => tidy({ w, at: means[k], ...axes(covariances[k]) }));
}

function axes([[xx, xy], second]) {
  if (!second) return { sds: [Math.sqrt(xx)], turn: 0 };
  const yy = second[1],
    half = (xx + yy) / 2,
    far = Math.hypot((xx - yy) / 2, xy);
  if (far < 1e-9 * half) return { sds: [Math.sqrt(half), Math.sqrt(half)], turn: 0 };
  const least = (xx * yy - xy * xy) / (half + far), // unlike half - far without cancellation
    turn = Math.atan2(2 * xy, xx - yy) / 2;
  if (xy === 0) return { sds: [Math.sqrt(xx), Math.sqrt(yy)], turn: 0 };
  return { sds: [Math.sqrt(half + far), Math.sqrt(least)], turn: (turn * 180) / Math.PI };
}

/** Components with component k changed; if its weight changes, the others share what is left as before. */
export function changed(components, k, change) {
  const next = components.map((each, i) => (i === k ? { ...each, ...change } : each));
  return (change.w === undefined ? next : weighted(next, k)).map(tidy);
}

function weighted(components, k) {
  if (components.length === 1) return [{ ...components[0], w: 1 }];
  const w = clamp(components[k].w, LEAST, 1 - LEAST * (components.length - 1)),
    others = components.reduce((sum, each, i) => sum + (i === k ? 0 : each.w), 0);
  return components.map((each, i) => ({ ...each, w: i === k ? w : (each.w * (1 - w)) / others }));
}

/** One more component at a place, of the mean weight. */
export function added(components, at) {
  const sds = components[0]?.sds.map(() => 0.5) ?? at.map(() => 0.5),
    next = [...components, { w: 1 / (components.length + 1), at, sds, turn: 0 }];
  return weighted(next, components.length).map(tidy);
}

/** All but component k. */
export function removed(components, k) {
  const rest = components.filter((_, i) => i !== k),
    total = rest.reduce((sum, { w }) => sum + w, 0);
  return rest.map((each) => tidy({ ...each, w: each.w / total }));
}

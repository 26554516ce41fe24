// What stages draw: marks and arrows at places [point, progress], each with its name in the legend.

export const add = (x, k, v) => x.map((value, d) => value + k * v[d]);

const STYLES = {
  pair: { color: "coupling_train", width: 1.4, head: false },
  conditional: { color: "coupling_train", width: 2.4 },
  mean: { color: "coupling_train", width: 2.4, dash: [6, 5], rim: false },
  exact: { color: "exact", width: 5.5 },
  target: { color: "decode_line", width: 3.4 },
  part: { color: "decode_line", width: 1.6, dash: [3, 3] },
  value: { color: "output_x_hat", width: 3 },
  after: { color: "coupling_infer", width: 2.4, rim: false },
  residual: { color: "error", width: 2.4, dash: [2, 3], head: false },
};

/** An arrow, or for a pair or a residual a line. */
export const line = (style, name, from, to) => ({ style: STYLES[style], name, from, to });

const MARKS = {
  noise: { color: "prior_z", shape: "ring", r: 7 },
  data: { color: "data_x", shape: "square", r: 6 },
  latent: { color: "latent_z_hat", shape: "triangle", r: 6 },
  state: { color: "exact", shape: "disc", r: 5 },
  value: { color: "output_x_hat", shape: "disc", r: 6 },
  target: { color: "decode_line", shape: "disc", r: 6 },
  after: { color: "coupling_infer", shape: "disc", r: 5 },
  mean: { color: "exact", shape: "cross", r: 6 },
};

export const spot = (kind, place, label = "") => ({ mark: MARKS[kind], at: place, label });

/** Where a velocity, in the direction of a model's time, would lead from the state by the data's end. */
export const ahead = (f, v) => [add(f.point, f.sign * (1 - f.s), v), 1];

/** Where a mean velocity leads from the state until time `to`; if no time passes, as a velocity. */
export function jump(f, u, from, to) {
  if (from === to) return ahead(f, u);
  return [add(f.point, to - from, u), f.s + f.sign * (to - from)];
}

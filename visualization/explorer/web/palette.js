// One meaning, one colour and one shape, in both themes; they come from visualization/config.py with the page's data.

let themes = {};

/** name: [title, meaning, shape, why]. The order is that of the list of layers. */
export const LAYERS = {
  data: ["Data", "data_x", "square", "Training points, and the exact density"],
  source: ["Source", "prior_z", "ring", "Noise points, and the density that they are drawn from"],
  samples: ["Samples", "output_x_hat", "disc", "Particles on their way from noise to data"],
  trajectories: ["Trajectories", "coupling_infer", "line", "Learnt paths; the exact ones are thin and black"],
  field: ["Learnt field", "output_x_hat", "arrow", "Flows: the velocity at this time. Others: the image of a latent grid"],
  truth: ["Exact field", "exact", "arrow", "The same, exact: of models whose own answer it is"],
  error: ["Error map", "error", "patch", "Distance between learnt and exact, of the same models: deeper is worse"],
  density: ["Density", "output_x_hat", "hill", "Density of the samples"],
  couplings: ["Couplings", "coupling_train", "dash", "Pairs as the model is trained on; of encoders: encode and decode"],
  jumps: ["One-step jumps", "decode_line", "dash", "Where a single evaluation takes the noise"],
};

export function bring(found) {
  themes = found;
}

export function theme() {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

export function colors(name = theme()) {
  return themes[name];
}

export function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

/** Add a mark of radius r at (x, y) to the path of a context; ring and disc differ by stroke and fill. */
export function mark(g, shape, x, y, r) {
  if (shape === "square") g.rect(x - r, y - r, 2 * r, 2 * r);
  else if (shape === "triangle") {
    g.moveTo(x, y - 1.2 * r);
    g.lineTo(x + 1.1 * r, y + 0.8 * r);
    g.lineTo(x - 1.1 * r, y + 0.8 * r);
    g.closePath();
  } else if (shape === "cross") {
    g.moveTo(x - r, y - r);
    g.lineTo(x + r, y + r);
    g.moveTo(x - r, y + r);
    g.lineTo(x + r, y - r);
  } else (g.moveTo(x + r, y), g.arc(x, y, r, 0, 2 * Math.PI));
}

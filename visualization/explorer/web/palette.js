// One meaning, one colour and one shape, in both themes; the same as in visualization/config.py.

const LIGHT = {
  prior: "#1f77b4",
  data: "#e8710a",
  latent: "#218c21",
  output: "#d62728",
  coupling: "#7f7f7f",
  inference: "#7e4fb0",
  encode: "#8c564b",
  decode: "#d1559f",
  exact: "#1a1a1a",
  error: "#00807a",
  paper: "#ffffff",
  frame: "#c9c9cf",
};
const DARK = {
  prior: "#62b0ea",
  data: "#ffa24d",
  latent: "#66d166",
  output: "#ff6f6f",
  coupling: "#9a9aa2",
  inference: "#bd9cf0",
  encode: "#cf9d92",
  decode: "#f79ad3",
  exact: "#f2f2f2",
  error: "#3fd8cd",
  paper: "#16171d",
  frame: "#44464f",
};
/** Colours of the eight models in charts, as on the page of steps. */
export const SHADES = ["#8a8a8a", "#a0655a", "#2ca02c", "#a8a92a", "#3b8fd0", "#9467bd", "#e0403f", "#f08a1d"];
export const MARKS = ["circle", "square", "triangle", "diamond", "down", "plus", "star", "cross"];

/** name: [title, colour, shape, why]. The order is that of the list of layers. */
export const LAYERS = {
  data: ["Data", "data", "square", "Training points, and the exact density"],
  source: ["Source", "prior", "ring", "Noise points, and the density of N(0, I)"],
  samples: ["Samples", "output", "disc", "Particles on their way from noise to data"],
  trajectories: ["Trajectories", "inference", "line", "Learnt paths; the exact ones are thin and black"],
  field: ["Learnt field", "output", "arrow", "Flows: the velocity at this time. Others: the image of a latent grid"],
  truth: ["Exact field", "exact", "arrow", "The same, exact"],
  error: ["Error map", "error", "patch", "Distance between learnt and exact: deeper is worse"],
  density: ["Density", "output", "hill", "Density of the samples"],
  couplings: ["Couplings", "coupling", "dash", "Training pairs; for AE and VAE: encode and decode"],
  jumps: ["One-step jumps", "decode", "dash", "Where a single step takes the noise"],
};

export function colors() {
  return document.documentElement.dataset.theme === "dark" ? DARK : LIGHT;
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

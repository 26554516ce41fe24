// One meaning, one colour and one shape, in both themes; they come from visualization/config.py with the page's data.

let themes = {};

/** name: [title, meaning, shape, why]. The order is that of the list of layers. */
export const LAYERS = {
  data: ["Data", "data_x", "square", "Training points, and the exact density"],
  source: ["Noise", "prior_z", "ring", "Noise points, and the density that they are drawn from (dotted lines)"],
  samples: ["Particles", "output_x_hat", "disc", "Noise on its way to data: at t = 1 they are the model's samples"],
  trajectories: ["Paths", "coupling_infer", "line", "Where the model takes the noise; exact paths are thin and without colour"],
  field: ["Learnt field", "output_x_hat", "arrow", "Flows: the velocity at time t. Others: the image of a grid of noise"],
  truth: ["Exact field", "exact", "arrow", "The same, exact: of models whose own answer it is"],
  error: ["Error map", "error", "patch", "How far learnt is from exact, of the same models: deeper is worse"],
  density: ["Density", "output_x_hat", "hill", "Of the particles at time t, blurred by kernels of width 0.12 in 1D and 0.22 in 2D; without colour: exact, if it is their own"],
  couplings: ["Couplings", "coupling_train", "dash", "Pairs as the model is trained on; of encoders: encoded and decoded data"],
  jumps: ["One-step jumps", "decode_line", "dash", "Where a single evaluation takes the noise"],
};

/** Lines differ by form, too: without red or without green, noise and paths have one colour. */
export const DASH = { prior_z: [1.5, 3], coupling_train: [2, 3], encode_line: [9, 3], decode_line: [8, 3, 2, 3] };

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

/** The sign of a layer, 20 x 14 pixels, as in the panels. */
export function glyph(g, meaning, shape, c) {
  g.strokeStyle = g.fillStyle = c[meaning];
  g.lineWidth = 1.8;
  g.beginPath();
  if (shape === "patch" || shape === "hill") {
    g.globalAlpha = 0.6;
    if (shape === "patch") g.fillRect(3, 2, 14, 10);
    else {
      g.moveTo(2, 12);
      for (let i = 0; i <= 16; i++) g.lineTo(2 + i, 12 - 10 * Math.exp(-(((i - 8) / 3.6) ** 2)));
      g.fill();
    }
    g.globalAlpha = 1;
  } else if (shape === "line" || shape === "dash" || shape === "arrow") {
    if (shape === "dash") g.setLineDash(DASH[meaning].map((length) => length * 0.8));
    g.moveTo(1, 7);
    g.lineTo(19, 7);
    if (shape === "arrow") {
      g.moveTo(14, 3);
      g.lineTo(19, 7);
      g.lineTo(14, 11);
    }
    g.stroke();
    g.setLineDash([]);
  } else {
    mark(g, shape, 10, 7, 4);
    shape === "ring" ? g.stroke() : g.fill();
  }
}

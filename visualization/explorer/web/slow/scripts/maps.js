// Models without a time: mirrors live/losses/decoder.js, ae.js, vae.js, gan.js, drifting.js.

import { add, line, spot } from "../scenes.js";
import { ADAM, chance, losses, one, row, sampled, stepped, update } from "./common.js";

const corrected = (loss, residual, answer) =>
  update(
    loss,
    residual,
    answer,
    (f) => [line("residual", "error", [f.target, 1], [f.value, 1]), spot("after", [f.after, 1])],
    { title: "Error and update" },
  );

export const decoder = {
  times: [],
  convention: "There is no time: the decoder takes noise z to an output x̂ at once.",
  formula: () => "⟨5|L = ‖⟨4|x̂⟩ − ⟨3|⟨1|x⟩⟩‖^2⟩\n⟨4|x̂ = g_θ(⟨2|⟨1|z⟩⟩)⟩",
  stages: [
    chance("x", "z"),
    {
      title: "No point between",
      formula: () => "⟨2|z⟩",
      say: () =>
        "Where a flow would mix z and x, there is nothing to do: the decoder sees z itself, and z says nothing about x.",
      numbers: (f) => [row("z", f.z)],
      draw: () => [],
    },
    {
      title: "The target",
      formula: () => "⟨3|x⟩",
      say: () =>
        "The target is x, but any other data point could have come with this z. Their mean (×), the mean of all data, has the least expected error.",
      numbers: (f) => [row("x", f.x), ["\\mean", row("", f.meanX)[1]]],
      draw: (f) => [spot("mean", [f.meanX, 1], "mean")],
    },
    {
      title: "The network's answer",
      formula: () => "⟨4|x̂ = g_θ(z)⟩",
      say: () => "The decoder's output for this z.",
      numbers: (f) => [row("x̂", f.value)],
      draw: (f) => [line("value", "decode", [f.z, 0], [f.value, 1]), spot("value", [f.value, 1], "x̂")],
    },
    corrected("‖x̂ − x‖^2", "x̂ − x", "x̂"),
  ],
};

export const ae = {
  times: [],
  convention: "There is no time and no noise: an autoencoder learns to copy data through a latent ẑ.",
  formula: () => "⟨5|L = ⟨4|‖⟨3|x̂⟩ − ⟨1|x⟩‖^2⟩⟩\n⟨2|ẑ = f_θ(x)⟩\n⟨3|x̂ = g_θ(ẑ)⟩",
  stages: [
    {
      title: "A data point",
      formula: () => "⟨1|x ∼ \\data⟩",
      say: () => "Only a data point: an autoencoder needs no noise.",
      numbers: (f) => [row("x", f.x)],
      draw: (f) => [spot("data", [f.x, 1], "x")],
    },
    {
      title: "Encode",
      formula: () => "⟨2|ẑ = f_θ(x)⟩",
      say: () => "The encoder takes it to a latent (▲). Nothing asks the latents to be distributed like noise.",
      numbers: (f) => [row("ẑ", f.latent)],
      draw: (f) => [
        { ...line("pair", "encode", [f.x, 1], [f.latent, 0]), style: { color: "encode_line", width: 2.4 } },
        spot("latent", [f.latent, 0], "ẑ"),
      ],
    },
    {
      title: "Decode",
      formula: () => "⟨3|x̂ = g_θ(ẑ)⟩",
      say: () => "The decoder takes the latent to the output (●).",
      numbers: (f) => [row("x̂", f.value)],
      draw: (f) => [line("value", "decode", [f.latent, 0], [f.value, 1]), spot("value", [f.value, 1], "x̂")],
    },
    {
      title: "Error",
      formula: () => "⟨4|L = ‖x̂ − x‖^2⟩",
      say: () => "The target is the data point itself.",
      numbers: (f) => [row("x̂ − x", f.residual), ["L", one(f.error[0])]],
      draw: (f) => [line("residual", "error", [f.x, 1], [f.value, 1])],
    },
    {
      title: "Update",
      formula: () => ADAM,
      say: stepped,
      numbers: (f) => [...losses(f), row("x̂ \\after", f.after)],
      draw: (f) => [spot("after", [f.after, 1])],
    },
  ],
};

/** KL(N(mu, sigma²) || N(0, I)) in nats. */
const kl = ({ mu, sigma }) =>
  mu.reduce((sum, m, d) => sum + 0.5 * (m * m + sigma[d] ** 2 - 2 * Math.log(sigma[d]) - 1), 0);

export const vae = {
  times: [],
  convention: "There is no time. Noise z only blurs the latent.",
  formula: () => "⟨5|L = ⟨4|‖⟨3|x̂⟩ − ⟨1|x⟩‖^2 + β \\KL⟩⟩\n⟨2|ẑ = μ_θ(x) + σ_θ(x) ⟨1|z⟩⟩\n⟨3|x̂ = g_θ(ẑ)⟩",
  stages: [
    {
      ...chance("x", "z"),
      title: "A data point, and noise",
      say: () => "A data point x (■), and noise z for its latent: not a pair to be joined, as in a flow.",
      draw: (f) => [spot("data", [f.x, 1], "x")],
    },
    {
      ...ae.stages[1],
      formula: () => "⟨2|ẑ = μ + σ z⟩",
      say: () => "The encoder gives a mean μ and a spread σ; the latent (▲) is drawn from that Gaussian.",
      numbers: (f) => [row("μ", f.mu), row("σ", f.sigma), row("ẑ", f.latent)],
    },
    ae.stages[2],
    {
      ...ae.stages[3],
      formula: () => "⟨4|L = ‖x̂ − x‖^2 + β \\KL(N(μ, σ^2) ‖ N(0, I))⟩".replace(" ‖ N(0, I))", ", N(0, I))"),
      say: (f) =>
        `The squared error, and β = ${f.beta} times the KL divergence of the latent's Gaussian from N(0, I): what each x's latent tells about x has a price.`,
      numbers: (f) => [row("x̂ − x", f.residual), ["β \\KL", one(f.beta * kl(f))], ["L", one(f.error[0])]],
    },
    ae.stages[4],
  ],
};

export const vae_beta = vae;

const softplus = (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));

export const gan = {
  times: [],
  convention: "There is no time. Two networks play against each other: G makes samples from noise z, D rates them.",
  formula: () =>
    "⟨5|L_D = ⟨4|\\log(1 + e^{⟨3|D(⟨2|G(⟨1|z⟩)⟩) − D(⟨1|x⟩)⟩})⟩⟩\n" +
    "⟨5|+ \\frac{γ}{2} ⟨4|(‖∇D(x)‖^2 + ‖∇D(G(z))‖^2)⟩⟩",
  stages: [
    chance("x", "z"),
    sampled("G(z)", "G(z)", "The generator takes the noise to a sample."),
    {
      title: "Two ratings",
      formula: () => "⟨3|D(x), D(G(z))⟩",
      say: () => "The critic rates both; only the difference counts. There is no target point: any x may meet any z.",
      numbers: (f) => [row("D(x)", f.D_x), row("D(G(z))", f.D_fake)],
      draw: () => [],
    },
    {
      title: "Slopes",
      formula: () => "⟨4|∇D(x), ∇D(G(z))⟩",
      say: () =>
        "Uphill in D is where the sample is drawn to (pink). γ keeps these slopes small, so that the game does not swing.",
      numbers: (f) => [row("∇D(x)", f.slope_x), row("∇D(G(z))", f.slope_fake)],
      draw: (f) => [line("target", "uphill in D", [f.value, 1], [add(f.value, 1, f.slope_fake), 1])],
    },
    {
      title: "Losses and update",
      formula: () => "⟨5|L_G = \\log(1 + e^{D(x) − D(G(z))})⟩",
      say: (f) =>
        `Both networks step at once, D to make L_D smaller and G to make L_G smaller, on ${f.alone ? "this pair alone" : `a batch of ${f.m} with this pair`}: the sample moves to the purple mark.`,
      numbers: (f) => [
        ["L_D", one(f.error[0])],
        ["L_G", one(softplus(f.D_x[0] - f.D_fake[0]))],
        ["L_D \\after", one(f.errorAfter[0])],
        row("G(z) \\after", f.after),
      ],
      draw: (f) => [spot("after", [f.after, 1])],
    },
  ],
};

export const drifting = {
  times: [],
  batchOnly: true,
  convention: "There is no time. Samples f(z) of a batch are drawn to its data and pushed apart from each other.",
  formula: () => "⟨5|L = ‖⟨2|f_θ(⟨1|z⟩)⟩ − \\sg(⟨4|f_θ(z) + ⟨3|V⟩⟩)‖^2⟩\n⟨3|V = V^+ − V^-⟩",
  stages: [
    {
      ...chance("x", "z"),
      title: "Noise, and a batch of data",
      say: (f) =>
        `Noise z, and the ${f.m} data points of the batch (x is one of them): which z becomes which x is left open.`,
      draw: (f) => [spot("noise", [f.z, 0], "z"), spot("data", [f.x, 1], "x")],
    },
    sampled("f_θ(z)", "f(z)", "The network takes z to a sample."),
    {
      title: "The drift",
      formula: () => "⟨3|V = V^+ − V^-⟩",
      say: (f) =>
        `Attraction by the batch's data near the sample, less that by its other samples: the mean over two kernels, of width ${f.settings.bandwidth} and four times that.`,
      numbers: (f) => [row("V", add(f.target, -1, f.value))],
      draw: (f) => [line("target", "the drift V", [f.value, 1], [f.target, 1])],
    },
    {
      title: "The target",
      formula: () => "⟨4|y = f_θ(z) + V⟩",
      say: () => "Where the drift would take the sample, as a point without gradient.",
      numbers: (f) => [row("y", f.target)],
      draw: (f) => [spot("target", [f.target, 1], "y")],
    },
    corrected("‖f(z) − \\sg(y)‖^2", "f − y", "f(z)"),
  ],
};

// Flow maps from noise to data: mirrors live/losses/facm.js, flowmap.js, consistency.js, diffusion.js.

import { ahead, jump, line, spot } from "../scenes.js";
import { ADAM, chance, losses, passing, passingNumbers, row, stepped, targetInWords, update, velocity } from "./common.js";
import { bounded, regressed } from "./mean_velocity.js";
import { fm } from "./velocity.js";

const D1 = "Time t runs from noise z at t = 0 to data x at t = 1.";
const place = (f) => [f.point, f.s];

export const facm = {
  times: ["t"],
  convention: `${D1} F(x, t, r) is the mean velocity from t to r; r = t is the velocity, the anchor.`,
  formula: () =>
    "⟨5|L = \\cos \\frac{π t}{2} ‖⟨4|F_θ(⟨2|x_t, t⟩, 1)⟩ − y‖^2⟩\n⟨5|+ ‖⟨4|F_θ(x_t, t, t)⟩ − ⟨3|v⟩‖^2⟩\n" +
    "⟨4|y = \\sg(⟨3|v⟩ + (1 − t) \\frac{dF}{dt})⟩\n⟨3|v = ⟨1|x − z⟩⟩",
  stages: [
    ...fm.stages.slice(0, 3),
    {
      title: "Two answers, a tangent, the target",
      formula: () => "⟨4|y = v + (1 − t) \\frac{dF}{dt}⟩",
      say: () =>
        "The network is asked twice: for the velocity (r = t), whose target is v, and for the mean velocity to the data (r = 1). That must be y, with the network's own derivative dF/dt along v.",
      numbers: (f) => [
        row("F(x_t, t, t)", f.anchor),
        row("F(x_t, t, 1)", f.value),
        row("\\frac{dF}{dt}", f.tangent),
        row("y", f.target),
      ],
      draw: (f) => [
        line("target", "target y of the jump", place(f), ahead(f, f.target)),
        line("value", "the network's jump F(xₜ, t, 1)", place(f), ahead(f, f.value)),
        {
          ...line("value", "the network's velocity F(xₜ, t, t)", place(f), ahead(f, f.anchor)),
          style: { color: "output_x_hat", width: 1.6, dash: [2, 4] },
        },
      ],
    },
    {
      title: "Residuals and update",
      formula: () => "⟨5|L = \\cos \\frac{π t}{2} ‖α g‖^2 + ‖F(x_t, t, t) − v‖^2⟩\n⟨5|g = F(x_t, t, 1) − y⟩",
      say: (f) =>
        `${f.settings.target === "conditional" ? "α = 1 − √t damps the noisy target." : "α = 1, as the target has no noise."} ${stepped(f)}${f.settings.target === "conditional" ? "" : bounded(f)}`,
      numbers: (f) => [
        row("α g", f.residual),
        row("F(x_t, t, t) − v", f.anchorResidual),
        ...losses(f),
        row("F(x_t, t, 1) \\after", f.after),
      ],
      draw: (f) => [
        line("residual", "residual of the jump", ahead(f, f.target), ahead(f, f.value)),
        line("after", "the network's jump after the step", place(f), ahead(f, f.after)),
      ],
    },
  ],
};

const until = (f, u) => jump(f, u, f.times[0], f.times[1]);
const still = (f) => f.times[0] === f.times[1];

export const flowmap = {
  times: ["s", "t"],
  order: ["s", "t"],
  convention:
    "Time runs from noise x₀ at 0 to data x₁ at 1. φ is the mean velocity from s to t, b = φ at equal times the velocity.",
  formula: () =>
    "⟨5|L = ‖⟨4|φ_θ(⟨2|I_s, s, t⟩)⟩ − \\sg(⟨4|y⟩)‖^2⟩\n⟨4|y = b_t(X) − (t − s) \\frac{∂φ}{∂t}⟩\n⟨4|X = I_s + (t − s) φ⟩\n⟨3|b = E[⟨1|x_1 − x_0⟩ | I]⟩",
  stages: [
    chance("x₁", "x₀"),
    {
      title: "The point between",
      formula: () => "⟨2|I_s = s x_1 + (1 − s) x_0⟩",
      say: () => "At time s the line from x₀ to x₁ is here. The network is asked for the jump from s to t.",
      numbers: (f) => [row("s", f.times[0]), row("t", f.times[1]), row("I_s", f.state)],
      draw: (f) => [spot("state", place(f), "Iₛ")],
    },
    {
      title: "The velocity there",
      formula: (f) => `⟨3|v = ${velocity(f, "x_1 − x_0", "I_s")}⟩`,
      say: (f) =>
        still(f)
          ? targetInWords(f, "x₁ − x₀")
          : "Here s < t, and the velocity of pairs is not needed: a jump learns from the velocity where it ends. Only samples with s = t learn from v.",
      numbers: (f) => passingNumbers(f, "x_1 − x_0"),
      draw: (f) => passing(f, "x₁ − x₀"),
    },
    {
      title: "The network's jump, its tangent, the target",
      formula: () => "⟨4|y = b_t(X) − (t − s) \\frac{∂φ}{∂t}⟩",
      say: (f) =>
        still(f)
          ? "Here s = t: no time passes, so the target is v itself."
          : "The end X of the jump must move with the velocity b that the network itself has there, as t grows: so φ must be y.",
      numbers: (f) => [row("φ", f.value), row("\\frac{∂φ}{∂t}", f.tangent), row("y", f.target)],
      draw: (f) => [
        line("target", "target y, from s to t", place(f), until(f, f.target)),
        line("value", "the network's φ, from s to t", place(f), until(f, f.value)),
      ],
    },
    update(
      "‖φ − \\sg(y)‖^2",
      "φ − y",
      "φ",
      (f) => [
        line("residual", "residual", until(f, f.target), until(f, f.value)),
        line("after", "the network's φ after the step", place(f), until(f, f.after)),
      ],
      { say: regressed },
    ),
  ],
};

const later = (f) => [f.later, Math.min(f.times[0] + f.settings.gap, 1)];

export const consistency = {
  times: ["t"],
  convention: `${D1} f(x, t) is the end of the path through x at t.`,
  formula: () => "⟨5|L = ‖⟨4|f_θ(⟨2|x_t, t⟩)⟩ − \\sg(⟨3|f_θ(x_r, r)⟩)‖^2⟩\nf_θ(x, t) = x + (1 − t) \\net(x, t)",
  stages: [
    fm.stages[0],
    {
      title: "Two points, one a little later",
      formula: () => "⟨2|x_t = t x + (1 − t) z, r = t + \\gap⟩",
      say: (f) =>
        `x at t, and x a little later, at r = t + ${f.settings.gap}, ${f.settings.target === "conditional" ? "on the same line" : "in the direction in which all that passes there moves on average"}.`,
      numbers: (f) => [row("t", f.times[0]), row("x_t", f.state), row("x_r", f.later)],
      draw: (f) => [
        { ...spot("target", later(f)), mark: { color: "decode_line", shape: "disc", r: 3.5 } },
        spot("state", place(f), "xₜ"),
      ],
    },
    {
      title: "The target: the later answer",
      formula: () => "⟨3|y = f_θ(x_r, r)⟩",
      say: () =>
        "Where the network says that the later point ends. At t = 1 it ends where it is: so the truth spreads from the data to the noise. There is no arrow to learn; the grey ones only tell how pairs pass here.",
      numbers: (f) => [row("y", f.target), ...passingNumbers(f, "x − z").slice(1)],
      draw: (f) => [
        ...passing(f, "x − z"),
        line("target", "from x at r to its end y", later(f), [f.target, 1]),
        spot("target", [f.target, 1], "y"),
      ],
    },
    {
      title: "The network's answer",
      formula: () => "⟨4|f_θ(x_t, t) = x_t + (1 − t) \\net(x_t, t)⟩",
      say: () => "Where it says that this point ends. Both are points of the same path, so the two ends should be one.",
      numbers: (f) => [row("f(x_t, t)", f.value), row("y", f.target)],
      draw: (f) => [line("value", "from x at t to its end", place(f), [f.value, 1]), spot("value", [f.value, 1])],
    },
    update(
      "‖f(x_t, t) − \\sg(y)‖^2",
      "f − y",
      "f",
      (f) => [
        line("residual", "residual", [f.target, 1], [f.value, 1]),
        line("after", "after the step", place(f), [f.after, 1]),
        spot("after", [f.after, 1]),
      ],
      { numbers: (f) => [row("f − y", f.residual, 3), ...losses(f), row("f \\after", f.after)] }, // a small one
    ),
  ],
};

const eps = (f) => f.settings.prediction === "eps";

/** The noise that an answer means: a v-prediction says a ε − b x, so ε = a v + b x_s. */
function noiseOf(f, answer) {
  if (eps(f)) return answer;
  const [a, b] = [Math.sin, Math.cos].map((g) => g((Math.PI / 2) * f.times[0]));
  return f.state.map((value, d) => a * answer[d] + b * value);
}

export const diffusion = {
  times: ["s"],
  convention:
    "Progress s runs from noise ε at 0 to data x at 1: x_s = a x + b ε, a = sin(π s / 2), b = cos(π s / 2). The panel shows x_s / (a + b), which lies on the straight line, at flow time a / (a + b).",
  formula: (f) =>
    eps(f)
      ? "⟨5|L = ‖⟨4|ε_θ(⟨2|x_s, s⟩)⟩ − ⟨3|⟨1|ε⟩⟩‖^2⟩"
      : "⟨5|L = ‖⟨4|v_θ(⟨2|x_s, s⟩)⟩ − ⟨3|(a ⟨1|ε⟩ − b ⟨1|x⟩)⟩‖^2⟩",
  stages: [
    chance("x", "ε"),
    {
      title: "The noisy point",
      formula: () => "⟨2|x_s = a x + b ε⟩",
      say: () => "Data and noise, mixed so that the variance stays about the same.",
      numbers: (f) => [row("s", f.times[0]), row("x_s", f.state)],
      draw: (f) => [spot("state", place(f), "xₛ")],
    },
    {
      title: "The target: the noise",
      formula: (f) => `⟨3|y = ${velocity(f, eps(f) ? "ε" : "a ε − b x", "x_s")}⟩`,
      say: (f) =>
        `The noise that is in the point${eps(f) ? "" : ", in the form a ε − b x"}. ${f.settings.target === "conditional" ? "Other noise leads here as well, with other data: over many steps the network learns its mean." : "Other noise leads here as well, with other data: this model's target is its mean."}`,
      numbers: (f) => [row("ε", f.z), row("y", f.target)],
      draw: (f) => [
        line("target", "to the target's noise", place(f), [noiseOf(f, f.target), 0]),
        spot("target", [noiseOf(f, f.target), 0]),
      ],
    },
    {
      title: "The network's answer",
      formula: (f) => `⟨4|${eps(f) ? "ε" : "v"}_θ(x_s, s)⟩`,
      say: () => "The network sees the point and s, and says which noise is in it.",
      numbers: (f) => [row(eps(f) ? "ε_θ" : "v_θ", f.value), row("y", f.target)],
      draw: (f) => [
        line("value", "to the network's noise", place(f), [noiseOf(f, f.value), 0]),
        spot("value", [noiseOf(f, f.value), 0]),
      ],
    },
    {
      title: "Residual and update",
      formula: (f) => `⟨5|L = ‖${eps(f) ? "ε" : "v"}_θ − y‖^2⟩\n${ADAM}`,
      say: stepped,
      numbers: (f) => [
        row(`${eps(f) ? "ε" : "v"}_θ − y`, f.residual),
        ...losses(f),
        row(`${eps(f) ? "ε" : "v"}_θ \\after`, f.after),
      ],
      draw: (f) => [
        line("residual", "residual", [noiseOf(f, f.target), 0], [noiseOf(f, f.value), 0]),
        line("after", "after the step", place(f), [noiseOf(f, f.after), 0]),
        spot("after", [noiseOf(f, f.after), 0]),
      ],
    },
  ],
};

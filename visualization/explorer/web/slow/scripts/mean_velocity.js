// MeanFlow and its relatives from data to noise: mirrors live/losses/meanflow.js, imf.js, backflow.js, shortcut.js.

import { jump, line, spot } from "../scenes.js";
import { chance, passing, passingNumbers, row, stepped, targetInWords, update, velocity } from "./common.js";

const pair = chance("x", "e");
const until = (f, u) => jump(f, u, f.times[0], f.times[1]);
const equal = (f) => f.times[0] === f.times[1];
const SAME = "Here r = t: no time passes, so the target is v itself, as in flow matching.";

export const meanflow = {
  times: ["t", "r"],
  order: ["r", "t"],
  convention:
    "Time runs from data x at 0 to noise e at 1, so the velocity points from data to noise. u is the mean velocity from t to r.",
  formula: () => "⟨5|L = ‖⟨4|u_θ(⟨2|z_t, r, t⟩)⟩ − \\sg(⟨3|v⟩ − (t − r) ⟨4|\\frac{du}{dt}⟩)‖^2⟩\n⟨3|v = ⟨1|e − x⟩⟩",
  stages: [
    pair,
    {
      title: "The point between",
      formula: () => "⟨2|z_t = (1 − t) x + t e⟩",
      say: (f) =>
        `At time t the line from x to e is here. The network is asked for the mean velocity from t to r. ${equal(f) ? "r = t: so for the velocity itself." : ""}`,
      numbers: (f) => [row("t", f.times[0]), row("r", f.times[1]), row("z_t", f.state)],
      draw: (f) => [spot("state", [f.point, f.s], "zₜ")],
    },
    {
      title: "The target's velocity",
      formula: (f) => `⟨3|v = ${velocity(f, "e − x", "z_t")}⟩`,
      say: (f) => `${targetInWords(f, "e − x")} Arrows show where each would lead back to at the data's end.`,
      numbers: (f) => passingNumbers(f, "e − x"),
      draw: (f) => passing(f, "e − x"),
    },
    {
      title: "The network, its tangent, the target",
      formula: () => "⟨4|u = u_θ(z_t, r, t), y = v − (t − r) \\frac{du}{dt}⟩",
      say: (f) =>
        equal(f)
          ? SAME
          : "Along v the mean velocity u changes by du/dt, the network's own derivative. A mean velocity must satisfy u = v − (t − r) du/dt: that is the target y.",
      numbers: (f) => [row("u", f.value), row("\\frac{du}{dt}", f.tangent), row("y", f.target)],
      draw: (f) => [
        line("target", "target y, from t to r", [f.point, f.s], until(f, f.target)),
        line("value", "the network's u, from t to r", [f.point, f.s], until(f, f.value)),
      ],
    },
    update(
      "‖u − \\sg(y)‖^2",
      "u − y",
      "u",
      (f) => [
        line("residual", "residual", until(f, f.target), until(f, f.value)),
        line("after", "the network's u after the step", [f.point, f.s], until(f, f.after)),
      ],
      { say: regressed },
    ),
  ],
};

/** What the step does where the target is the network's own, in words. */
export function regressed(f) {
  return `No gradient goes through y (sg). ${stepped(f)}${bounded(f)}`;
}

/** In words, that a long residual counts as a shorter one. */
export function bounded(f) {
  const far = Math.hypot(...f.value.map((value, d) => value - f.target[d])),
    counts = Math.hypot(...f.residual);
  return far > counts * 1.001 + 1e-6 && f.alpha === undefined
    ? ` The residual is cut to a length of ${counts.toFixed(0)}.`
    : "";
}

/** Another fourth stage, and another formula. */
const with4 = (base, formula, stage) => ({
  ...base,
  formula: () => formula,
  stages: base.stages.map((each, k) => (k === 3 ? { ...each, ...stage } : each)),
});

export const imf = with4(meanflow, meanflow.formula(), {
  say: (f) =>
    equal(f)
      ? SAME
      : "u changes by du/dt along the network's own velocity u(zₜ, t, t), which has less noise than e − x. The target is y = v − (t − r) du/dt.",
  numbers: (f) => [row("u(z_t, t, t)", f.direction), ...meanflow.stages[3].numbers(f)],
});

export const backflow = {
  ...with4(meanflow, "⟨5|L = ‖⟨4|u_θ(⟨2|z_t, r, t⟩) + (t − r) \\sg(\\frac{du}{dt})⟩ − ⟨3|v⟩‖^2⟩\n⟨3|v = ⟨1|e − x⟩⟩", {
    say: (f) =>
      equal(f)
        ? SAME
        : "The same identity, u + (t − r) du/dt = v, for r after t, too: one network goes to the data and back to the noise. So u must be y = v − (t − r) du/dt.",
  }),
  order: [],
};

export const shortcut = {
  ...with4(
    meanflow,
    "⟨5|L = ‖⟨4|u_θ(⟨2|z_t, r, t⟩)⟩ − ⟨3|y⟩‖^2⟩\n⟨4|(t − r) y⟩\n⟨4|= (t − s) u(z_t, s, t) + (s − r) u(z_s, r, s)⟩",
    {
      title: "The network's jump, and two shorter ones",
      formula: () => "⟨4|(t − r) y⟩\n⟨4|= (t − s) u(z_t, s, t) + (s − r) u(z_s, r, s)⟩",
      say: (f) =>
        equal(f)
          ? SAME
          : "A jump from t to r must end where two jumps end, from t to s and from s to r: the pink dashes. They are the network's own, without gradient.",
      numbers(f) {
        const { first, second } = halves(f);
        return [
          row("u", f.value),
          ...(equal(f) ? [] : [row("u(z_t, s, t)", first), row("u(z_s, r, s)", second)]),
          row("y", f.target),
        ];
      },
      draw(f) {
        const { first, second, middle } = halves(f),
          [, r, s] = f.times,
          [all] = meanflow.stages[3].draw(f).slice(1);
        if (equal(f)) return [line("target", "target v", [f.point, f.s], until(f, f.target)), all];
        const end = [middle[0].map((value, d) => value - (s - r) * second[d]), 1 - r];
        return [
          all,
          line("part", "jump from t to s", [f.point, f.s], jump(f, first, f.times[0], s)),
          line("part", "jump from s to r", middle, end),
        ];
      },
    },
  ),
  times: ["t", "r", "s"],
  order: ["r", "s", "t"],
};
shortcut.stages[2] = {
  ...meanflow.stages[2],
  say: (f) =>
    equal(f)
      ? meanflow.stages[2].say(f)
      : "Here r < t, and the velocity of pairs is not needed: a long jump learns from shorter ones. Only samples with r = t learn from v.",
};
shortcut.stages[1] = {
  ...meanflow.stages[1],
  numbers: (f) => [...meanflow.stages[1].numbers(f), row("s", f.times[2])],
};

/** The two jumps of a shortcut: {first, second: velocities, middle: the place between}. */
function halves(f) {
  const [t, r, s] = f.times.map((time) => Float32Array.of(time)),
    z = Float32Array.from(f.state),
    first = [...f.model.u(z, s, t)],
    middle = f.state.map((value, d) => value - (t[0] - s[0]) * first[d]);
  return { first, second: [...f.model.u(Float32Array.from(middle), r, s)], middle: [middle, 1 - s[0]] };
}

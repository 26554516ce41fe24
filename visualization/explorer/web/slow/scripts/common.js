// What the stages of several models have in common.

import { vector } from "../../closer/draw.js";
import { number } from "../../text.js";
import { ahead, line, spot } from "../scenes.js";

export const one = (value, digits = 3) => number(value, digits);

/** Numbers of a card: [formula, text]. */
export const row = (symbol, v, digits = 2) => [symbol, typeof v === "number" ? v.toFixed(digits) : vector(v, digits)];

/** The last sentence: what one step of Adam does. */
export function stepped(f) {
  const whom = f.alone ? "this sample alone" : `a batch of ${f.m} that holds this sample`,
    better = f.errorAfter[0] < f.error[0] ? "smaller" : "larger";
  return (
    `One step of Adam (learning rate ${f.settings.lr}) on ${whom} takes the answer to where the purple mark is; ` +
    `its error gets ${better}. Adam begins here without a memory of earlier gradients: so every weight moves by about the learning rate, however small the error.`
  );
}

/** The last line of a loss: what its gradient is for. */
export const ADAM = "⟨5|θ ← θ − \\Adam(\\frac{∂L}{∂θ})⟩";

/** The last stage: loss, residual and the network's answer, as formulas, before and after the step. */
export const update = (loss, residual, answer, draw, more = {}) => ({
  title: "Residual and update",
  formula: () => `⟨5|L = ${loss}⟩\n${ADAM}`,
  say: stepped,
  numbers: (f) => [row(residual, f.residual), ...losses(f), row(`${answer} \\after`, f.after)],
  draw,
  ...more,
});

/** A generator's sample. answer: its formula; symbol: its short form; say: what makes it, in words. */
export const sampled = (answer, symbol, say) => ({
  title: "A sample",
  formula: () => `⟨2|${answer}⟩`,
  say: () => say,
  numbers: (f) => [row(symbol, f.value)],
  draw: (f) => [line("value", "generate", [f.z, 0], [f.value, 1]), spot("value", [f.value, 1], symbol)],
});

/** Loss before and after. */
export const losses = (f) => [
  ["L", one(f.error[0])],
  ["L \\after", one(f.errorAfter[0])],
];

/** The first stage of a model whose data and noise are joined by chance. letters: of data and noise. */
export const chance = (x, z) => ({
  title: "A pair",
  formula: (f) => `⟨1|${x} ∼ \\data, ${z} ∼ ${f.settings.source ? "\\source" : "N(0, I)"}⟩`,
  say: () => `A data point ${x} (■) and noise ${z} (○), drawn independently: nothing but chance joins them.`,
  numbers: (f) => [row(x, f.x), row(z, f.z)],
  draw: (f) => [
    line("pair", "the pair's line", [f.z, 0], [f.x, 1]),
    spot("noise", [f.z, 0], z),
    spot("data", [f.x, 1], x),
  ],
});

/** The arrows of what passes through the state: of this pair, on average over the points, and exactly. */
export const passing = (f, v) => [
  ...others(f),
  ...(f.exact ? [line("exact", "exact: mean over the law", [f.point, f.s], ahead(f, f.exact))] : []),
  line("conditional", `this pair's ${v}`, [f.point, f.s], ahead(f, f.conditional)),
  ...(f.mean ? [line("mean", "mean over the points", [f.point, f.s], ahead(f, f.mean))] : []),
];

/** Lines of other pairs through the state, the fainter the less probable; only while their stage is shown. */
function others({ members = [] }) {
  const top = Math.max(...members.map(({ share }) => share)),
    style = (share) => ({ color: "coupling_train", width: 0.8, alpha: (0.4 * share) / top, head: false, rim: false });
  return members
    .filter(({ share }) => share > 0.05 * top)
    .map(({ share, start, end }) => ({
      name: "others that pass here",
      brief: true,
      style: style(share),
      from: [start, 0],
      to: [end, 1],
    }));
}

export const passingNumbers = (f, v) => [
  row(v, f.conditional),
  ...(f.mean ? [["\\mean", vector(f.mean)]] : []),
  ...(f.exact ? [["\\exact", vector(f.exact)]] : []),
];

/** What the target of a flow is, in words. v: the pair's velocity in letters. */
export function targetInWords(f, v) {
  const many = "Other pairs pass through the same point, and the network cannot tell them apart";
  if (f.settings.target === "marginal")
    return `${many}. So this model's target is not this pair's ${v} but its mean over the training points: the same expected gradient, without the noise.`;
  if (f.settings.target === "exact")
    return `${many}. So this model's target is not this pair's ${v} but its mean over the law of the data, the exact velocity.`;
  if (!f.exact) return `The target is this pair's ${v}. What passes here on average depends on how pairs are made.`;
  return `The target is this pair's ${v}. ${many}: over many steps it learns their mean.`;
}

/** v of a pair, or its mean. */
export const velocity = (f, v, state) => (f.settings.target === "conditional" ? v : `E[${v} | ${state}]`);

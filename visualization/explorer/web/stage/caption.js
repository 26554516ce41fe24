// What a panel says in words: its sampler and its one number above, the movable points below.

import { distance, vector } from "../closer/draw.js";
import { evaluations, number, plusMinus } from "../text.js";

const LETTER = 6.7; // pixels of a letter, about

/** The sampler and its one number, of the particles here when they have arrived; the table has that of all seeds. */
export function caption(panel) {
  const { model, root, space } = panel,
    words = sampler(panel),
    [before, value, after] = measure(panel),
    short = words.split(", ").at(-1),
    forms = [words, short, short.replace(/uations?$/, ".")],
    fits = (form) => model.entry.title.length * 9 + form.length * LETTER < space.width;
  root.querySelector("small").textContent = forms.find(fits) ?? forms[2];
  root.querySelector(".name").title = `${model.entry.title}: ${words}`;
  const text = root.querySelector(".number");
  text.innerHTML = "<span></span><strong></strong><span></span>";
  [before, value, after].forEach((part, i) => (text.children[i].textContent = part));
  text.title = meaning(panel, words);
}

/** A panel's sampler in words, with its network evaluations. */
export function sampler({ model, state, steps }) {
  return model.rules ? model.words(state.solver, steps) : `recorded, ${evaluations(model.entry.own_steps)}`;
}

/** The number as three texts: its name, itself, and its floor; as long as there is room. It is of the end, t = 1. */
function measure(panel) {
  const { crowd, distance: off, space, world } = panel;
  if (!crowd.quantiles) return ["sliced W2: when you let go", "", ""]; // of data that are being edited
  const value = number(off),
    floor = number(panel.floor, 2),
    of = crowd.n === world.followed ? "" : ` of ${crowd.n} particles`;
  const forms = [
    ["sliced W2 at t = 1: ", value, `${of} (${best(panel)} ${floor})`],
    ["sliced W2 at t = 1: ", value, `${of} (exact ${floor})`],
    ["sliced W2: ", value, ` (exact ${floor})`],
  ];
  return forms.find((form) => form.join("").length * LETTER < space.width) ?? forms[2];
}

/** The number of a panel in one line. */
export function sentence(panel) {
  const { crowd, distance: off } = panel;
  if (!crowd.quantiles) return "";
  return `sliced W2 at t = 1: ${number(off)} (${best(panel)} ${number(panel.floor, 2)})`;
}

/** What the floor is of. */
const best = ({ random }) => (random ? "exact jumps" : "exact samples");

function meaning({ crowd, model, world, random }, words) {
  const { entry, k } = model,
    { dim, followed } = world,
    [mean, sd] = entry.sliced_w2?.[k] ?? [null];
  const here =
    `Sliced W2 to the data of these ${crowd.n} particles at the end of their way (t = 1), over ` +
    `${dim === 1 ? "one direction (1D has no other)" : "32 directions"}: ` +
    `${model.live ? "" : "first seed, "}${words}. ` +
    (random
      ? "Exact jumps: of as many points that exact jumps took there, with the same fresh noise."
      : "Exact samples: of as many points that the exact flow took there.");
  if (mean === null) return here;
  return (
    `${here} Over ${entry.seeds} seed${entry.seeds > 1 ? "s" : ""}, ${followed} particles and the model's own sampler ` +
    `(${evaluations(entry.own_steps)}) it is ${plusMinus(mean, sd)} at epoch ${entry.epochs[k]}.`
  );
}

/** The movable points and where they go, as numbers; without the exact places where there is no room for them. */
export function readout(panel) {
  const whole = lines(panel, true),
    short = lines(panel, false),
    shown = whole.map((line, i) => (line.length * LETTER < panel.space.width ? line : short[i]));
  const spans = shown.map((textContent, i) =>
    Object.assign(document.createElement("span"), { className: i ? "x" : "z", textContent, title: whole[i] }),
  );
  panel.root.querySelector(".readout").replaceChildren(...spans);
}

/** One line of each point. */
function lines(panel, roomy) {
  const { model, random } = panel,
    at = panel.landings(),
    exact = (answer, name = "exact") => (answer && roomy ? `, ${name} ${vector(answer)}` : ""),
    off = at.landing && at.exact && !random ? `, off ${distance(at.landing, at.exact).toFixed(2)}` : "";
  if (!at.landing) return [];
  const name = model.entry.exact === "mean" ? "mean of the data" : "exact",
    there = `z → ${vector(at.landing)}${random ? " by chance" : ""}${exact(at.exact, name)}${off}`;
  if (!at.encoded) return [there, "No encoder: data cannot go back."];
  const encoded = `${vector(at.encoded)}${wayBack(panel)}${exact(at.exactEncoded)}`;
  return [there, `x → ẑ ${encoded} → x̂ ${vector(at.decoded)}`];
}

/** By which steps data go back, if not by those of the way there. */
function wayBack({ model, state, steps }) {
  const other = model.kind === "flow" && model.walk(state.solver) !== model.walk(state.solver, true);
  return other ? ` by ${steps} Euler step${steps > 1 ? "s" : ""}` : "";
}

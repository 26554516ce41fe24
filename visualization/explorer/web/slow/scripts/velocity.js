// Flow matching, and what differs from it only by its pairs: mirrors live/losses/fm.js, otcfm.js, reflow.js.

import { ahead, line, spot } from "../scenes.js";
import { chance, passing, passingNumbers, row, targetInWords, update, velocity } from "./common.js";

const pair = chance("x", "z");

export const fm = {
  times: ["t"],
  convention: "Time t runs from noise z at t = 0 to data x at t = 1.",
  formula: (f) =>
    `⟨5|L = ‖⟨4|v_θ(⟨2|x_t⟩, ⟨2|t⟩)⟩ − ⟨3|${velocity(f, "(⟨1|x − z⟩)", "x_t").replace("E[(⟨1|x − z⟩)", "E[⟨1|x − z⟩")}⟩‖^2⟩`,
  stages: [
    pair,
    {
      title: "The point between",
      formula: () => "⟨2|x_t = t x + (1 − t) z⟩",
      say: () => "At a time t, drawn uniformly from 0 to 1, the straight line from z to x is here.",
      numbers: (f) => [row("t", f.times[0]), row("x_t", f.state)],
      draw: (f) => [spot("state", [f.point, f.s], "xₜ")],
    },
    {
      title: "The target arrow",
      formula: (f) => `⟨3|v = ${velocity(f, "x − z", "x_t")}⟩`,
      say: (f) => targetInWords(f, "x − z"),
      numbers: (f) => passingNumbers(f, "x − z"),
      draw: (f) => passing(f, "x − z"),
    },
    {
      title: "The network's arrow",
      formula: () => "⟨4|v_θ(x_t, t)⟩",
      say: () => "The network sees the point and the time, nothing else, and answers with the red arrow.",
      numbers: (f) => [row("v_θ", f.value), row("v", f.target)],
      draw: (f) => [line("value", "the network's v", [f.point, f.s], ahead(f, f.value))],
    },
    update("‖v_θ − v‖^2", "v_θ − v", "v_θ", (f) => [
      line("residual", "residual", ahead(f, f.target), ahead(f, f.value)),
      line("after", "the network's v after the step", [f.point, f.s], ahead(f, f.after)),
    ]),
  ],
};

const first = (stage) => ({ ...fm, stages: [{ ...pair, ...stage }, ...fm.stages.slice(1)] });

export const otcfm = first({
  formula: () => "⟨1|(x, z) = \\assignment(\\batch)⟩",
  say: (f) =>
    `Of the ${f.m} data points and ${f.m} noise points of a batch, those are paired that are nearest in all (optimal assignment); so lines hardly cross.`,
});

export const reflow = first({
  formula: () => "⟨1|z ∼ N(0, I), x = Φ(z)⟩",
  say: () =>
    "Noise z, and x, where the exact flow Φ takes it (in Python a trained teacher does): the second round of rectified flow straightens these pairs.",
});

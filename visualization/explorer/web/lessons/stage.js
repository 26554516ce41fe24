// The complete state that a step sets: that of the first view, changed by what the step says.

import { initial, read, settle } from "../state.js";

/** stage: {models: "fm,meanflow", epoch: "10%", ...} of a lesson's file. still: nothing may play by itself. */
export function stateOf(stage, worlds, still) {
  const state = initial(worlds),
    plays = playOf(stage, false);
  read(new URLSearchParams({ ...stage, dim: dimOf(stage, worlds) }).toString(), state, worlds);
  if (plays.time && !stage.time) state.time = still ? 1 : 0;
  const last = Math.max(...worlds.get(state.dim).epochs),
    epoch = stage.epoch ?? (plays.epoch && !still ? "first" : "last");
  if (epoch === "first") state.epoch = 0;
  else if (epoch === "last") state.epoch = last;
  else state.epoch = epoch.endsWith("%") ? (last * parseFloat(epoch)) / 100 : Number(epoch);
  return settle(state, worlds);
}

/** What a step plays. */
export function playOf({ play = "" }, still) {
  const plays = play.split(",");
  return { time: plays.includes("time") && !still, epoch: plays.includes("epochs") && !still };
}

/** The dimension that a step asks for, or one that has its models. */
export function dimOf(stage, worlds) {
  const names = stage.models?.split(",") ?? [],
    wanted = [Number(stage.dim ?? 2), ...worlds.keys()].filter((dim) => worlds.has(dim)),
    has = (dim) => !names.length || names.some((name) => worlds.get(dim).models.has(name));
  return wanted.find(has) ?? wanted[0];
}

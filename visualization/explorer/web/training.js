// Training in this page: up to four runs side by side, each a model on the stage, and what starts and stops them.

import { act, enter, later, page, stage, wake, world } from "./app.js";
import { find, listModels } from "./controls.js";
import { layout } from "./layout.js";
import { settle } from "./state.js";
import { Run } from "./training/run.js";
import { complete, FIELDS, LETTERS, read, trains, write } from "./training/settings.js";
import { View } from "./training/view.js";

const AGAIN = "Other data: training begins again with the same settings.";
const UNTIL = 16_000; // steps: 2,000 epochs of 500 points in batches of 64
const REDRAW = 0.25; // seconds between two drawings of the charts
const [IDLE, BUSY] = [page.budget, 6]; // ms of a frame for the panels: those that train need the cores, too

const kept = new Map(); // world: its runs
const templates = new Map(); // dimension: the entries that runs begin from
const now = {
  speed: Infinity,
  until: UNTIL,
  chosen: null,
  world: null,
  dirty: true,
  since: 0,
  waiting: [],
  wanted: null,
};

/** The runs of the world on the stage. */
export const runs = () => kept.get(world()) ?? [];

// ---- the runs of a world -------------------------------------------------------------------------------------------

/** A run is a model of its world from its first weights on; here it is brought to the stage. */
function changed(run) {
  const { models } = run.world;
  now.dirty = true;
  if (run.diverged && !run.told) view.say(`Run ${run.letter} diverged: try a smaller learning rate.`);
  run.told = run.diverged;
  if (run.model && models.get(run.name) !== run.model && runs().includes(run)) bring(run);
  if (!run.on && run.steps >= now.until && runs().every((each) => !each.on))
    view.say(`Stopped at step ${now.until.toLocaleString("en")}.`);
  wake();
}

function bring(run) {
  const { state } = page;
  run.world.models.set(run.name, run.model);
  page.panels = page.panels.filter((panel) => panel.name !== run.name);
  listModels(world(), act);
  const models = (now.wanted ?? [...state.models, run.name]).filter((name) => run.world.models.has(name));
  if (runs().every((each) => each.model)) now.wanted = null;
  act.set({ models });
  stage();
}

function drop(run) {
  run.stop();
  run.world.models.delete(run.name);
  page.panels = page.panels.filter((panel) => panel.name !== run.name);
}

/** A new run; wanted: the letter that it should have, if that is free. */
function make(settings, wanted = "") {
  const free = [...LETTERS].filter((each) => runs().every((run) => run.letter !== each)),
    letter = free.includes(wanted) ? wanted : free[0],
    run = new Run(world(), entry(settings.model), letter, settings, changed);
  kept.set(world(), [...runs(), run]);
  now.chosen = run;
  return run;
}

function entry(model) {
  return templates.get(world().dim).find(({ name }) => name === model);
}

/** Another world, by dimension or by its data: its own runs, or new ones with the same settings, at rest. */
function move() {
  const before = now.world ? (kept.get(now.world) ?? []) : [],
    begun = before.some((run) => run.steps);
  if (before.some((run) => run.on)) view.say("Paused: other data are on the stage.");
  now.world = world();
  for (const run of before) run.pause();
  const known = new Set([...page.worlds.values(), ...page.shipped.values()]);
  for (const [each, own] of kept)
    if (!known.has(each)) {
      own.forEach((run) => run.stop());
      kept.delete(each);
    }
  if (!runs().length) {
    for (const { settings } of before) if (trains(entry(settings.model), world())) make(complete(settings, world()));
    if (begun) view.say(AGAIN);
  }
  now.chosen = runs()[0] ?? null;
  const back = runs().filter((run) => run.shown && run.model);
  if (back.length) act.set({ models: [...page.state.models, ...back.map(({ name }) => name)] });
  rebuild();
}

/** The data of this world change, as in a drag: what was learnt of them is of the past. */
function forget() {
  if (runs().some((run) => run.steps)) view.say(AGAIN);
  for (const run of runs()) {
    drop(run);
    run.content = world().content;
  }
  listModels(world(), act);
  act.set({ models: page.state.models });
  stage();
  rebuild();
}

function rebuild() {
  view.build(runs(), now.chosen, templates.get(world().dim));
  view.update(runs(), now);
  now.dirty = true;
  later();
  wake();
}

// ---- what the controls do ------------------------------------------------------------------------------------------

const does = {
  train() {
    if (runs().some((run) => run.on)) {
      for (const run of runs()) run.pause();
      view.say("Paused.");
    } else {
      if (runs().every((run) => run.steps >= now.until)) does.until(2 * now.until);
      go(runs());
      view.say("Training.");
    }
    now.waiting = [];
    now.dirty = true;
    wake();
  },
  step: () => each((run) => run.step(1)),
  epoch: () => each((run) => run.step(run.perEpoch - (run.steps % run.perEpoch))),
  reset() {
    each((run) => run.reset());
    view.say("All runs are back at step 0.");
  },
  speed(value) {
    now.speed = value;
    go(runs().filter((run) => run.on));
  },
  until(value) {
    now.until = goal(value) ?? now.until;
    go(runs().filter((run) => run.on));
    now.dirty = true;
    later();
    wake();
  },
  add() {
    if (runs().length === LETTERS.length) return;
    enter();
    make({ ...(now.chosen?.settings ?? first()) }).start();
    rebuild();
  },
  choose(run) {
    now.chosen = run;
    rebuild();
  },
  remove(run) {
    enter();
    drop(run);
    kept.set(
      world(),
      runs().filter((each) => each !== run),
    );
    if (now.chosen === run) now.chosen = runs()[0] ?? null;
    listModels(world(), act);
    page.state.models = page.state.models.filter((name) => name !== run.name);
    act.set({});
    stage();
    rebuild();
    view.button("add").focus();
  },
  set(name, value) {
    const run = now.chosen,
      begun = run.steps > 0,
      template = name === "model" ? entry(value) : run.template,
      given = name === "model" ? { ...template.training, seed: run.settings.seed } : run.settings;
    enter();
    run.stop();
    Object.assign(run, { template, settings: complete({ ...given, model: template.name, [name]: value }, world()) });
    run.start();
    if (begun)
      view.say(`Run ${run.letter} begins again at step 0: ${(FIELDS[name]?.title ?? "Model").toLowerCase()} changed.`);
    rebuild();
  },
  close: () => open(false),
};

/** Where training rests, as a number of steps; null if a value is none. */
const goal = (value) => (value >= 1 ? Math.min(1_000_000, Math.round(value)) : null);

const view = new View(does);

function go(some) {
  for (const run of some) run.train(now.speed, now.until);
}

function each(action) {
  runs().forEach(action);
  now.waiting = [];
  now.dirty = true;
  wake();
}

/** Settings of the first run: those of the Python run of the first model on the stage that trains here. */
function first() {
  const can = templates.get(world().dim).filter((each) => trains(each, world())),
    shown = can.find(({ name }) => page.state.models.includes(name)) ?? can.find(({ name }) => name === "fm") ?? can[0];
  return shown && complete({ ...shown.training, model: shown.name }, world());
}

function reveal(on) {
  view.root.hidden = !on;
  find("train").setAttribute("aria-expanded", String(on));
}

/** Open or close the drawer. The first time, a first run stands next to the same model from the Python side. */
export function open(on) {
  enter();
  reveal(on);
  if (!on) does.rest();
  else if (!runs().length && first()) {
    const run = make(first());
    if (world().models.has(run.settings.model)) act.set({ models: [run.settings.model] });
    run.start();
  }
  rebuild();
  if (on) view.root.scrollIntoView({ block: "nearest" }); // where the page scrolls it is below the panels
}

does.rest = () => {
  for (const run of runs()) run.pause();
  find("train").focus();
};

// ---- the feature ---------------------------------------------------------------------------------------------------

/** The curve of the Python runs of a model, if they were trained with a run's settings on the same data: by steps. */
function python(run, measure) {
  const { template, settings, world, perEpoch } = run,
    { training, losses } = template,
    same = Object.keys(settings).every((name) => ["model", "seed"].includes(name) || settings[name] === training[name]);
  if (!same || !world.content.models.includes(template) || training.weightDecay || !training.averaged) return null;
  const curve = measure === "loss" ? losses.curve : losses.excess;
  return (
    curve && {
      name: template.name,
      python: true,
      points: curve.map(([epoch, mean]) => [epoch * perEpoch, mean]),
      look: template.look,
    }
  );
}

function hidden() {
  if (document.hidden) {
    now.waiting = runs().filter((run) => run.on);
    for (const run of now.waiting) run.pause();
    if (now.waiting.length) view.say("Paused, because this tab is hidden.");
  } else if (now.waiting.length) {
    go(now.waiting);
    now.waiting = [];
    view.say("Training goes on: the tab is back.");
  }
}

/** Start a panel again; what it shows stays until the new particles are there. */
function again(panel) {
  const { stale } = panel;
  panel.restart();
  panel.stale = stale;
}

export const training = {
  start() {
    for (const [dim, { content }] of page.shipped) templates.set(dim, content.models);
    find("stage").after(view.root);
    find("train").addEventListener("click", () => open(view.root.hidden));
    document.addEventListener("visibilitychange", hidden);
    new ResizeObserver(() => page.panels.length && (layout(page.panels), wake())).observe(find("stage"));
    now.world = world();
    view.update(runs(), now);
  },

  show() {
    if (world() !== now.world) move();
    else if (!world().content.sketch && runs().some((run) => run.content !== world().content)) forget();
  },

  /** New weights come to the stage when the panel has shown those before. */
  frame(seconds) {
    this.show();
    page.budget = runs().some((run) => run.on) ? BUSY : IDLE;
    for (const run of runs()) {
      const panel = page.panels.find(({ name }) => name === run.name);
      run.shown = Boolean(panel);
      if (!run.fresh || !run.model || (panel && panel.ready < panel.crowd.n)) continue;
      run.model.take(run.fresh);
      run.fresh = null;
      if (panel) again(panel);
    }
    const late = runs().some((run) => run.fresh && run.model); // shown when their panels are ready
    now.since += seconds;
    if (view.root.hidden || !now.dirty) return late;
    if (now.since < REDRAW) return true;
    Object.assign(now, { since: 0, dirty: false });
    view.update(runs(), now);
    view.draw(runs(), now.until, python);
    return late;
  },

  write() {
    if (!runs().length || (view.root.hidden && !runs().some((run) => run.shown))) return {};
    const live = write(
      runs().map(({ settings }) => settings),
      world(),
    );
    return { live, ...(now.until !== UNTIL && { until: now.until }) };
  },

  /** Runs whose settings the address has, too, go on; without any, training rests and its drawer is closed. */
  read(said) {
    if (!said.has("live")) {
      for (const run of runs()) run.pause();
      return reveal(false);
    }
    const text = (settings) => write([settings], world()),
      wanted = read(said.get("live"), world(), (model) => trains(entry(model), world())),
      spare = [...runs()],
      found = wanted.map((settings) => {
        const same = spare.findIndex((run) => text(run.settings) === text(settings));
        return same < 0 ? null : spare.splice(same, 1)[0];
      });
    spare.forEach(drop);
    kept.set(world(), found.filter(Boolean));
    now.world = world();
    now.until = goal(Number(said.get("until"))) ?? UNTIL;
    const models = (said.get("models") ?? "").split(","),
      shown = models.filter((name) => name.startsWith("live-")), // of all runs, or it is not known which these are
      letters = shown.length === wanted.length ? shown.map((name) => name.at(-1)) : [];
    now.wanted = found.every(Boolean) ? null : models;
    found.forEach((run, i) => run ?? make(wanted[i], letters[i]).start());
    now.chosen = runs()[0] ?? null;
    settle(page.state, page.worlds); // runs that are no more are no models of the stage
    reveal(runs().length > 0);
    rebuild();
  },
};

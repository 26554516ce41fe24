// The page's state and its one loop: what changed is drawn in the next frame. Parts of the page hook in as features.

import { find, glyphs, listModels, show } from "./controls.js";
import { listen } from "./hands.js";
import { layout } from "./layout.js";
import { showNumbers } from "./numbers.js";
import { colors } from "./palette.js";
import { Panel } from "./panel.js";
import { settle, write } from "./state.js";
import { turn } from "./theme.js";

const SECONDS = 3; // of a flight from noise to data at speed 1
const HOLD = 0.8; // seconds of rest at its end
const EPOCH_SECONDS = 0.45; // from epoch to epoch
const FIELDS = ["field", "truth", "error"];
const LOST = "Your own data are not in it: they are too many. Download them and send the file, too.";
export const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Parts of the page, each an object in a file of its own, with any of these functions:
 *   start()            build it, once, when the state is known
 *   before(p)          take what decides the worlds from the address (URLSearchParams), before the state is read
 *   show()             set its controls to the state
 *   frame(seconds)     move on before a frame is drawn; returns whether it wants another one
 *   lost()             whether the address cannot hold all that it has on the stage
 *   write(), read(p)   its part of the address: an object of texts; from URLSearchParams into its own state, where what
 *                      is left out is as at the start (a lesson's step sets all of the page)
 *   back(panel, g, c), front(panel, g, c)   draw on what stands still, and on what moves, of a panel
 */
export const features = [];

export const page = {
  worlds: new Map(), // by dimension; `shipped` holds those of the file, in whose place there may be edited data
  panels: [],
  playing: { time: !calm, epoch: false },
  sort: { column: null, up: true },
  pending: false,
  budget: 11, // ms of a frame in which panels compute
};

export const act = {
  /** What a reader chooses, and Back undoes. */
  choose(change) {
    enter();
    act.set(change);
  },
  set(change) {
    const { state } = page,
      before = { ...state };
    Object.assign(state, change);
    settle(state, page.worlds);
    if ("time" in change) page.playing.time = false;
    if ("epoch" in change) page.playing.epoch = false;
    const had = page.worlds.get(before.dim).content;
    if (state.dim !== before.dim && had.edited) state.epoch = Math.max(...world().epochs); // edited data have no epochs
    refresh(before);
  },
  model(name, on) {
    const { models } = page.state,
      left = on ? [...models, name] : models.filter((each) => each !== name);
    if (left.length) act.choose({ models: left });
    else show(page.state, world(), page.playing); // the last one stays
  },
  layer(name, on) {
    const layers = new Set(page.state.layers);
    on ? layers.add(name) : layers.delete(name);
    act.set({ layers });
  },
  playTime() {
    page.playing.time = !page.playing.time;
    if (page.playing.time && page.state.time >= 1) page.state.time = 0;
    page.rest = 0;
    refresh(page.state);
  },
  playEpoch() {
    const { epochs } = world();
    page.playing.epoch = !page.playing.epoch;
    if (page.playing.epoch && page.state.epoch >= epochs.at(-1)) {
      page.state.epoch = epochs[0];
      restart();
    }
    page.waited = 0;
    refresh(page.state);
  },
  theme() {
    turn();
    glyphs();
    page.numbersStale = true;
    stale();
  },
  async link() {
    remember();
    try {
      const disk = location.protocol === "file:"; // whose address is a private path
      await navigator.clipboard.writeText(disk ? location.hash : location.href);
      const copied = disk ? "Settings copied: they go behind the address of this page." : "Link copied.";
      tell(features.some((feature) => feature.lost?.()) ? `${copied} ${LOST}` : copied);
    } catch {
      tell("The address bar holds the link.");
    }
  },
};

/** A word that goes again. */
export function tell(words) {
  find("said").textContent = words;
  clearTimeout(page.saying);
  page.saying = setTimeout(() => (find("said").textContent = ""), 6000);
}

export function world() {
  return page.worlds.get(page.state.dim);
}

/** Update everything after a change of the state, which was `before`. */
export function refresh(before) {
  const { state } = page,
    same = (...keys) => keys.every((key) => String(state[key]) === String(before[key]));
  if (!same("dim")) listModels(world(), act);
  if (!same("dim", "models")) stage();
  else if (!same("epoch", "solver", "steps", "crowd")) restart();
  if ([...state.layers].join() !== [...before.layers].join() || (!same("time") && needsFields())) stale();
  if (!same("dim", "models", "epoch")) page.numbersStale = true;
  show(state, world(), page.playing);
  for (const feature of features) feature.show?.();
  wake();
  later();
}

/** Write the state into the address soon. */
export function later() {
  clearTimeout(page.timer);
  page.timer = setTimeout(remember, 250);
}

function needsFields() {
  return page.state.dim === 2 && FIELDS.some((layer) => page.state.layers.has(layer));
}

export function remember() {
  clearTimeout(page.timer);
  const own = features.map((feature) => feature.write?.() ?? {}),
    method = page.entered ? "pushState" : "replaceState";
  page.written = write(page.state, page.playing.time, Object.assign({}, ...own));
  page.entered = false;
  history[method](null, "", page.written);
}

/** What follows is a new entry of the history: Back leads to the state until here. */
export function enter() {
  remember();
  page.entered = true;
}

/** The panels of the chosen models. */
export function stage() {
  const { state } = page;
  page.panels = state.models.map(
    (name) =>
      page.panels.find((panel) => panel.name === name && panel.world === world()) ?? new Panel(world(), name, state),
  );
  find("panels").replaceChildren(...page.panels.map((panel) => panel.root));
  for (const panel of page.panels)
    if (!panel.heard) {
      panel.heard = true;
      listen(panel, state, (grab) => act.set({ grab }), place);
    }
  layout(page.panels);
  restart();
}

export function restart() {
  for (const panel of page.panels) panel.restart();
  wake();
}

export function stale() {
  for (const panel of page.panels) panel.stale = true;
  wake();
}

/** The panel that an event of the pointer or the keys is on, if any. */
export function panelOf({ target }) {
  return page.panels.find(({ front }) => front === target);
}

/** Move the noise point or the data point of all panels. */
export function place(which, point) {
  page.state[which][page.state.dim] = point;
  for (const panel of page.panels) panel.probe();
  later();
  wake();
}

export function wake() {
  if (page.pending) return;
  page.pending = true;
  requestAnimationFrame(frame);
}

/** One picture: move time on, draw what changed, and go on computing for the rest of the frame. */
function frame(now) {
  page.pending = false;
  const begin = performance.now();
  const seconds = Math.min(0.1, (now - (page.last ?? now)) / 1000);
  advance(seconds);
  const moving = features.filter((feature) => feature.frame?.(seconds)).length > 0;
  page.last = now;
  let drawn = 0;
  for (const panel of page.panels)
    if (panel.stale && (drawn < 2 || performance.now() - begin < 8)) (drawBack(panel), drawn++);
  page.panels.forEach(drawFront);
  // On a slow machine drawing may take the whole frame: then panels get a quarter as long again.
  const drawing = performance.now() - begin,
    more = work(begin + Math.max(page.budget, 1.25 * drawing));
  page.record?.push([now, performance.now() - begin]);
  page.first ??= performance.now();
  if (more || moving || page.playing.time || page.playing.epoch || page.panels.some((panel) => panel.stale)) wake();
  else page.last = undefined;
  if (page.numbersStale && !page.playing.epoch) page.numbersTimer ??= setTimeout(numbers, 200);
}

function advance(seconds) {
  const { state, playing } = page;
  if (playing.time) {
    if (state.time < 1) {
      state.time = Math.min(1, state.time + (seconds * state.timeSpeed) / SECONDS);
      page.rest = 0;
    } else if ((page.rest += seconds * state.timeSpeed) > HOLD) state.time = 0;
    page.turn = ((page.turn ?? 0) + 1) % page.panels.length; // fields move too, one panel per frame
    if (needsFields()) page.panels[page.turn].stale = true;
  }
  if (playing.epoch && (page.waited += seconds * state.epochSpeed) > EPOCH_SECONDS) {
    const { epochs } = world(),
      next = epochs[epochs.indexOf(state.epoch) + 1];
    page.waited = 0;
    if (next === undefined) playing.epoch = false;
    else {
      state.epoch = next;
      restart();
    }
    page.numbersStale = true;
  }
  if (playing.time || playing.epoch || page.shown !== playing.epoch) show(state, world(), playing);
  page.shown = playing.epoch;
}

function drawFront(panel) {
  panel.drawFront();
  for (const feature of features) feature.front?.(panel, panel.front.getContext("2d"), colors());
}

/** Everything again and at once, as paper needs it. */
export function showAll() {
  layout(page.panels);
  page.panels.forEach(drawBack);
  page.panels.forEach(drawFront);
  page.numbersStale = true;
  numbers();
}

function drawBack(panel) {
  panel.drawBack();
  for (const feature of features) feature.back?.(panel, panel.back.getContext("2d"), colors());
}

/** Compute for the panels in turn until a given time; returns whether anything is left. */
function work(until) {
  const { panels } = page;
  let idle = 0; // panels in a row that had nothing to do
  while (idle < panels.length && performance.now() < until) {
    page.worked = ((page.worked ?? 0) + 1) % panels.length;
    idle = panels[page.worked].work() ? 0 : idle + 1;
  }
  return idle < panels.length;
}

/** Table, charts and sentences. */
function numbers() {
  page.numbersTimer = undefined;
  if (!page.numbersStale) return;
  page.numbersStale = false;
  showNumbers(page.shipped.get(page.state.dim), page.state, page.sort, () => {
    page.numbersStale = true;
    numbers();
  });
}

// The page: reads what it holds, keeps the state, and draws when something moved.

import { build, find, glyphs, listModels, show } from "./controls.js";
import { listen } from "./hands.js";
import { crc32 } from "./nets.js";
import { picture, showNumbers } from "./numbers.js";
import { bring } from "./palette.js";
import { Panel } from "./panel.js";
import { initial, read, settle, write } from "./state.js";
import { number, plusMinus } from "./text.js";
import { World } from "./world.js";

const SECONDS = 3; // of a flight from noise to data at speed 1
const HOLD = 0.8; // seconds of rest at its end
const EPOCH_SECONDS = 0.45; // from epoch to epoch
const NARROW = 400; // pixels: a narrower panel has more lines of text
const FIELDS = ["field", "truth", "error"];
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

const page = {
  worlds: new Map(),
  panels: [],
  playing: { time: !calm, epoch: false },
  sort: { column: null, up: true },
  pending: false,
};

const act = {
  set(change) {
    const { state } = page,
      before = { ...state };
    Object.assign(state, change);
    settle(state, page.worlds);
    if ("time" in change) page.playing.time = false;
    if ("epoch" in change) page.playing.epoch = false;
    if (state.dim !== before.dim) state.epoch = Math.max(...world().epochs);
    refresh(before);
  },
  model(name, on) {
    const { models } = page.state,
      left = on ? [...models, name] : models.filter((each) => each !== name);
    if (left.length) act.set({ models: left });
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
    const { dataset } = document.documentElement;
    dataset.theme = dataset.theme === "dark" ? "light" : "dark";
    glyphs();
    page.numbersStale = true;
    stale();
  },
  png() {
    const link = Object.assign(document.createElement("a"), {
      href: snap().toDataURL("image/png"),
      download: "gen_study.png",
    });
    link.click();
  },
  async link() {
    remember();
    try {
      const disk = location.protocol === "file:"; // whose address is a private path
      await navigator.clipboard.writeText(disk ? location.hash : location.href);
      tell(disk ? "Settings copied: they go behind the address of this page." : "Link copied.");
    } catch {
      tell("The address bar holds the link.");
    }
  },
};

/** A word that goes again. */
function tell(words) {
  find("said").textContent = words;
  clearTimeout(page.saying);
  page.saying = setTimeout(() => (find("said").textContent = ""), 6000);
}

function world() {
  return page.worlds.get(page.state.dim);
}

/** Update everything after a change of the state, which was `before`. */
function refresh(before) {
  const { state } = page,
    same = (...keys) => keys.every((key) => String(state[key]) === String(before[key]));
  if (!same("dim")) listModels(world(), act);
  if (!same("dim", "models")) stage();
  else if (!same("epoch", "solver", "steps", "crowd")) restart();
  if ([...state.layers].join() !== [...before.layers].join() || (!same("time") && needsFields())) stale();
  if (!same("dim", "models", "epoch")) page.numbersStale = true;
  show(state, world(), page.playing);
  wake();
  clearTimeout(page.timer);
  page.timer = setTimeout(remember, 250);
}

function needsFields() {
  return page.state.dim === 2 && FIELDS.some((layer) => page.state.layers.has(layer));
}

function remember() {
  page.written = write(page.state, page.playing.time);
  history.replaceState(null, "", page.written);
}

/** The panels of the chosen models. */
function stage() {
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
  layout();
  restart();
}

/** Choose the number of columns that makes the panels largest. */
function layout() {
  const box = find("panels"),
    n = page.panels.length,
    phone = innerWidth < 760;
  const aspect = page.panels.reduce((sum, panel) => sum + panel.aspect, 0) / n,
    gap = 12;
  const width = box.clientWidth,
    height = phone ? Infinity : find("stage").clientHeight - 22,
    tallest = Math.min(1.1, ...page.panels.map((panel) => panel.aspect));
  let best = { size: 0, columns: 1 };
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns),
      w = (width - gap * (columns - 1)) / columns,
      h = (height - gap * (rows - 1)) / rows - (w < NARROW ? 92 : 76);
    const size = Math.min(w, h * aspect);
    if (size > best.size && (!phone || columns <= (n > 2 ? 2 : 1)))
      best = { size, columns, height: Math.min(h, (1.1 * w) / tallest) };
  }
  if (phone)
    best = {
      columns: n > 2 ? 2 : 1,
      height: (width - gap * (n > 2 ? 1 : 0)) / (n > 2 ? 2 : 1) / Math.min(1.45, aspect),
    };
  box.classList.toggle("narrow", width / best.columns < NARROW + gap);
  box.style.setProperty("--columns", best.columns);
  box.style.setProperty("--plot", `${Math.max(120, Math.floor(Math.min(best.height, 1200)))}px`);
  for (const panel of page.panels) panel.resize();
}

function restart() {
  for (const panel of page.panels) panel.restart();
  wake();
}

function stale() {
  for (const panel of page.panels) panel.stale = true;
  wake();
}

/** Move the noise point or the data point of all panels. */
function place(which, point) {
  page.state[which][page.state.dim] = point;
  for (const panel of page.panels) panel.probe();
  clearTimeout(page.timer);
  page.timer = setTimeout(remember, 250);
  wake();
}

function wake() {
  if (page.pending) return;
  page.pending = true;
  requestAnimationFrame(frame);
}

/** One picture: move time on, draw what changed, and go on computing for the rest of the frame. */
function frame(now) {
  page.pending = false;
  const begin = performance.now();
  advance(Math.min(0.1, (now - (page.last ?? now)) / 1000));
  page.last = now;
  let drawn = 0;
  for (const panel of page.panels)
    if (panel.stale && (drawn < 2 || performance.now() - begin < 8)) (panel.drawBack(), drawn++);
  for (const panel of page.panels) panel.drawFront();
  const more = work(begin + 11);
  page.record?.push([now, performance.now() - begin]);
  page.first ??= performance.now();
  if (more || page.playing.time || page.playing.epoch || page.panels.some((panel) => panel.stale)) wake();
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

/** Compute for all panels in turn until a given time; returns whether anything is left. */
function work(until) {
  let more = true;
  while (more && performance.now() < until) more = page.panels.filter((panel) => panel.work()).length > 0;
  return more;
}

/** Table, charts, sentences and the figures in the lessons. */
function numbers() {
  page.numbersTimer = undefined;
  if (!page.numbersStale) return;
  page.numbersStale = false;
  showNumbers(world(), page.state, page.sort, () => {
    page.numbersStale = true;
    numbers();
  });
}

function snap() {
  return picture(page.panels, `${world().content.dataset}, epoch ${page.state.epoch}`);
}

function keys(event) {
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    (/^(INPUT|SELECT|BUTTON|A|SUMMARY)$/.test(event.target.tagName) && event.key !== " ")
  )
    return;
  if (event.key === " " && /^(SELECT|BUTTON|A|SUMMARY)$/.test(event.target.tagName)) return;
  if (event.key === " " && event.target.type === "checkbox") return;
  const { state } = page,
    { epochs } = world(),
    moves = {
      " ": () => act.playTime(),
      ArrowRight: () => act.set({ time: Math.min(1, state.time + 0.02) }),
      ArrowLeft: () => act.set({ time: Math.max(0, state.time - 0.02) }),
      ArrowUp: () => act.set({ epoch: epochs[Math.min(epochs.length - 1, epochs.indexOf(state.epoch) + 1)] }),
      ArrowDown: () => act.set({ epoch: epochs[Math.max(0, epochs.indexOf(state.epoch) - 1)] }),
    };
  if (!moves[event.key]) return;
  event.preventDefault();
  moves[event.key]();
}

function start() {
  const holder = find("content"),
    text = holder.textContent;
  if (String(crc32(text)) !== holder.dataset.checksum) throw new Error("its data are damaged");
  const content = JSON.parse(text);
  bring(content.themes);
  for (const each of content.dims) page.worlds.set(each.dim, new World(each));
  page.state = read(location.hash, initial(page.worlds), page.worlds);
  if (location.hash.includes("time=")) page.playing.time = false;
  else if (!calm) page.state.time = 0;
  document.documentElement.dataset.theme ||= matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  build(page.worlds, page.state, act, content.labels);
  listModels(world(), act);
  find("notes").textContent = content.notes;
  find("app").hidden = false;
  glyphs();
  stage();
  refresh({ ...page.state });
  for (const button of document.querySelectorAll("[data-jump]"))
    button.addEventListener("click", () =>
      find(button.dataset.jump).scrollIntoView({ behavior: calm ? "auto" : "smooth" }),
    );
  const shown = [...page.worlds.values()].map(({ content }) => content);
  find("dataset").textContent = shown.map(({ dataset }) => dataset).join(" · ");
  find("dataset").title = shown.map(({ units }) => units).filter(Boolean).join("; ");
  page.numbersStale = true;
  addEventListener("resize", () => (layout(), wake()));
  addEventListener("keydown", keys);
  addEventListener("hashchange", () => {
    if (location.hash === page.written) return;
    const before = { ...page.state, models: [...page.state.models], layers: new Set(page.state.layers) };
    read(location.hash, page.state, page.worlds);
    refresh(before);
    restart();
    find("stage").scrollIntoView({ block: "nearest" });
  });
}

/** What tests and the benchmark use. */
window.explorer = {
  page,
  act,
  picture: snap,
  panel: (name) => page.panels.find((panel) => panel.name === name),
  model: (dim, name) => page.worlds.get(dim).models.get(name),
  world: (dim) => page.worlds.get(dim),
  written: { number, plusMinus },
};

try {
  start();
} catch (error) {
  find("app").hidden = true;
  find("damage").hidden = false;
  find("why").textContent = error.message;
}

// The page begins here: reads what it holds, builds the controls, and listens.

import { act, calm, features, page, refresh, restart, stage, wake, world } from "./app.js";
import { closer } from "./closer.js";
import { build, find, glyphs, listModels } from "./controls.js";
import { editor } from "./editor/editor.js";
import { keys } from "./keys.js";
import { layout } from "./layout.js";
import { lessons } from "./lessons/lessons.js";
import { crc32 } from "./nets.js";
import { bring } from "./palette.js";
import { saving } from "./save/save.js";
import { tip } from "./stage/tip.js";
import { zoom, zoomKeys } from "./stage/zoom.js";
import { initial, read } from "./state.js";
import { number, plusMinus } from "./text.js";
import { wear } from "./theme.js";
import { runs, training } from "./training.js";
import { views } from "./views.js";
import { World } from "./world.js";

// zoom first: a drag that it takes, others do not hear of; of keys it takes what they leave
features.push(zoom, editor, closer, zoomKeys, tip, saving, training, lessons, views);

function start() {
  const holder = find("content"),
    text = holder.textContent;
  if (String(crc32(text)) !== holder.dataset.checksum) throw new Error("its data are damaged");
  const content = JSON.parse(text);
  bring(content.themes);
  for (const each of content.dims) page.worlds.set(each.dim, new World(each));
  Object.assign(page, { shipped: new Map(page.worlds), datasets: content.datasets });
  const said = () => new URLSearchParams(location.hash.slice(1));
  for (const feature of features) feature.before?.(said());
  page.state = read(location.hash, initial(page.worlds), page.worlds);
  if (location.hash.includes("time=")) page.playing.time = false;
  else if (!calm) page.state.time = 0;
  for (const feature of features) feature.start?.();
  for (const feature of features) feature.read?.(said());
  wear();
  build(page.worlds, page.state, act);
  listModels(world(), act);
  find("notes").textContent = content.notes;
  find("app").hidden = false;
  glyphs();
  stage();
  refresh({ ...page.state });
  const chosen = find("models").querySelector("input:checked").parentElement;
  find("models").scrollTop = chosen.offsetTop - find("models").firstChild.offsetTop; // the list may be longer than its box
  for (const button of document.querySelectorAll("[data-jump]"))
    button.addEventListener("click", () =>
      find(button.dataset.jump).scrollIntoView({ behavior: calm ? "auto" : "smooth" }),
    );
  page.numbersStale = true;
  addEventListener("resize", fit);
  sharp();
  addEventListener("keydown", keys);
  addEventListener("popstate", () => clearTimeout(page.timer)); // what was not written yet is not this entry's
  addEventListener("hashchange", () => {
    if (location.hash === page.written) return;
    page.written = location.hash;
    const before = { ...page.state, models: [...page.state.models], layers: new Set(page.state.layers) };
    for (const feature of features) feature.before?.(said());
    read(location.hash, page.state, page.worlds);
    page.playing.time = !calm && !location.hash.includes("time=");
    for (const feature of features) feature.read?.(said());
    refresh(before);
    restart();
    find("stage").scrollIntoView({ block: "nearest" });
  });
}

function fit() {
  layout(page.panels);
  wake();
}

/** On another screen a pixel of the page may be more or fewer of the screen's: draw again. */
function sharp() {
  const same = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
  same.addEventListener("change", () => (fit(), sharp()), { once: true });
}

/** What tests and the benchmark use. */
window.explorer = {
  page,
  closer,
  act,
  save: saving,
  panel: (name) => page.panels.find((panel) => panel.name === name),
  model: (dim, name) => page.worlds.get(dim).models.get(name),
  world: (dim) => page.worlds.get(dim),
  runs,
  edited: editor.state,
  written: { number, plusMinus },
};

try {
  start();
} catch (error) {
  find("app").hidden = true;
  find("damage").hidden = false;
  find("why").textContent = error.message;
}

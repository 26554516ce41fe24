// Worlds of edited data in the place of the file's own, which stay in page.shipped.

import { act, page, refresh, stale } from "../app.js";
import { listModels } from "../controls.js";
import { settle } from "../state.js";
import { World } from "../world.js";
import { content, draft } from "./content.js";
import { words } from "./parts.js";

const left = new Map(); // dimension: the models and the epoch on the stage when its own data left it

/** What an edited dimension is called. */
export function called({ target, source }, dim) {
  const from = source.kind === "gaussian" ? "" : `, from ${words(source)}`;
  return `${words(target)} in ${dim}D${from}`;
}

/** Put a state of the editor on the stage; null: the file's own data. */
export function show(dim, edited) {
  const shipped = page.shipped.get(dim),
    before = page.worlds.get(dim),
    first = before === shipped;
  if (!edited && first) return;
  const next = edited
    ? new World(content(edited.target.law, edited.source.law, shipped.content, called(edited, dim)))
    : shipped;
  page.worlds.set(dim, next);
  const { state } = page;
  if (!state || state.dim !== dim) return;
  const was = { ...state };
  if (edited && first) left.set(dim, { models: [...state.models], epoch: state.epoch });
  if (!edited) Object.assign(state, { epoch: Math.max(...next.epochs), ...left.get(dim) });
  keep(before, next);
  settle(state, page.worlds);
  listModels(next, act);
  const focus = document.activeElement;
  refresh({ ...was, models: null });
  if (focus?.isConnected && document.activeElement !== focus) focus.focus({ preventScroll: true });
}

/** Panels of models that both worlds have go on in the new one. */
function keep(before, next) {
  for (const panel of page.panels)
    if (panel.world === before && panel.name === "exact") {
      panel.world = next;
      panel.model = next.models.get("exact");
      panel.path = panel.jumps = null;
      panel.shown = 0;
      panel.resize();
    }
}

/** A state while it is dragged: the same world, but with what can be computed in every frame. */
export function sketch(dim, edited) {
  const world = page.worlds.get(dim);
  world.fill(
    draft(edited.target.law, edited.source.law, world.space, page.shipped.get(dim).content, called(edited, dim)),
  );
  for (const panel of page.panels)
    if (panel.name === "exact") {
      panel.space.place = world.space;
      panel.restart();
    } else panel.root.classList.add("waiting"); // it goes when its world does, at the end of the drag
  stale();
}

/** All that the exact panels show of a sketch, before it is drawn. */
export function finish() {
  for (const panel of page.panels) if (panel.name === "exact") while (panel.work());
}

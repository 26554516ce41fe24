// Data of one's own: named sets, mixtures with handles, points that are drawn, pasted or dropped; and the source, too.
// The exact answers follow at once; nothing of the file's trained models is held against them.

import { later, page, remember, tell, wake, world } from "../app.js";
import { download, find } from "../controls.js";
import { nudged } from "../hands.js";
import { within } from "../state.js";
import { added, changed, removed } from "./components.js";
import { command, fileName, fileText, MOST_BYTES, readText } from "./files.js";
import { Form } from "./form.js";
import { all, dragged, draw, nearest } from "./handles.js";
import { History } from "./history.js";
import { cover, dots } from "./marks.js";
import { mirror } from "./mirror.js";
import { editable, gaussian, mixture, named, points, read, shippedPart, unpacked, write } from "./parts.js";
import { pointer } from "./pointer.js";
import { finish, show, sketch } from "./worlds.js";

const REACH = { mouse: 14, touch: 26 };
const APART = 7; // pixels between two points of a stroke
const histories = new Map(); // dimension: its states {target, source}; null for the file's own data
const now = { side: "target", mode: null, chosen: 0, drawn: [], drag: null, sketch: null, fresh: false };
let datasets, form;

const dim = () => page.state.dim;

function history(of = dim()) {
  if (!histories.has(of)) histories.set(of, new History(null));
  return histories.get(of);
}

/** The data and the source on the stage. */
function state() {
  return now.sketch ?? history().now ?? ownOf(dim());
}

function ownOf(of) {
  const { target, source } = page.shipped.get(of).content;
  return { target: shippedPart(target, datasets[of]), source: shippedPart(source, datasets[of]) };
}

const part = () => state()[now.side];
const components = () => (now.mode === "shape" ? editable(part()) : null);
const withPart = (next) => ({ ...state(), [now.side]: next });

// ---- changes ---------------------------------------------------------------------------------------------------------

function commit(next) {
  if (!history().now) leave();
  history().push(next);
  arrive();
}

/** From the file's own data to edited ones is a step of the browser's history, too. */
function leave() {
  remember();
  window.history.pushState(null, "", location.hash);
}

function arrive() {
  Object.assign(now, { sketch: null, fresh: false, drag: null });
  const few = editable(part());
  now.chosen = Math.min(now.chosen, (few?.length ?? 1) - 1);
  if (!few && now.mode === "shape") now.mode = null;
  if (!history().now) now.mode = null;
  show(dim(), history().now);
  update();
  later();
}

function step(steps) {
  if (!history().can(steps)) return;
  history().go(steps);
  arrive();
  form.say(steps < 0 ? "Undone." : "Done again.");
}

/** What is dragged: drawn with the next frame, kept when it is let go. */
function draft(next) {
  Object.assign(now, { sketch: withPart(mixture(next)), fresh: true });
  wake();
}

function attempt(make) {
  try {
    const next = make();
    now.drawn = [];
    commit(withPart(next));
    form.say(about(next));
    return true;
  } catch (error) {
    form.say(`${error.file ?? "This text"} ${error.message}.`, true);
    return false;
  }
}

/** What became of points, in words. */
function about(part) {
  const { kind, rows, names, centre, scale, about: more } = part;
  if (kind !== "points") return "Read.";
  const short = (v) => String(Number(v.toPrecision(3))).replace("-", "−"),
    units = centre
      .map((v, d) => `(${names[d]} ${v < 0 ? "+" : "−"} ${short(Math.abs(v))}) / ${short(scale)}`)
      .join(" and ");
  return (
    `${rows.length.toLocaleString("en")} points, each a small Gaussian. As in Python they are centred and scaled to a ` +
    `standard deviation of 2: ${units}.` +
    (more ? ` ${more[0].toUpperCase()}${more.slice(1)}.` : "") +
    (write(part) ? "" : " They are too many for an address: a link or a reload is without them, so download them to keep them.")
  );
}

const does = {
  side(side) {
    Object.assign(now, { side, chosen: 0, drawn: [] });
    if (now.mode === "shape" && !editable(part())) now.mode = null;
    update();
  },
  mode(mode) {
    now.mode = now.mode === mode ? null : mode;
    if (now.mode && !history().now) {
      const { mode: kept } = now;
      commit(state());
      now.mode = kept;
      form.say("The stage shows the exact flow of your own data: change them.");
    }
    update();
  },
  begin(name) {
    if (name === "own") return;
    commit(withPart(name === "gaussian" ? gaussian(dim()) : named(name, datasets[dim()][name])));
    form.say("");
  },
  use: () => attempt(() => points(now.drawn, ["x", "y"].slice(0, dim()))),
  clear() {
    now.drawn = [];
    update();
  },
  undo: () => step(-1),
  redo: () => step(1),
  reset() {
    if (!history().now) return;
    now.drawn = [];
    history().push(null);
    arrive();
    form.say("Back to the data of the runs in this file.");
  },
  choose(k) {
    now.chosen = k;
    update();
  },
  add() {
    const few = editable(part()),
      { at } = few[now.chosen];
    now.chosen = few.length;
    commit(
      withPart(
        mixture(
          added(
            few,
            at.map((v) => v + 1),
          ),
        ),
      ),
    );
  },
  remove() {
    commit(withPart(mixture(removed(editable(part()), now.chosen))));
  },
  value(name, value, live) {
    const few = editable(part()),
      { at, sds } = few[now.chosen],
      replaced = (list, i) => list.map((each, k) => (k === i ? value : each)),
      change = {
        w: () => ({ w: value }),
        x: () => ({ at: replaced(at, 0) }),
        y: () => ({ at: replaced(at, 1) }),
        a: () => ({ sds: replaced(sds, 0) }),
        b: () => ({ sds: replaced(sds, 1) }),
        turn: () => ({ turn: value }),
      }[name]();
    const next = changed(few, now.chosen, change);
    if (live) draft(next);
    else commit(withPart(mixture(next)));
  },
  settle: () => now.sketch && commit(now.sketch),
  paste: () => attempt(() => readText(form.pasted, dim())) && (form.pasted = ""),
  async open(file) {
    const text = file.size > MOST_BYTES ? null : await file.text().catch(() => null);
    attempt(() => {
      try {
        if (text === null) throw new Error(file.size > MOST_BYTES ? "is larger than 2 MB" : "cannot be read");
        if (text.includes("\ufffd")) throw new Error("is not UTF-8 text");
        return readText(text, dim());
      } catch (error) {
        throw Object.assign(error, { file: file.name });
      }
    });
  },
  async copy() {
    try {
      await navigator.clipboard.writeText(command(state(), dim()));
      tell("Command copied.");
    } catch {
      form.say("The browser did not let it be copied: select it above.", true);
    }
  },
  download: () => save("target"),
  downloadSource: () => save("source"),
};

function save(side) {
  const each = state()[side];
  download(new Blob([fileText(each)], { type: "text/plain" }), fileName(each, side));
}

function update() {
  form.show({ dim: dim(), state: state(), edited: history().now, now, can: (steps) => history().can(steps) });
  wake();
}

// ---- the stage -------------------------------------------------------------------------------------------------------

/** Add a drawn point. */
function mark({ panel, at }, px, py) {
  if (at && Math.hypot(at[0] - px, at[1] - py) < APART) return;
  now.drag.at = [px, py];
  const row = panel.space.point(px, py, now.side === "source" ? 0 : 1);
  now.drawn.push(within(row, world()).map((v) => Number(v.toFixed(2)) + 0));
  update();
}

const takes = {
  down(panel, px, py, { pointerType }) {
    if (now.mode === "draw") {
      now.drag = { panel };
      mark(now.drag, px, py);
      return true;
    }
    const few = components(),
      reach = REACH[pointerType] ?? REACH.mouse,
      handle = few && nearest(all(panel.space, few, now.chosen, now.side), px, py, reach);
    if (!handle) return false;
    now.chosen = handle.k;
    now.drag = { panel, handle, start: few, from: [px, py] };
    update();
    return true;
  },
  move(px, py) {
    const { drag } = now;
    if (!drag) return;
    if (!drag.handle) return mark(drag, px, py);
    const { panel, handle, start, from } = drag;
    draft(dragged(panel.space, start, handle, now.side, px - from[0], py - from[1]));
  },
  up() {
    now.drag = null;
    does.settle();
  },
  near(panel, px, py) {
    const few = components();
    return (
      now.mode === "draw" || Boolean(few && nearest(all(panel.space, few, now.chosen, now.side), px, py, REACH.touch))
    );
  },
  /** Keys move the chosen component, change its weight, and choose, add or remove one. */
  key(panel, { key }) {
    const few = components();
    if (!few) return false;
    const { at, w } = few[now.chosen],
      moved = nudged(at, key, 0.1),
      put = (change) => commit(withPart(mixture(changed(few, now.chosen, change))));
    if (moved) put({ at: moved });
    else if (key === "w" || key === "W") put({ w: w + (key === "w" ? 0.02 : -0.02) });
    else if (key === "]" || key === "[") does.choose((now.chosen + (key === "]" ? 1 : few.length - 1)) % few.length);
    else if (key === "Delete" && few.length > 1) does.remove();
    else if (key === "Insert") does.add();
    else return false;
    return true;
  },
};

function undoKeys(event) {
  const { target, key, ctrlKey, metaKey, shiftKey } = event;
  if (!(ctrlKey || metaKey) || key.toLowerCase() !== "z" || target.matches("textarea, input[type=text]")) return;
  if (!history().can(shiftKey ? 1 : -1)) return;
  event.preventDefault();
  step(shiftKey ? 1 : -1);
}

function drop(box) {
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    const { files } = event.dataTransfer;
    form.root.querySelector("#own").open = true;
    if (files.length === 1) does.open(files[0]);
    else if (files.length) form.say("Drop one file at a time.", true);
    else attempt(() => readText(event.dataTransfer.getData("text/plain"), dim()));
  });
}

// ---- the feature -----------------------------------------------------------------------------------------------------

export const editor = {
  /** An address without data means the file's own. */
  before(said) {
    datasets ??= unpacked(page.datasets);
    const of = Number(said.get("dim") ?? page.state?.dim ?? Math.max(...page.shipped.keys()));
    if (!page.shipped.has(of)) return;
    const target = read(said.get("data"), of, datasets),
      source = said.has("from") ? read(said.get("from"), of, datasets) : null,
      own = ownOf(of),
      next =
        target || source
          ? { target: target ?? own.target, source: source ?? (target ? gaussian(of) : own.source) }
          : null;
    if (texts(next) === texts(history(of).now)) return;
    history(of).push(next);
    Object.assign(now, { drawn: [], sketch: null, chosen: 0, mode: null });
    show(of, next);
  },

  start() {
    form = new Form(find("editor"), does, datasets);
    find("editor").hidden = false;
    pointer(find("panels"), takes);
    drop(find("stage"));
    addEventListener("keydown", undoKeys);
    addEventListener("beforeunload", (event) => editor.lost() && event.preventDefault()); // the browser asks
    form.root.querySelector("#own").open = Boolean(history().now);
  },

  show() {
    mirror(dim(), Boolean(history().now), does.reset);
    update();
  },

  frame() {
    if (now.fresh) {
      now.fresh = false;
      sketch(dim(), now.sketch);
      finish();
      form.show({ dim: dim(), state: state(), edited: true, now, can: () => false });
    }
    return false;
  },

  front(panel, g, c) {
    if (now.sketch && panel.name !== "exact") cover(g, c, panel.space, "begins again when you let go");
    if (now.mode === "draw") dots(g, c, panel.space, now.drawn, now.side);
    const few = components();
    if (few && (!now.sketch || panel.name === "exact")) draw(g, c, panel.space, few, now.chosen, now.side);
  },

  write() {
    const edited = history().now;
    if (!edited) return {};
    const [data, from] = [write(edited.target), write(edited.source)];
    if (editor.lost()) return {};
    return { ...(data && { data }), ...(from && edited.source.kind !== "gaussian" && { from }) };
  },

  /** Whether an address cannot hold the data on the stage. What has no name is the file's own. */
  lost() {
    const edited = history().now;
    return Boolean(edited) && [edited.target, edited.source].some((each) => each.name !== "" && !write(each));
  },

  /** For tests. */
  state,
  now,
};

const texts = (edited) => edited && `${write(edited.target)} ${write(edited.source)}`;

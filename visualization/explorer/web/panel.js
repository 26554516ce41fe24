// One model on the stage: its paths, what is drawn of them, and the points that can be dragged.

import { density, errorMap, field } from "./fields.js";
import { slicedW2 } from "./models.js";
import { bytes, floats, halves } from "./nets.js";
import { Paint } from "./paint.js";
import { colors } from "./palette.js";
import { Space } from "./space.js";
import { evaluations, number, plusMinus } from "./text.js";

const CHUNK = 24; // particles that are computed at a time
const LETTER = 6.8; // pixels of a letter of the number above a panel

export class Panel extends Paint {
  constructor(world, name, state) {
    super();
    Object.assign(this, { world, name, state, model: world.models.get(name) });
    this.root = document.createElement("figure");
    this.root.className = "panel";
    this.root.innerHTML = `<figcaption><span class="name"><b></b> <small></small></span><span class="number"></span></figcaption>
      <div class="plot"><canvas></canvas><canvas tabindex="0" role="img"></canvas><p class="missing"></p><p class="trouble" hidden></p></div>
      <p class="readout"></p>`;
    [this.back, this.front] = this.root.querySelectorAll("canvas");
    this.root.querySelector("b").textContent = this.model.entry.title;
    this.root.querySelector(".readout").id = `readout-${name}`;
    this.front.setAttribute("aria-describedby", `readout-${name}`);
    this.front.setAttribute("aria-label", `${this.model.entry.title}: drag to move the noise point or the data point`);
  }

  get aspect() {
    if (this.world.dim === 1) return 1.45;
    const [x, y] = this.model.entry.islands ? this.world.space.islands : this.world.space.limits;
    return (x[1] - x[0]) / (y[1] - y[0]);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.front.parentElement,
      ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.back, this.front])
      Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    this.space = new Space(this.world.space, this.world.dim, this.model.entry.islands, width, height);
    this.stale = true;
    if (this.crowd && this.ready === this.crowd.n) this.caption(); // as much of it as fits
  }

  /** Start again: another epoch, sampler or crowd. */
  restart() {
    const { state, world, model } = this;
    model.use(world.snapshot(model, state.epoch));
    this.crowd = world.crowd(state.crowd);
    this.ready = 0; // particles that are computed; `shown` counts those of the epoch before too, until replaced
    this.steps = state.steps || model.entry.own_steps;
    const length = model.kind === "flow" ? this.steps + 1 : 2;
    if (this.path?.length !== length || this.path[0].length !== this.crowd.n * world.dim) {
      this.path = this.jumps = this.distance = null;
      this.shown = 0;
    }
    if (!model.rules) this.recall();
    this.stale = true;
    this.probe();
  }

  /** A model that does not run here shows what was recorded. */
  recall() {
    const { entry, k } = this.model,
      all = new Uint16Array(bytes(entry.samples).buffer);
    const ends = Float64Array.from(halves(all, entry.epochs.length, k));
    const n = ends.length / this.world.dim;
    this.crowd = this.world.crowd(n);
    this.path = [this.crowd.z, ends];
    this.finish(n);
  }

  /** Compute one more chunk of particles; returns whether there was one left. */
  work() {
    const { crowd, model, state } = this,
      { dim } = this.world,
      n = Math.min(CHUNK, crowd.n - this.ready);
    if (n <= 0) return false;
    const z = crowd.z.subarray(this.ready * dim, (this.ready + n) * dim);
    const path = model.path(z, n, state.solver, this.steps, false, this.ready);
    this.path ??= path.map(() => new Float64Array(crowd.n * dim).fill(NaN));
    path.forEach((x, i) => this.path[i].set(x, this.ready * dim));
    if (model.kind === "flow")
      (this.jumps ??= new Float64Array(crowd.n * dim).fill(NaN)).set(model.decode(z, n), this.ready * dim);
    this.ready += n;
    this.shown = Math.max(this.shown, this.ready);
    if (this.ready === crowd.n) this.finish(crowd.n);
    this.stale ||= (this.ready === n && !model.live) || this.ready === crowd.n;
    return true;
  }

  finish(n) {
    const ends = this.path.at(-1),
      good = ends.every(Number.isFinite);
    this.ready = this.shown = n;
    const { quantiles } = this.crowd;
    this.distance = good && quantiles ? slicedW2(ends, n, this.world.dim, quantiles) : NaN;
    const note = this.root.querySelector(".trouble"),
      { entry } = this.model;
    const why = [
      good ? "" : "Diverged: the outputs of these weights are not finite.",
      entry.trouble && `Diverged: ${entry.trouble}.`,
      entry.why && `Recorded, not live: ${entry.why}.`,
    ].filter(Boolean);
    note.hidden = !why.length;
    note.textContent = why.join(" ");
    this.caption();
  }

  /** The sampler and its one number, of the particles here when they have arrived; the table has that of all seeds. */
  caption() {
    const { crowd, model, root, state } = this,
      { entry, k, rules } = model,
      { followed } = this.world,
      [mean, sd] = entry.sliced_w2[k];
    const here = number(this.distance),
      floor = number(crowd.floor, 2),
      of = crowd.n === followed ? "" : ` of ${crowd.n} particles`;
    const fits = (exact) => `sliced W2 ${here}${of}, ${exact} ${floor}`.length * LETTER < this.space.width,
      exact = ["exact samples", "exact"].find(fits) ?? "exact";
    const sampler = rules ? model.words(state.solver, this.steps) : `recorded, ${evaluations(entry.own_steps)}`;
    root.querySelector("small").textContent = sampler;
    const text = root.querySelector(".number");
    if (!crowd.quantiles) return void (text.textContent = "sliced W2: when you let go");
    text.innerHTML = "sliced W2 <strong></strong><span></span>";
    text.querySelector("strong").textContent = here;
    text.querySelector("span").textContent = `${of}, ${exact} ${floor}`;
    text.title =
      `Sliced W2 to the data of these ${crowd.n} particles at the end of their way, over ` +
      `${this.world.dim === 1 ? "one direction (1D has no other)" : "32 directions"}: ` +
      `${model.live ? "" : "first seed, "}${sampler}. Exact samples: of as many points that the exact flow took there.` +
      (mean === null
        ? ""
        : ` Over ${entry.seeds} seed${entry.seeds > 1 ? "s" : ""}, ${followed} particles and the model's own sampler ` +
          `(${evaluations(entry.own_steps)}) it is ${plusMinus(mean, sd)} at epoch ${entry.epochs[k]}.`);
  }

  /** Where the model and the exact flow take the two movable points. */
  probe() {
    const { model, world, state } = this,
      z = state.z[world.dim],
      x = state.x[world.dim];
    this.answers = { z: {}, x: {} };
    if (!model.rules) return this.readout();
    this.answers.z = {
      path: model.path(z, 1, state.solver, this.steps),
      exact: world.answer(model.entry.exact, z),
      jump: model.kind === "flow" ? [z, model.decode(z, 1)] : null,
    };
    if (model.encodes) {
      const there = model.path(x, 1, state.solver, this.steps, true);
      this.answers.x = {
        path: there,
        exact: model.exact ? world.probe("x", x) : null,
        back: model.path(there.at(-1), 1, state.solver, this.steps),
      };
    }
    this.readout();
  }

  /** Landing points as numbers: {z, landing, exact, x, encoded, exactEncoded, decoded}. */
  landings() {
    const { z, x } = this.answers,
      { dim } = this.world,
      list = (a) => (a ? [...a] : null);
    return {
      z: list(this.state.z[dim]),
      landing: list(z.path?.at(-1)),
      exact: list(z.exact?.at(-1)),
      jump: list(z.jump?.[1]),
      x: list(this.state.x[dim]),
      encoded: list(x.path?.at(-1)),
      exactEncoded: list(x.exact?.at(-1)),
      decoded: list(x.back?.at(-1)),
    };
  }

  readout() {
    const at = this.landings(),
      text = this.root.querySelector(".readout");
    const show = (point) =>
      point.every(Number.isFinite) ? `(${point.map((v) => v.toFixed(2)).join(", ")})` : "not finite";
    const far = (a, b) => Math.hypot(...a.map((v, i) => v - b[i])).toFixed(2);
    const exact = (answer) => (answer ? ` exact ${show(answer)}` : "");
    const { model, state } = this,
      random = model.rules && model.isRandom(state.solver, this.steps),
      other = model.kind === "flow" && model.walk(state.solver) !== model.walk(state.solver, true),
      back = other ? ` by ${this.steps} Euler step${this.steps > 1 ? "s" : ""}` : "";
    const lines = [],
      off = at.landing && at.exact && !random ? ` off ${far(at.landing, at.exact)}` : "";
    if (at.landing) lines.push(`z → ${show(at.landing)}${random ? " by chance," : ""}${exact(at.exact)}${off}`);
    if (at.encoded)
      lines.push(`x → ẑ ${show(at.encoded)}${back}${exact(at.exactEncoded)} → x̂ ${show(at.decoded)}`);
    else if (at.landing) lines.push("No encoder: data cannot go back.");
    text.replaceChildren(...lines.map((line) => Object.assign(document.createElement("span"), { textContent: line })));
  }

  /** Everything that stands still while particles move. */
  drawBack() {
    const { state, space, world, crowd } = this,
      { layers } = state,
      g = this.context(this.back),
      c = colors();
    g.lineJoin = "round";
    this.ends(g, c);
    if (this.model.rules) {
      if (layers.has("error") && this.model.exact) errorMap(g, this, state.time);
      if (layers.has("truth") && this.model.exact) field(g, this, state.time, true);
      if (layers.has("field")) field(g, this, state.time, false);
    }
    if (layers.has("couplings")) this.drawCouplings(g, c);
    if (layers.has("trajectories")) this.drawPaths(g, c);
    if (layers.has("jumps") && this.jumps)
      this.segments(g, crowd.z, this.jumps, world.chosen(crowd.n), c.decode_line, [5, 3], 1, 0.75);
    if (layers.has("density") && this.path && this.shown === crowd.n) density(g, this, this.path.at(-1), crowd.n);
    if (layers.has("data"))
      this.points(g, world.data, Math.min(crowd.n, world.data.length / world.dim), 1, "square", c.data_x, 1.4, 0.55);
    if (layers.has("source")) this.points(g, crowd.z, crowd.n, 0, "ring", c.prior_z, 1.6, 0.4);
    this.root.querySelector(".missing").textContent = this.missing();
    this.stale = false;
  }

  /** In words, what the chosen layers would show of another model. */
  missing() {
    const { entry, exact, rules } = this.model,
      answers = { truth: "exact field", error: "error map" },
      paths = entry.islands ? {} : { trajectories: "exact paths" },
      couplings = entry.pairs ? {} : { couplings: "couplings" };
    const lacks = (names, why) => {
      const shown = Object.keys(names).filter((layer) => this.state.layers.has(layer));
      return shown.length ? `No ${shown.map((layer) => names[layer]).join(", ")}: ${why}. ` : "";
    };
    const own = exact ? "" : lacks({ ...paths, ...answers }, "the exact flow is not its own answer");
    const live = { field: "learnt field", ...(exact ? answers : {}), ...couplings };
    return own + (rules ? "" : lacks(live, "it does not run here"));
  }

  drawPaths(g, c) {
    const { world, crowd, model } = this,
      chosen = world.chosen(crowd.n);
    if (model.exact && (model.name !== "exact" || this.state.solver !== "own"))
      this.polylines(
        g,
        world.paths(crowd.n),
        chosen.map((_, i) => i),
        c.exact,
        0.7,
        0.6,
      );
    if (this.path)
      this.polylines(
        g,
        this.path,
        chosen.filter((p) => p < this.shown),
        c.coupling_infer,
        1.1,
        0.7,
      );
  }

  drawCouplings(g, c) {
    const { world, crowd, model } = this,
      few = world.chosen(crowd.n).filter((_, i) => i % 2 === 0);
    const join = (a, b, chosen) => this.segments(g, a, b, chosen, c.coupling_train, [2, 3], 0.9, 0.7);
    if (model.entry.pairs === "chance") return join(crowd.z, world.partner, few);
    if (model.entry.pairs) {
      const [z, own] = (this.pairs ??= model.entry.pairs.map(floats));
      return join(z, own, [...Array(z.length / world.dim).keys()]);
    }
    if (model.kind !== "encoder") return;
    const n = Math.min(64, world.data.length / world.dim),
      x = world.data.slice(0, n * world.dim),
      all = Array.from({ length: n }, (_, i) => i);
    const latent = model.encode(x, n);
    this.segments(g, x, latent, all, c.encode_line, [], 1.6, 0.5, 1, 0);
    this.segments(g, latent, model.decode(latent, n), all, c.decode_line, [4, 3], 1, 0.8);
    this.points(g, latent, n, 0, "triangle", c.latent_z_hat, 3, 1);
  }

  /** Everything that moves. */
  drawFront() {
    const g = this.context(this.front),
      c = colors();
    if (this.state.layers.has("samples") && this.path) this.particles(g, c, this.state.time);
    if (this.answers.z.path) this.drawProbes(g, c);
  }

  particles(g, c, s) {
    const { path, space } = this,
      steps = path.length - 1,
      i = Math.min(steps - 1, Math.floor(s * steps)),
      part = s * steps - i;
    const a = path[i],
      b = path[i + 1],
      { dim } = this.world;
    const x = (this.now ??= new Float64Array(1024 * dim));
    for (let k = 0; k < this.shown * dim; k++) x[k] = a[k] + part * (b[k] - a[k]);
    g.fillStyle = c.output_x_hat;
    g.globalAlpha = 0.85;
    g.beginPath();
    const r = space.width < 260 ? 1.7 : 2.2;
    for (let p = 0; p < this.shown; p++) {
      const [u, v] = space.at(x, p, s);
      g.moveTo(u + r, v);
      g.arc(u, v, r, 0, 2 * Math.PI);
    }
    g.fill();
    g.globalAlpha = 1;
  }

  drawProbes(g, c) {
    const { z, x } = this.answers,
      one = [0];
    if (z.exact?.length > 1) this.polylines(g, z.exact, one, c.exact, 1.4, 1);
    this.polylines(g, z.path, one, c.coupling_infer, 3, 0.95);
    if (z.jump && z.path.length > 2) this.segments(g, z.jump[0], z.jump[1], one, c.decode_line, [5, 3], 2, 0.95);
    if (x.path) {
      this.polylines(g, [...x.path].reverse(), one, c.encode_line, 3, 0.9);
      this.polylines(g, x.back, one, c.decode_line, 1.5, 0.9);
      if (x.exact) this.dot(g, c, x.exact.at(-1), 0, "cross", c.exact, 4);
      this.dot(g, c, x.path.at(-1), 0, "triangle", c.latent_z_hat, 5.5);
      this.dot(g, c, x.back.at(-1), 1, "disc", c.output_x_hat, 4);
      this.dot(g, c, x.path[0], 1, "square", c.data_x, 6, "x");
    }
    this.dot(g, c, z.path.at(-1), 1, "disc", c.output_x_hat, 5.5);
    if (z.exact) this.dot(g, c, z.exact.at(-1), 1, "cross", c.exact, 5);
    this.dot(g, c, z.path[0], 0, "ring", c.prior_z, 7, "z");
  }

  /** The handle within `reach` pixels of a place, or undefined. */
  handle(px, py, reach) {
    const far = (name, s) => {
      const [u, v] = this.space.at(this.state[name][this.world.dim], 0, s);
      return { name, distance: Math.hypot(u - px, v - py) };
    };
    const handles = this.model.encodes ? [far("z", 0), far("x", 1)] : [far("z", 0)];
    return handles.filter(({ distance }) => distance < reach).sort((a, b) => a.distance - b.distance)[0]?.name;
  }

  /** Which point a press takes: the nearest handle, else that of the end that was pressed, else the chosen one. */
  grab(px, py) {
    return this.handle(px, py, 24) ?? (this.model.encodes ? (this.space.end(px) ?? this.state.grab) : "z");
  }
}

// One model on the stage: its paths, what is drawn of them, and the points that can be dragged.

import { errorMap, field, WORST } from "./fields.js";
import { slicedW2 } from "./models.js";
import { large } from "./layout.js";
import { bytes, floats, halves } from "./nets.js";
import { Paint } from "./paint.js";
import { colors, DASH } from "./palette.js";
import { Space } from "./space.js";
import { axes, errorBar } from "./stage/axes.js";
import { caption, readout, sampler } from "./stage/caption.js";
import { densities, hasExact } from "./stage/density.js";
import { marks } from "./stage/marks.js";

const CHUNK = 24; // particles that are computed at a time

export class Panel extends Paint {
  constructor(world, name, state) {
    super();
    Object.assign(this, { world, name, state, model: world.models.get(name) });
    this.root = document.createElement("figure");
    this.root.className = "panel";
    this.root.innerHTML = `<figcaption><span class="name"><b></b> <small></small></span><span class="number"></span></figcaption>
      <div class="plot"><canvas></canvas><canvas tabindex="0" role="application" aria-roledescription="plot"></canvas><p class="missing"></p><p class="trouble" hidden></p></div>
      <p class="readout"></p>`;
    [this.back, this.front] = this.root.querySelectorAll("canvas");
    this.root.querySelector("b").textContent = this.model.entry.title;
    this.announce();
  }

  /** What a screen reader hears: the name, and the numbers when the keys have moved a point. */
  announce() {
    const numbers = this.root.querySelector(".readout"),
      { title } = this.model.entry;
    numbers.id = `readout-${this.name}`;
    this.front.setAttribute("aria-describedby", numbers.id);
    this.front.setAttribute(
      "aria-label",
      `${title}: arrow keys move the noise point z or the data point x, whichever is chosen; plus, minus and 0 zoom`,
    );
    this.front.addEventListener("focus", () => numbers.setAttribute("aria-live", "polite"));
    this.front.addEventListener("blur", () => numbers.removeAttribute("aria-live"));
  }

  get aspect() {
    if (this.world.dim === 1) return 1.45;
    const [x, y] = this.model.entry.islands ? this.world.space.islands : this.world.space.limits;
    return (x[1] - x[0]) / (y[1] - y[0]);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.front.parentElement,
      ratio = window.devicePixelRatio || 1;
    const wanted = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    for (const canvas of [this.back, this.front])
      if (canvas.width !== wanted.width || canvas.height !== wanted.height) Object.assign(canvas, wanted); // which empties it
    this.type = large();
    this.size = { width: width / this.type, height: height / this.type };
    this.look();
    if (this.crowd && this.ready === this.crowd.n) this.caption(); // as much of it as fits
    if (this.answers) this.readout();
  }

  /** A mouse's or a finger's place in the panel's pixels. They are larger than the page's if its type is enlarged. */
  pixels({ clientX, clientY }) {
    const { left, top } = this.front.getBoundingClientRect();
    return [(clientX - left) / this.type, (clientY - top) / this.type];
  }

  /** Take the view that all panels share. */
  look() {
    const { world, model, state, size } = this;
    this.space = new Space(world.space, world.dim, model.entry.islands, size.width, size.height, state.view[world.dim]);
    this.stale = true;
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

  caption() {
    caption(this);
  }

  /** Whether its sampler draws noise on the way. */
  get random() {
    return Boolean(this.model.rules) && this.model.isRandom(this.state.solver, this.steps);
  }

  /** What its number can be expected to be at best: that of exact samples, or of exact jumps with the same noise. */
  get floor() {
    const { world, crowd, model, steps } = this;
    return this.random ? world.renoisedFloor(crowd, steps, model.rules) : crowd.floor;
  }

  /** Whether the way between noise and data is drawn by the animation: one step, or jumps, have none of their own. */
  get invented() {
    const { model, state } = this;
    return model.kind !== "flow" || !["euler", "heun", "rk4"].includes(model.walk(state.solver));
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
    readout(this);
  }

  /** Everything that stands still while particles move. */
  drawBack() {
    this.paintBack(this.context(this.back), colors());
    const missing = this.missing();
    this.root.querySelector(".missing").textContent = missing;
    this.root.querySelector(".name").title = `${this.model.entry.title}: ${sampler(this)}. ${missing}`;
    this.stale = false;
  }

  paintBack(g, c) {
    const { state, world, crowd } = this,
      { layers } = state;
    g.lineJoin = "round";
    this.ends(g, c);
    const mapped = layers.has("error") && this.model.rules && this.model.exact;
    if (this.model.rules) {
      if (mapped) errorMap(g, this, state.time);
      if (layers.has("truth") && this.model.exact) field(g, this, state.time, true);
      if (layers.has("field")) field(g, this, state.time, false);
    }
    if (layers.has("couplings")) this.drawCouplings(g, c);
    if (layers.has("trajectories")) this.drawPaths(g, c);
    if (layers.has("jumps") && this.jumps)
      this.segments(g, crowd.z, this.jumps, world.chosen(crowd.n), c.decode_line, DASH.decode_line, 1, 0.75);
    if (layers.has("data"))
      this.points(g, world.data, Math.min(crowd.n, world.data.length / world.dim), 1, "square", c.data_x, 1.4, 0.55);
    if (layers.has("source")) this.points(g, crowd.z, crowd.n, 0, "ring", c.prior_z, 1.6, 0.4);
    axes(g, this, c);
    if (mapped) errorBar(g, this, c, this.model.kind === "flow" || world.dim === 1 ? WORST : 2 * WORST);
  }

  /** In words, what the chosen layers would show of another model. */
  missing() {
    const { entry, exact, rules } = this.model,
      answers = { truth: "exact field", error: "error map" },
      straight = this.straight(),
      paths = entry.islands || straight ? {} : { trajectories: "exact paths" },
      couplings = entry.pairs ? {} : { couplings: "couplings" };
    const lacks = (names, why) => {
      const shown = Object.keys(names).filter((layer) => this.state.layers.has(layer));
      return shown.length ? `No ${shown.map((layer) => names[layer]).join(", ")}: ${why}. ` : "";
    };
    const between = this.exactBetween() ? "" : lacks({ density: "exact density on the way" }, this.whyNot());
    const own = exact ? "" : lacks({ ...paths, ...answers }, "the exact flow is not its own answer");
    const live = { field: "learnt field", ...(exact ? answers : {}), ...couplings };
    return own + between + (rules ? "" : lacks(live, "it does not run here"));
  }

  exactBetween() {
    return hasExact(this, 0.5);
  }

  whyNot() {
    return this.invented ? "its straight lines are drawn by the animation" : "the exact flow is not its own answer";
  }

  /** Exact straight paths, of a flow in 1D that learns to transport: each point goes where the exact flow takes it. */
  straight() {
    const { entry, rules } = this.model;
    return this.world.dim === 1 && rules && entry.exact === "transport";
  }

  drawPaths(g, c) {
    const { world, crowd, model } = this,
      chosen = world.chosen(crowd.n),
      itself = model.name === "exact" && this.state.solver === "own",
      exact = (model.exact && !itself) || this.straight() ? world.paths(crowd.n) : null,
      all = chosen.map((_, i) => i);
    if (exact) this.polylines(g, this.straight() ? [exact[0], exact.at(-1)] : exact, all, c.exact, 0.7, 0.6);
    const shown = chosen.filter((p) => p < this.shown);
    if (this.path) this.polylines(g, this.path, shown, c.coupling_infer, 1.1, 0.7);
  }

  drawCouplings(g, c) {
    const { world, crowd, model } = this,
      few = world.chosen(crowd.n).filter((_, i) => i % 2 === 0);
    const join = (a, b, chosen) => this.segments(g, a, b, chosen, c.coupling_train, DASH.coupling_train, 0.9, 0.7);
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
    this.segments(g, x, latent, all, c.encode_line, DASH.encode_line, 1.6, 0.5, 1, 0);
    this.segments(g, latent, model.decode(latent, n), all, c.decode_line, DASH.decode_line, 1, 0.8);
    this.points(g, latent, n, 0, "triangle", c.latent_z_hat, 3, 1);
  }

  /** Everything that moves. */
  drawFront() {
    this.paintFront(this.context(this.front), colors());
  }

  paintFront(g, c) {
    const { layers, time } = this.state;
    if (this.path && this.shown) {
      const x = this.moment(time);
      if (layers.has("density")) densities(g, this, x, this.shown, time, c);
      if (layers.has("samples")) this.particles(g, c, x, time);
    }
    if (this.answers.z.path) this.drawProbes(g, c);
  }

  /** Where the particles are at progress s. */
  moment(s) {
    const { path } = this,
      steps = path.length - 1,
      i = Math.min(steps - 1, Math.floor(s * steps)),
      part = s * steps - i,
      a = path[i],
      b = path[i + 1],
      n = this.shown * this.world.dim,
      x = (this.now ??= new Float64Array(1024 * this.world.dim));
    for (let k = 0; k < n; k++) x[k] = a[k] + part * (b[k] - a[k]);
    return x;
  }

  /** In 2D discs; in 1D, where they would hide each other, a tick for each, and discs on the paths that are drawn. */
  particles(g, c, x, s) {
    const { space, world } = this,
      r = space.width < 260 ? 1.7 : 2.2;
    g.fillStyle = g.strokeStyle = c.output_x_hat;
    if (world.dim === 1) this.rug(g, x, s);
    g.globalAlpha = 0.85;
    g.beginPath();
    const few = world.dim === 1 ? world.chosen(this.crowd.n).filter((p) => p < this.shown) : null;
    for (let i = 0; i < (few?.length ?? this.shown); i++) {
      const [u, v] = space.at(x, few ? few[i] : i, s);
      g.moveTo(u + r, v);
      g.arc(u, v, r, 0, 2 * Math.PI);
    }
    g.fill();
    g.globalAlpha = 1;
  }

  rug(g, x, s) {
    g.globalAlpha = 0.5;
    g.lineWidth = 1;
    g.beginPath();
    for (let p = 0; p < this.shown; p++) {
      const [u, v] = this.space.at(x, p, s);
      g.moveTo(u - 14, v);
      g.lineTo(u, v);
    }
    g.stroke();
    g.globalAlpha = 1;
  }

  drawProbes(g, c) {
    const { z, x } = this.answers,
      one = [0];
    if (z.exact?.length > 1) this.polylines(g, z.exact, one, c.exact, 1.4, 1);
    this.polylines(g, z.path, one, c.coupling_infer, 3, 0.95);
    if (z.jump && z.path.length > 2)
      this.segments(g, z.jump[0], z.jump[1], one, c.decode_line, DASH.decode_line, 2, 0.95);
    if (x.path) {
      this.polylines(g, [...x.path].reverse(), one, c.encode_line, 3, 0.9, DASH.encode_line);
      this.polylines(g, x.back, one, c.decode_line, 1.5, 0.9, DASH.decode_line);
    }
    for (const each of marks(this)) this.dot(g, c, each);
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

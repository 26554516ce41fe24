// One training in this page: its settings, its worker, and what it has measured so far.

import { transposed } from "../live/arrays.js";
import { Random } from "../live/random.js";
import { noise } from "../live/sources.js";
import { hasExcess, lossFloor, probes } from "./answers.js";
import { LiveModel } from "./model.js";
import { neurons } from "./settings.js";
import { employ } from "./workers.js";

const APART = 1.01; // between the steps of two points of a curve
const WINDOW = 2000; // ms over which steps per second are counted

export class Run {
  /** world: what it trains on; template: the file's entry of its model; changed(run): something happened to it. */
  constructor(world, template, letter, settings, changed) {
    Object.assign(this, { world, template, letter, settings, changed, name: `live-${letter}` });
    this.content = world.content;
    this.clear();
  }

  clear() {
    Object.assign(this, { steps: 0, epochs: 0, losses: [], excess: [], marks: [], on: false, diverged: false });
    this.failed = this.fresh = null;
  }

  /** Steps that an epoch takes: its last batch may be smaller. */
  get perEpoch() {
    return Math.ceil(this.settings.points / Math.min(this.settings.batch, this.settings.points));
  }

  /** Steps per second of late. */
  get perSecond() {
    const [first, last] = [this.marks[0], this.marks.at(-1)];
    return this.on && last?.[0] > first[0] ? (1000 * (last[1] - first[1])) / (last[0] - first[0]) : 0;
  }

  get measured() {
    return hasExcess(this.template, this.world.dim, this.settings);
  }

  /** The first points of the stage; what there are more are drawn from the law. */
  get points() {
    const { world, settings } = this,
      { dim, data } = world,
      n = settings.points,
      known = Math.min(n, data.length / dim),
      result = new Float32Array(n * dim);
    result.set(data.subarray(0, known * dim));
    const more = n - known;
    if (more)
      result.set(transposed(noise(world.content.target, more, dim, new Random(settings.seed)), dim), known * dim);
    return result;
  }

  get floor() {
    this.least ??= { value: lossFloor(this.template, this.world, this.settings, this.points) };
    return this.least.value;
  }

  /** Give it to a worker, if it is not there yet: it answers with its initial weights. */
  start() {
    if (this.worker) return;
    const { world, settings, points } = this,
      { target: law, source } = world.content;
    this.clear();
    this.worker = employ(
      {
        ...settings,
        dim: world.dim,
        hidden: neurons(settings.hidden),
        points,
        law,
        source,
        probes: this.measured ? probes(world) : null,
      },
      (message) => this.hear(message),
    );
  }

  /** Train to step `until`, at so many steps per second. */
  train(speed, until) {
    if (until <= this.steps || this.diverged || this.failed) return;
    this.start();
    this.on = true;
    this.marks = [[performance.now(), this.steps]];
    this.worker.tell({ type: "run", on: true, speed, until });
  }

  step(steps) {
    if (this.diverged || this.failed) return;
    this.start();
    this.worker.tell({ type: "step", steps });
  }

  pause() {
    this.on = false;
    this.worker?.tell({ type: "run", on: false });
  }

  reset() {
    this.clear();
    this.worker?.tell({ type: "reset" });
  }

  /** Forget what it has learnt, and its worker. */
  stop() {
    this.worker?.stop();
    this.worker = this.least = this.model = null;
    this.clear();
  }

  hear({ type, ...message }) {
    if (type === "parts") return;
    if (type === "failed") Object.assign(this, { failed: message.why, on: false });
    else this.learn(message);
    this.changed(this);
  }

  learn({ steps, epochs, average, losses, excess, stopped, on }) {
    if (steps < this.steps) this.clear(); // it was reset
    Object.assign(this, { steps, epochs, on, diverged: stopped, fresh: average });
    this.marks = [...this.marks.filter(([time]) => time > performance.now() - WINDOW), [performance.now(), steps]];
    for (const loss of losses) if (Number.isFinite(loss)) this.losses.push(loss);
    if (excess !== null && Number.isFinite(excess)) this.measure([steps, excess]);
    if (!this.model) this.model = new LiveModel(this.template, this.world.dim, this, average);
  }

  /** Add a point to the curve of the excess error; close ones give way. */
  measure(point) {
    const { excess } = this,
      before = excess.at(-2)?.[0] ?? -1;
    if (excess.length && point[0] < APART * before + 1) excess[excess.length - 1] = point;
    else excess.push(point);
  }

  /** The loss around each epoch, as smoothed_loss of evaluation/summary.py: [[step, loss]], at most n of them. */
  curve(n = 160) {
    const { losses, perEpoch } = this,
      count = losses.length,
      epochs = new Set(Array.from({ length: n }, (_, i) => Math.round(Math.max(1, count) ** (i / (n - 1)))));
    return [...epochs]
      .filter((epoch) => epoch <= count)
      .map((epoch) => {
        const around = losses.slice(
          epoch - 1 - Math.floor(epoch / 40),
          Math.min(epoch + Math.floor(epoch / 40), count),
        );
        return [epoch * perEpoch, around.reduce((a, b) => a + b) / around.length];
      });
  }
}

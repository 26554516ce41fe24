// The worker in which models train, away from the page; several runs take turns. What it is told and what it says:
//
// in   { type: "start", id, settings }     a new run, at rest, in the place of one with that id; settings: trainer.js
//      { type: "run", id, on, speed, until }  train, or rest; speed: steps per second, or Infinity; until: its last step
//      { type: "step", id, steps }         so many steps, then rest
//      { type: "reset", id }               back to the initial weights, at rest
//      { type: "parts", id, numbers, z, times }  take a step apart: Trainer.parts; without z and times they are drawn
//      { type: "stop", id }                forget the run
// out  { type: "progress", id, steps, epochs, average, losses, excess, perSecond, stopped, on }
//                                          after start, reset and steps, and while it trains, 20 times a second, at
//                                          first more often: curves have logarithmic axes;
//                                          average: a copy of the averaged weights; losses: of the epochs since the last
//                                          message; excess: E|v - v_exact|² at settings.probes, or null
//      { type: "parts", id, ...parts }     see Trainer.parts
//      { type: "failed", id, why }         what it was told could not be done; the run is forgotten

import { Trainer } from "./trainer.js";

const SLICE = 12; // ms of training between two looks at the messages
const PAUSE = 50; // ms between messages of progress
const GROWTH = 1.2; // of the steps between them, if that is sooner

const runs = new Map();
const turn = new MessageChannel(); // unlike timeouts, its messages are not delayed
let waiting = false;

class Run {
  constructor(id, settings) {
    Object.assign(this, { id, trainer: new Trainer(settings) });
    this.rest();
    this.tell();
  }

  rest() {
    this.on = false;
  }

  go(speed, left) {
    const now = performance.now();
    Object.assign(this, { on: true, speed, left, due: 0, since: now, told: now });
    Object.assign(this, { timed: now, before: this.trainer.steps, perSecond: 0 });
  }

  /** Train until a time, as far as the speed allows. */
  train(until) {
    const { trainer } = this,
      now = performance.now();
    if (this.speed === Infinity) this.due = Infinity;
    else this.due = Math.min(this.due + ((now - this.since) / 1000) * this.speed, this.speed / 4 + 1);
    this.since = now;
    while (this.due >= 1 && this.left > 0 && !trainer.stopped && performance.now() < until) {
      trainer.step();
      this.due -= 1;
      this.left -= 1;
      if (trainer.steps >= this.next && this.left > 0) this.tell();
    }
    if (this.left <= 0 || trainer.stopped) {
      this.rest();
      this.tell();
    } else if (performance.now() > this.told + PAUSE) this.tell();
  }

  tell() {
    const { id, on, trainer } = this,
      { steps, epochs, stopped } = trainer,
      now = performance.now(),
      perSecond = on ? this.rate(now) : 0,
      average = trainer.average.slice(),
      losses = trainer.losses.splice(0);
    Object.assign(this, { told: now, next: Math.ceil(GROWTH * steps + 0.5) });
    const progress = { steps, epochs, average, losses, excess: trainer.excess(), perSecond, stopped, on };
    postMessage({ type: "progress", id, ...progress }, [average.buffer]);
  }

  /** Steps per second, of at least half a pause: messages that follow sooner keep the number. */
  rate(now) {
    const { steps } = this.trainer,
      time = now - this.timed;
    if (time > PAUSE / 2)
      Object.assign(this, { perSecond: (1000 * (steps - this.before)) / time, timed: now, before: steps });
    return this.perSecond;
  }
}

const ANSWERS = {
  start: (_, { id, settings }) => runs.set(id, new Run(id, settings)),
  run(run, { on, speed, until }) {
    if (on) run.go(speed ?? Infinity, (until ?? Infinity) - run.trainer.steps);
    else {
      run.rest();
      run.tell();
    }
  },
  step: (run, { steps }) => run.go(Infinity, steps),
  reset(run) {
    run.rest();
    run.trainer.reset();
    run.tell();
  },
  parts(run, { id, numbers, z, times }) {
    postMessage({ type: "parts", id, ...run.trainer.parts(numbers, z, times) });
  },
  stop: (_, { id }) => runs.delete(id),
};

/** Do something for a run; if it fails, say so. */
function attempt(id, action) {
  try {
    action();
  } catch (error) {
    runs.delete(id);
    postMessage({ type: "failed", id, why: error.message });
  }
}

/** A slice of training, shared by the runs that are on, and another one as soon as messages have been read. */
function train() {
  waiting = false;
  const active = [...runs.values()].filter((run) => run.on);
  for (const run of active) attempt(run.id, () => run.train(performance.now() + SLICE / active.length));
  again();
}

function again() {
  const active = [...runs.values()].filter((run) => run.on);
  if (waiting || !active.length) return;
  waiting = true;
  if (active.some((run) => run.speed === Infinity)) turn.port2.postMessage(null);
  else setTimeout(train, 4);
}

turn.port1.onmessage = train;
self.onmessage = ({ data }) => {
  const run = runs.get(data.id);
  if (run || data.type === "start") attempt(data.id, () => ANSWERS[data.type](run, data));
  again();
};

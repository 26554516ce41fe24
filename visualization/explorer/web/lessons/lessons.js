// Lessons next to the stage: which one is open, where in it, and the state that each step sets.

import { calm, enter, features, later, page, refresh } from "../app.js";
import { find } from "../controls.js";
import { build, label, showList, showStep } from "./column.js";
import { keep, progress, seen } from "./progress.js";
import { dimOf, playOf, stateOf } from "./stage.js";

const TOUR = "tour"; // the lesson of the first visit
const here = { open: false, lesson: TOUR, step: 0, language: "en", listed: false };
let languages, parts, order;

export const lessons = {
  start() {
    languages = JSON.parse(find("lessonTexts").textContent);
    const wanted = progress().language ?? navigator.language?.slice(0, 2);
    if (wanted in languages) here.language = wanted;
    const names = Object.keys(languages.en.lessons).filter((name) => name !== TOUR); // numbers come in their order
    order = [TOUR, ...names].filter(available);
    parts = build(find("lesson"), languages, { list, close, back, next, again, language });
    find("tour").addEventListener("click", () => go(TOUR, 0, true));
    find("lessonsButton").addEventListener("click", () => (here.open ? close() : reopen()));
    draw();
  },

  /** The step of an address; one that says nothing else sets the stage, too. The tour opens by itself only once. */
  read(said) {
    const [lesson, step] = (said.get("lesson") ?? "").split("."),
      first = !here.visited && !progress().toured && ![...said].length && order.includes(TOUR);
    here.visited = true;
    if (first) Object.assign(here, { open: true, lesson: TOUR, step: 0 });
    else if (order.includes(lesson))
      Object.assign(here, { open: true, lesson, step: nearest(lesson, Number(step) - 1 || 0) });
    else here.open = false;
    if (here.open && [...said.keys()].every((key) => key === "lesson")) set();
    draw();
  },

  write: () => (here.open ? { lesson: `${here.lesson}.${here.step + 1}` } : {}),
};

/** Whether this file has what a lesson is about. */
function available(name) {
  const { models, dim } = languages.en.lessons[name];
  const has = (model) => [...page.shipped.values()].some((world) => world.models.has(model));
  return models.every(has) && (!dim || page.shipped.has(Number(dim))) && stepsOf(name).length > 0;
}

/** The steps of a lesson of which this file has a model, as places in the lesson. */
function stepsOf(name) {
  const has = ({ stage }) =>
    !stage.models || stage.models.split(",").some((model) => page.shipped.get(dimOf(stage, page.shipped)).models.has(model));
  return [...languages.en.lessons[name].steps.entries()].filter(([, step]) => has(step)).map(([k]) => k);
}

/** The last step of a lesson that is not after k. */
function nearest(name, k) {
  const steps = stepsOf(name);
  return steps.findLast((each) => each <= k) ?? steps[0];
}

/** Open a step and set the stage to it. */
function go(lesson, step, focus = false) {
  const before = { ...page.state };
  enter();
  Object.assign(here, { open: true, lesson, step, listed: false });
  set();
  draw();
  refresh(before);
  for (const panel of page.panels) panel.probe(); // the points may be all that moved
  if (focus) parts.title.focus();
}

/** The step's complete state, its features' too: nothing stays from before. */
function set() {
  const { stage } = languages.en.lessons[here.lesson].steps[here.step];
  const said = new URLSearchParams({ ...stage, dim: dimOf(stage, page.shipped) });
  for (const feature of features) feature.before?.(said);
  Object.assign(page.state, stateOf(stage, page.worlds, calm));
  Object.assign(page.playing, playOf(stage, calm));
  Object.assign(page, { rest: 0, waited: 0 });
  for (const feature of features) if (feature !== lessons) feature.read?.(said);
}

/** The steps before and after this one, in all lessons. */
function beside(way) {
  const all = order.flatMap((name) => stepsOf(name).map((step) => [name, step]));
  return all[all.findIndex(([name, step]) => name === here.lesson && step === here.step) + way];
}

function next() {
  go(...beside(1));
}

function back() {
  go(...beside(-1));
}

function again() {
  go(here.lesson, here.step);
}

function reopen() {
  Object.assign(here, { open: true, listed: true });
  draw();
  later();
  parts.list.focus();
}

function close() {
  keep({ toured: true });
  here.open = false;
  draw();
  later();
  find("lessonsButton").focus();
}

function list() {
  here.listed = !here.listed;
  draw();
}

function language(name) {
  here.language = name;
  keep({ language: name });
  draw();
}

function draw() {
  const { words, lessons: own } = languages[here.language],
    { lesson, step } = here;
  const turned = parts.root.hidden === here.open;
  parts.root.hidden = !here.open;
  find("lessonsButton").setAttribute("aria-expanded", String(here.open));
  if (turned) dispatchEvent(new Event("resize")); // the stage has more or less room
  label(parts, words, here.language);
  if (!here.open) return;
  seen(lesson, step + 1);
  if (beside(1)?.[0] !== lesson) keep({ toured: progress().toured || lesson === TOUR });
  parts.list.setAttribute("aria-expanded", String(here.listed));
  parts.lessons.hidden = !here.listed;
  parts.lesson.hidden = parts.foot.hidden = here.listed;
  const text = (name) => own[name] ?? languages.en.lessons[name];
  showList(parts, order.map((name) => [name, text(name), progress().done[name] ?? 0, text(name).steps.length]), lesson, (name) =>
    go(name, stepsOf(name)[0], true),
  );
  const { stage } = languages.en.lessons[lesson].steps[step],
    { content } = page.shipped.get(dimOf(stage, page.shipped));
  parts.lesson.lang = own[lesson] ? here.language : "en";
  showStep(
    parts,
    text(lesson),
    step,
    new Map(content.models.map((entry) => [entry.name, entry])),
    words,
    own[lesson] ? "" : words.untranslated,
  );
  foot(words);
}

function foot(words) {
  const steps = stepsOf(here.lesson),
    after = beside(1);
  parts.place.textContent = `${steps.indexOf(here.step) + 1} / ${steps.length}`;
  parts.back.disabled = !beside(-1);
  parts.next.disabled = !after;
  parts.next.textContent = after && after[0] !== here.lesson ? words.nextLesson : words.next;
}

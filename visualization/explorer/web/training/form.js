// The settings of one run as a form: only those that its model has.

import { option } from "../controls.js";
import { note, whyNot } from "../live/index.js";
import { FIELDS, fieldsOf, trains, written } from "./settings.js";

/** The form of a run. templates: entries of the file; set(name, value): a setting is wanted. */
export function form(run, templates, set) {
  const { settings, world, letter } = run,
    root = document.createElement("form");
  root.setAttribute("aria-label", `Settings of run ${letter}`);
  root.addEventListener("submit", (event) => event.preventDefault());
  root.append(models(run, templates, set));
  for (const [name, choices] of Object.entries(fieldsOf(settings.model, world, settings.coupling)))
    root.append(
      row(
        FIELDS[name],
        name,
        control(name, choices, settings[name], (value) => set(name, value)),
      ),
    );
  const textContent = note(settings.model);
  if (textContent) root.append(Object.assign(document.createElement("p"), { className: "note", textContent }));
  return root;
}

function models({ settings, world }, templates, set) {
  const list = select((value) => set("model", value));
  for (const entry of templates) {
    const can = trains(entry, world),
      held = entry.live ? "It begins in N(0, I) only." : "This file does not hold its network.",
      why = whyNot(entry.name) || held;
    const text = can ? entry.title : `${entry.title}: not here`;
    list.append(Object.assign(option(entry.name, text), { disabled: !can, title: can ? "" : why }));
  }
  list.value = settings.model;
  return row({ title: "Model", why: "What is trained." }, "model", list);
}

function row({ title, why }, name, input) {
  const label = document.createElement("label");
  Object.assign(label, { className: "row", title: why });
  Object.assign(input, { name, title: why });
  label.append(Object.assign(document.createElement("span"), { textContent: title }), input);
  return label;
}

/** A number to type if no values are usual, else a list of them, in which its own value is, too. */
function control(name, choices, value, set) {
  const { usual, range, whole } = FIELDS[name];
  if (range && !usual) {
    const input = document.createElement("input");
    Object.assign(input, { type: "number", min: range[0], max: range[1], step: whole ? 1 : "any", value });
    input.addEventListener("change", () => set(input.value));
    return input;
  }
  const list = select(set),
    values = usual ? [...new Set([...usual, value])] : choices;
  if (range) values.sort((a, b) => a - b);
  list.append(...values.map((each) => option(each, written(name, each))));
  list.value = value;
  return list;
}

function select(set) {
  const list = document.createElement("select");
  list.addEventListener("change", () => set(list.value));
  return list;
}

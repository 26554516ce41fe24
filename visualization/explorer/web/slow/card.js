// The card of slow motion: the formula with its terms lit, the stage in words and numbers, and what moves the pair.

import { option } from "../controls.js";
import { fit } from "../fit.js";
import { formula } from "./formula.js";

/** Build it once. act: what its controls do, by name. */
export function card(body, act) {
  body.innerHTML = `<label class="row">Model <select data-part="models"></select></label>
    <p class="small" data-part="refused"></p>
    <div data-part="all"><p class="small" data-part="convention"></p>
    <div class="formula whole" data-part="whole"></div>
    <div class="segments steps" role="group" aria-label="Stages" data-part="steps"></div>
    <div class="walk"><button type="button" data-does="back">‹ Back</button><button type="button" data-does="play">▶ Play</button>
      <button type="button" data-does="next" class="play">Next ›</button></div>
    <div aria-live="polite" data-part="stage"><h4 data-part="title"></h4><div class="formula" data-part="formula"></div>
      <p data-part="words"></p></div>
    <dl data-part="numbers"></dl>
    <div class="segments" role="group" aria-label="What Adam steps on" data-part="whom"><button type="button" value="alone">this sample alone</button><button type="button" value="batch">the batch</button></div>
    <p class="small named" data-part="legend"></p>
    <div data-part="times"></div>
    <div class="walk"><label>Point <input type="number" min="1" step="1" data-part="number"></label>
      <button type="button" data-does="pair">New pair</button></div>
    <p class="small" data-part="hint"></p></div>`;
  const parts = {};
  for (const part of body.querySelectorAll("[data-part]")) parts[part.dataset.part] = part;
  for (const button of body.querySelectorAll("[data-does]")) {
    parts[button.dataset.does] = button;
    button.addEventListener("click", () => act[button.dataset.does]());
  }
  parts.models.addEventListener("change", () => act.model(parts.models.value));
  parts.number.addEventListener("change", () => act.number(Number(parts.number.value)));
  for (const button of parts.whom.children) button.addEventListener("click", () => act.whom(button.value));
  for (let k = 1; k <= 5; k++) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: k });
    button.addEventListener("click", () => act.stage(k));
    parts.steps.append(button);
  }
  parts.act = act;
  return parts;
}

/** Which models can be chosen, and why others cannot. */
export function showModels(parts, models, chosen, refused) {
  if (models.map(({ name }) => name).join() !== parts.listed) {
    parts.models.replaceChildren(...models.map(({ name, entry }) => option(name, entry.title)));
    parts.listed = models.map(({ name }) => name).join();
  }
  if (chosen) parts.models.value = chosen;
  parts.models.parentElement.hidden = parts.all.hidden = !models.length;
  parts.refused.textContent = refused.join(" ") || (models.length ? "" : "Show a model to see a step of it.");
}

/** The whole formula, its terms up to this stage lit, and the stage's own words and numbers. */
export function showStage(parts, script, f, stage, note) {
  const now = script.stages[stage - 1],
    whole = script.formula(f);
  if (parts.written !== whole) parts.whole.replaceChildren(...lines((parts.written = whole), "slow-term"));
  for (const term of parts.whole.querySelectorAll("[data-stage]")) {
    term.classList.toggle("lit", Number(term.dataset.stage) <= stage);
    term.classList.toggle("now", Number(term.dataset.stage) === stage);
  }
  parts.convention.textContent = [script.convention, note].filter(Boolean).join(" ");
  [...parts.steps.children].forEach((button, k) => {
    button.setAttribute("aria-pressed", String(k + 1 === stage));
    button.setAttribute("aria-label", `Stage ${k + 1}: ${script.stages[k].title}`);
    button.title = script.stages[k].title;
  });
  parts.title.textContent = `${stage} of 5 · ${now.title}`;
  parts.formula.replaceChildren(...lines(now.formula(f)));
  for (const box of [parts.whole, parts.formula]) fit(box);
  parts.words.textContent = now.say(f);
  parts.numbers.replaceChildren(
    ...now.numbers(f).flatMap(([symbol, text]) => [term("dt", formula(symbol)), term("dd", text)]),
  );
  parts.back.disabled = stage === 1;
  parts.next.textContent = stage === 5 ? "New pair ›" : "Next ›";
  parts.number.value = f.number + 1;
  parts.number.max = f.points;
  parts.whom.hidden = stage !== 5 || Boolean(script.batchOnly);
  parts.whom.lastChild.textContent = `a batch of ${f.m}`;
  for (const button of parts.whom.children)
    button.setAttribute("aria-pressed", String((button.value === "alone") === f.alone));
}

/** A line per formula. */
function lines(text, prefix = "") {
  return text.split("\n").map((line, k) => {
    const made = document.createElement("div");
    made.append(formula(line, prefix && `${prefix}${k ? `-${k + 1}` : ""}`));
    return made;
  });
}

function term(name, content) {
  const made = document.createElement(name);
  made.append(content);
  return made;
}

/** A slider per time of the loss, with its letter. */
export function showTimes(parts, script, f) {
  if (parts.times.dataset.letters !== script.times.join()) {
    parts.times.dataset.letters = script.times.join();
    parts.times.replaceChildren(
      ...script.times.map((letter, k) => {
        const label = Object.assign(document.createElement("label"), { className: "row" });
        label.innerHTML = `<span><i>${letter}</i> <output></output></span><input type="range" min="0" max="1000" aria-label="Time ${letter}">`;
        label.lastChild.addEventListener("input", (event) => parts.act.time(k, Number(event.target.value) / 1000));
        return label;
      }),
    );
  }
  [...parts.times.children].forEach((label, k) => {
    label.lastChild.value = Math.round(1000 * f.times[k]);
    label.querySelector("output").textContent = f.times[k].toFixed(2);
  });
}

// The column next to the stage: one step of one lesson, or the list of all lessons.

import { fit } from "../fit.js";
import { option } from "../controls.js";
import { maths, paragraph } from "./text.js";

/** Build it once. act: what its buttons do, by name. Returns its parts by name. */
export function build(root, languages, act) {
  root.innerHTML = `<div class="lesson-head"><button type="button" data-does="list" aria-expanded="false"></button>
      <select data-part="language"></select><button type="button" data-does="close">✕</button></div>
    <ol data-part="lessons" hidden></ol>
    <div data-part="lesson"><h2 data-part="title" tabindex="-1"></h2><p class="small" data-part="note"></p>
      <div class="formula" data-part="formulas"></div>
      <div data-part="step" aria-live="polite"></div></div>
    <div class="lesson-foot" data-part="foot"><button type="button" data-does="back"></button><span data-part="place"></span>
      <button type="button" data-does="again"></button><button type="button" data-does="next"></button></div>`;
  const parts = { root };
  for (const part of root.querySelectorAll("[data-part]")) parts[part.dataset.part] = part;
  for (const button of root.querySelectorAll("[data-does]")) {
    parts[button.dataset.does] = button;
    button.addEventListener("click", () => act[button.dataset.does]());
  }
  for (const [value, { words }] of Object.entries(languages))
    parts.language.append(Object.assign(option(value, words.name), { lang: value }));
  parts.language.addEventListener("change", () => act.language(parts.language.value));
  new ResizeObserver(() => fit(parts.formulas)).observe(parts.formulas); // also when the page is first shown
  return parts;
}

/** The words of a language on all that does not change from step to step. */
export function label(parts, words, language) {
  parts.root.lang = language;
  parts.root.setAttribute("aria-label", words.lesson);
  parts.language.value = language;
  parts.language.setAttribute("aria-label", words.language);
  parts.list.textContent = words.lessons;
  parts.close.setAttribute("aria-label", words.close);
  parts.close.title = words.close;
  parts.again.textContent = words.again;
  parts.back.textContent = words.back;
  parts.next.textContent = words.next;
}

/** Show a step. lesson: {title, formulas, steps}; k: which step; entries: the models' numbers. */
export function showStep(parts, lesson, k, entries, words, note) {
  const { title, text, question, answer } = lesson.steps[k];
  parts.title.textContent = lesson.title;
  parts.note.textContent = note;
  parts.note.hidden = !note;
  parts.formulas.replaceChildren(...lesson.formulas.map(maths));
  parts.formulas.hidden = !lesson.formulas.length;
  fit(parts.formulas);
  const all = (paragraphs = []) => paragraphs.map((nodes) => paragraph(nodes, entries, words));
  parts.step.replaceChildren(Object.assign(document.createElement("h3"), { textContent: title }), ...all(text));
  if (question) parts.step.append(...asked(all(question), all(answer), words));
}

/** A question, and the button that puts its answer in its own place. */
function asked(question, answer, words) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: words.answer }),
    reply = document.createElement("div");
  question[0].className = "question";
  button.className = "reveal";
  reply.className = "answer";
  reply.tabIndex = -1;
  button.addEventListener("click", () => {
    reply.append(...answer);
    button.replaceWith(reply);
    reply.focus();
  });
  return [...question, button];
}

/** The list of lessons. lessons: [[name, lesson, steps done, of so many]]. */
export function showList(parts, lessons, current, choose) {
  parts.lessons.replaceChildren(
    ...lessons.map(([name, { title }, done, all]) => {
      const item = document.createElement("li"),
        button = Object.assign(document.createElement("button"), { type: "button" }),
        far = done >= all ? "✓" : done ? `${done}/${all}` : "";
      button.append(
        Object.assign(document.createElement("span"), { textContent: Number(name) >= 0 ? name : "" }),
        title,
        Object.assign(document.createElement("small"), { textContent: far }),
      );
      if (name === current) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => choose(name));
      item.append(button);
      return item;
    }),
  );
}

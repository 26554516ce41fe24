// What the rest of the page says while edited data are on the stage: whose models and whose numbers these are not.

import { page } from "../app.js";
import { find } from "../controls.js";

/** reset: brings the file's own data back. */
export function mirror(dim, edited, reset) {
  const { content } = page.shipped.get(dim);
  if (edited) absent(content);
  for (const id of ["epoch", "playEpoch"]) find(id).disabled = edited;
  note(find("numbers").querySelector("h2"), content.dataset, edited, reset);
  note(find("lesson").querySelector(".lesson-head"), content.dataset, edited, reset);
}

/** The file's models, which were trained on other data. */
function absent(content) {
  const list = find("models");
  if (list.querySelector("[disabled]")) return;
  const why = `trained on ${content.dataset}; train it here instead`;
  list.append(
    Object.assign(document.createElement("p"), { className: "hint", textContent: `The others were ${why}:` }),
    ...content.models.map(({ title }) => {
      const label = document.createElement("label");
      label.append(
        Object.assign(document.createElement("input"), { type: "checkbox", disabled: true }),
        Object.assign(document.createElement("span"), { textContent: title }),
      );
      label.title = `${title} was ${why}`;
      label.className = "absent";
      return label;
    }),
  );
}

/** A line below a heading, where figures belong to the file's own data. */
function note(head, dataset, edited, reset) {
  if (!head) return;
  let line = head.parentElement.querySelector(".whose");
  if (!line) {
    line = document.createElement("p");
    line.className = "whose";
    const back = Object.assign(document.createElement("button"), { type: "button", textContent: "Back to them" });
    back.addEventListener("click", reset);
    line.append(document.createElement("span"), " ", back);
    head.after(line);
  }
  line.hidden = !edited;
  line.firstChild.textContent = `The figures here are of the models in this file, trained on ${dataset}; on the stage are those of the editor.`;
}

// Ways to show the page: presentation, in a frame of another page, on paper; and the parts that open and close.

import { page, remember, showAll } from "./app.js";
import { find, glyphs } from "./controls.js";
import { wear } from "./theme.js";

const { documentElement: root } = document;

export const views = {
  start() {
    const embedded = new URLSearchParams(location.hash.slice(1)).has("embed"); // for as long as the page lives
    root.classList.toggle("embedded", embedded);
    find("home").hidden = !embedded;
    find("present").addEventListener("click", () => present(true));
    find("leave").addEventListener("click", () => present(false));
    document.addEventListener("fullscreenchange", () => document.fullscreenElement || present(false));
    find("help").addEventListener("click", () => find("keys").showModal());
    find("keys").addEventListener("click", ({ target }) => target === find("keys") && find("keys").close());
    document.addEventListener("click", ({ target }) => {
      for (const menu of document.querySelectorAll(".menu[open]"))
        if (!menu.contains(target) || target.closest("button")) menu.open = false;
    });
    for (const link of document.querySelectorAll("#skips a")) link.addEventListener("click", skip);
    find("controls").addEventListener("click", ({ target }) => target.closest("summary") && reveal(target.closest("details")));
    addEventListener("beforeprint", () => paper(true));
    addEventListener("afterprint", () => paper(false));
    addEventListener("load", fold);
    find("home").addEventListener("click", ({ target }) => {
      remember();
      target.href = location.href.replace(/[#&]embed=?(?=&|$)/, (found) => found[0]).replace("#&", "#");
    });
  },

  /** On paper all is on one canvas: of two that lie on each other Chromium prints the upper one. */
  front({ back }, g) {
    if (!root.classList.contains("printing")) return;
    g.save();
    g.resetTransform();
    g.globalCompositeOperation = "destination-over";
    g.drawImage(back, 0, 0);
    g.restore();
  },

  write: () => (root.classList.contains("embedded") ? { embed: "" } : {}),
};

/** Large type, the chosen panels and the transport, on the whole screen where the browser lets it. */
export function present(on) {
  if (root.classList.contains("presenting") === on) return;
  root.classList.toggle("presenting", on);
  find("leave").hidden = !on;
  if (on)
    root.requestFullscreen?.().catch(() => {}); // then it fills the window
  else if (document.fullscreenElement) document.exitFullscreen();
  dispatchEvent(new Event("resize"));
  find(on ? "playTime" : "present").focus();
}

/** A section that was opened is seen. */
function reveal(section) {
  setTimeout(() => section.open && section.scrollIntoView({ block: "nearest" })); // it opens after the click
}

/** Go to a part of the page by its link, whose fragment is not the state's. */
function skip(event) {
  event.preventDefault();
  const part = find(event.target.hash.slice(1));
  part.scrollIntoView({ block: "nearest" });
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
}

/** Close the last sections of the side bar until what is open fits; models and layers stay. */
function fold() {
  const bar = find("controls"),
    sections = [...bar.querySelectorAll(":scope > details[open]")].slice(2);
  while (sections.length && bar.scrollHeight > bar.clientHeight + 1 && getComputedStyle(bar).overflowY === "auto")
    sections.pop().open = false;
}

/** Lay the page out for paper, in the light theme; and back. */
function paper(on) {
  if (on) page.worn = root.dataset.theme;
  wear(on ? "light" : page.worn);
  root.classList.toggle("printing", on);
  glyphs();
  showAll();
  if (!on) return;
  for (const cell of document.querySelectorAll("#table td"))
    cell.textContent = cell.textContent.replace("± ", "±\u00a0");
}

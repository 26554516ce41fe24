// Dark or light: as it was chosen here before, else as the system has it. The browser keeps it, no address does.

import { recall, store } from "./storage.js";

const KEY = "gen_study.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** What was chosen, or undefined. */
const kept = () => ["dark", "light"].find((theme) => theme === recall(KEY));

/** Show the page in a theme; without one in that of before. Returns which. */
export function wear(theme = kept() ?? (system.matches ? "dark" : "light")) {
  return (document.documentElement.dataset.theme = theme);
}

/** Change the theme, and keep it for the next visit. */
export function turn() {
  store(KEY, wear(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
}

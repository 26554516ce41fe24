// Dark or light: as it was chosen here before, else as the system has it. The browser keeps it, no address does.

const KEY = "gen_study.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** What was chosen, or null; a browser may refuse to keep anything. */
function kept() {
  try {
    const theme = localStorage.getItem(KEY);
    return ["dark", "light"].includes(theme) ? theme : null;
  } catch {
    return null;
  }
}

/** Show the page in a theme; without one in that of before. Returns which. */
export function wear(theme = kept() ?? (system.matches ? "dark" : "light")) {
  return (document.documentElement.dataset.theme = theme);
}

/** Change the theme, and keep it for the next visit. */
export function turn() {
  const theme = wear(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // then the next visit begins as the system has it
  }
}

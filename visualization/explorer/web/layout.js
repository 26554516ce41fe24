// How the panels share the stage.

import { find } from "./controls.js";

const NARROW = 400; // pixels: a narrower panel has more lines of text

/** Choose the number of columns that makes the panels largest. */
export function layout(panels) {
  const box = find("panels"),
    n = panels.length,
    phone = innerWidth < 760;
  const aspect = panels.reduce((sum, panel) => sum + panel.aspect, 0) / n,
    gap = 12;
  const width = box.clientWidth,
    height = phone ? Infinity : find("stage").clientHeight - 22,
    tallest = Math.min(1.1, ...panels.map((panel) => panel.aspect));
  let best = { size: 0, columns: 1 };
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns),
      w = (width - gap * (columns - 1)) / columns,
      h = (height - gap * (rows - 1)) / rows - (w < NARROW ? 92 : 76);
    const size = Math.min(w, h * aspect);
    if (size > best.size && (!phone || columns <= (n > 2 ? 2 : 1)))
      best = { size, columns, height: Math.min(h, (1.1 * w) / tallest) };
  }
  if (phone)
    best = {
      columns: n > 2 ? 2 : 1,
      height: (width - gap * (n > 2 ? 1 : 0)) / (n > 2 ? 2 : 1) / Math.min(1.45, aspect),
    };
  box.classList.toggle("narrow", width / best.columns < NARROW + gap);
  box.style.setProperty("--columns", best.columns);
  box.style.setProperty("--plot", `${Math.max(120, Math.floor(Math.min(best.height, 1200)))}px`);
  for (const panel of panels) panel.resize();
}

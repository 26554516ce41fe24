// How the panels share the stage: rows as even as they can be, those of a shorter last row being wider.

import { find } from "./controls.js";

const GAP = 12; // pixels between panels
const LEAST = 90; // pixels: the height of a plot below which the stage scrolls instead
const STRETCH = [1.35, 1.1]; // a plot may be so much wider or higher than what it draws; what is beyond counts as empty
const TEXTS = [
  // least width of a panel, its class, and the pixels of its texts above and below the plot
  [640, "roomy", 60],
  [240, "", 59],
  [215, "compact", 40],
  [0, "compact tiny", 58],
];

/** The numbers of panels in each of so many rows, the longer rows first. */
export function rows(n, count) {
  return Array.from({ length: count }, (_, i) => Math.ceil((n - i) / count));
}

/** The pixels of a plot that what it draws can use. aspect: width by height of that. */
function useful(width, height, aspect) {
  const fit = Math.min(width, height * aspect);
  return Math.min(width, fit * STRETCH[0]) * Math.min(height, (fit * STRETCH[1]) / aspect);
}

/**
 * The best rows for panels of these aspects in a box: {counts, height of the plots, texts: the class of the panels}.
 * type: how much larger than usual it is.
 */
function arrange(aspects, width, height, type = 1) {
  let best = { score: -1 };
  for (let count = 1; count <= aspects.length; count++) {
    const counts = rows(aspects.length, count);
    if (Math.ceil(aspects.length / counts[0]) < count) continue; // fewer rows hold as many in the longest
    const narrowest = share(width, counts[0]),
      [, texts, extra] = TEXTS.find(([least]) => narrowest >= least * type),
      plot = Math.floor((height - GAP * (count - 1)) / count - extra * type),
      widths = counts.flatMap((k) => Array(k).fill(share(width, k)));
    if (plot < LEAST && count > 1 && narrowest > 240) continue; // fewer rows of smaller panels need no scrolling
    const used = Math.max(LEAST, plot),
      lost = used > plot ? 0.25 : 1; // what has to be scrolled to
    const score = lost * widths.reduce((sum, w, i) => sum + useful(w, used, aspects[i]), 0);
    if (score > best.score) best = { score, counts, texts, height: used };
  }
  return best;
}

/** How much larger than usual the type is: on a beamer. */
export function large() {
  return parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--large")) || 1;
}

function share(width, k) {
  return (width - GAP * (k - 1)) / k;
}

/** Where the page scrolls, upright phones and paper, a number of columns is given. */
function scrolling(aspects, width, k) {
  const n = aspects.length,
    mean = aspects.reduce((sum, aspect) => sum + aspect, 0) / n,
    w = share(width, k);
  const [, texts] = TEXTS.find(([least]) => w >= least);
  return { counts: rows(n, Math.ceil(n / k)), texts, height: Math.floor(w / Math.min(1.45, mean)) };
}

/** The number of columns where the page scrolls, else 0. */
function fixed(n) {
  const { classList } = document.documentElement;
  if (classList.contains("printing")) return n > 4 ? 3 : Math.min(2, n);
  if (classList.contains("presenting") || classList.contains("embedded")) return 0;
  return matchMedia("(max-width: 759px) and (min-height: 520px)").matches ? (n > 2 ? 2 : 1) : 0;
}

/** The height that panels may have: the stage's, or where the page scrolls, what is left of the window. */
function room() {
  const stage = find("stage"),
    { paddingTop, paddingBottom, overflowY } = getComputedStyle(stage),
    padding = parseFloat(paddingTop) + parseFloat(paddingBottom);
  if (overflowY !== "visible") return stage.clientHeight - padding - 2; // its height may have been rounded up
  const around = ["transport", "top"].reduce((sum, id) => sum + find(id).offsetHeight, 0);
  return innerHeight - around - padding;
}

/** Give every panel its place and size. */
export function layout(panels) {
  const box = find("panels"),
    aspects = panels.map(({ aspect }) => aspect),
    columns = fixed(panels.length),
    { counts, texts, height } = columns
      ? scrolling(aspects, box.clientWidth, columns)
      : arrange(aspects, box.clientWidth, Math.max(0, room()), large());
  box.className = texts;
  box.style.setProperty("--plot", `${height}px`);
  box.style.setProperty("--columns", counts[0]);
  counts.flatMap((k) => Array(k).fill(k)).forEach((k, i) => panels[i].root.style.setProperty("--share", k));
  for (const panel of panels) panel.resize();
}

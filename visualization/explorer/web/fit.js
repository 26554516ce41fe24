// Formulas that are wider than the column that they stand in.

const LEAST = 12.5; // pixels of their letters

/** Smaller letters, but no tiny ones, if a formula in a box is wider than it; if it is still too wide, it scrolls. */
export function fit(box) {
  box.style.fontSize = "";
  const { fontSize, paddingLeft, paddingRight } = getComputedStyle(box),
    room = box.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight),
    widths = [...box.querySelectorAll("math")].map((each) => each.getBoundingClientRect().width),
    widest = Math.max(box.scrollWidth > box.clientWidth ? box.scrollWidth - parseFloat(paddingLeft) : 0, ...widths);
  if (widest > room && room > 0) box.style.fontSize = `${Math.max(LEAST, (parseFloat(fontSize) * room) / widest - 0.1)}px`;
}

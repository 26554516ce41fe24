// Contours: closed lines where values on a grid pass a level, by marching squares.

import { grid } from "../space.js";

/** Loops [[i, j], ...] around what is above a level; beyond the grid (m m) everything counts as below. */
export function loops(values, m, level) {
  const after = new Map(), // edge: the edge that a walk with the high side at its left meets next
    at = (i, j) => (i < 0 || j < 0 || i >= m || j >= m ? -Infinity : values[j * m + i] - level);
  for (let j = -1; j < m; j++)
    for (let i = -1; i < m; i++) {
      const heights = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)],
        above = heights.map((height) => height > 0);
      if (above.every((each) => each === above[0])) continue;
      const edges = [edge(i, j, 0), edge(i + 1, j, 1), edge(i, j + 1, 0), edge(i, j, 1)];
      for (let a = 0; a < 4; a++) {
        if (!above[a] || above[(a + 1) % 4]) continue; // side a leaves what is above; the line comes back at side b
        let b = a;
        do b = (b + 3) % 4;
        while (!(above[(b + 1) % 4] && !above[b]));
        after.set(edges[a], edges[b]);
      }
    }
  return joined(after, (name) => crossing(name, at));
}

/** An edge of the grid as one number: from (i, j) to the right (0) or down (1). */
const SPAN = 1024;
const edge = (i, j, down) => ((j + 1) * SPAN + i + 1) * 2 + down;

/** Where the level is on an edge; at the border, on its grid point. */
function crossing(name, at) {
  const down = name % 2,
    i = (Math.floor(name / 2) % SPAN) - 1,
    j = Math.floor(name / 2 / SPAN) - 1,
    a = at(i, j),
    b = at(i + (1 - down), j + down),
    part = a === -Infinity ? 1 : b === -Infinity ? 0 : a / (a - b);
  return [i + (1 - down) * part, j + down * part];
}

function joined(after, place) {
  const found = [];
  while (after.size) {
    const [first] = after.keys(),
      loop = [];
    for (let name = first; after.has(name); ) {
      loop.push(place(name));
      const next = after.get(name);
      after.delete(name);
      name = next;
    }
    found.push(loop);
  }
  return found;
}

/** Add loops to the path of a context. box: the limits of the grid; at: pixels of a point. */
export function trace(g, found, m, [x, y], at) {
  const wide = (x[1] - x[0]) / m,
    tall = (y[1] - y[0]) / m;
  for (const loop of found) {
    loop.forEach(([i, j], k) => g[k ? "lineTo" : "moveTo"](...at([x[0] + wide * (i + 0.5), y[1] - tall * (j + 0.5)])));
    g.closePath();
  }
}

/** Loops of the exact density of a world at s over a box, at some levels; kept for what stands still. */
export function exactLoops(world, box, m, s, levels) {
  const density = world.exact.density(grid(box, m), m * m, s);
  return levels.map((level) => loops(density, m, level));
}

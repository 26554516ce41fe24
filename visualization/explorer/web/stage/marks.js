// The marks of the two movable points: where they are, where a model takes them, and where they belong.

/** In drawing order: {at, s, shape, color, r, letter or label, words}; words say in full what a mark is. */
export function marks({ answers, model }) {
  const { z, x } = answers,
    list = [],
    add = (at, s, shape, color, r, more) => at && list.push({ at, s, shape, color, r, ...more });
  if (x.path) {
    const exact = { label: "exact ẑ", words: "× exact ẑ: where the exact flow takes x, backwards" };
    add(x.exact?.at(-1), 0, "cross", "exact", 4, exact);
    add(x.path.at(-1), 0, "triangle", "latent_z_hat", 5.5, { words: "▲ ẑ: the data point x encoded" });
    add(x.back.at(-1), 1, "disc", "output_x_hat", 4, { words: "● x̂: ẑ decoded" });
    add(x.path[0], 1, "square", "data_x", 6, { letter: "x", words: "■ x: a data point; drag it" });
  }
  if (!z.path) return list;
  add(z.path.at(-1), 1, "disc", "output_x_hat", 5.5, { words: "● where the model sends z" });
  add(z.exact?.at(-1), 1, "cross", "exact", 5, own(model.entry.exact));
  add(z.path[0], 0, "ring", "prior_z", 7, { letter: "z", words: "○ z: a noise point; drag it" });
  return list;
}

/** What the exact answer to z is called. */
function own(exact) {
  if (exact === "mean") return { label: "mean", words: "× mean of the data: the best answer to any noise" };
  if (exact === "transport") return { label: "exact", words: "× exact: where the increasing map takes z" };
  return { label: "exact", words: "× exact: where the exact flow takes z" };
}

/** The mark within `reach` pixels of a place on a panel; the uppermost, if there are several. */
export function markAt(panel, px, py, reach) {
  return marks(panel).findLast(({ at, s }) => {
    const [u, v] = panel.space.at(at, 0, s);
    return Math.hypot(u - px, v - py) < reach;
  });
}

// Where things are in a panel. 1D: progress to the right, values up. 2D: a flow's plane, or two islands.
// A view is [zoom, u, v]: how much is enlarged, and its centre in half widths and half heights of what home shows.

const MOST = 40; // times that a view enlarges

export class Space {
  /** place: limits and islands of a dimension; islands: whether noise and data lie side by side. */
  constructor(place, dim, islands, width, height, view = [1, 0, 0]) {
    Object.assign(this, { place, dim, islands: islands && dim === 2, width, height, view });
    const [x, y] = dim === 1 ? [[-0.4, 1.4], place.limits[0]] : this.islands ? place.islands : place.limits;
    const [fx, fy] = [width / (x[1] - x[0]), height / (y[1] - y[0])],
      [zoom, u, v] = view;
    this.home = { x: middle(x), y: middle(y), sx: dim === 1 ? fx : Math.min(fx, fy) };
    this.home.sy = dim === 1 ? fy : this.home.sx;
    this.sx = zoom * this.home.sx;
    this.sy = zoom * this.home.sy;
    this.ox = width / 2 - this.sx * (this.home.x.at + u * this.home.x.half);
    this.oy = height / 2 + this.sy * (this.home.y.at + v * this.home.y.half);
    this.left = this.islands ? place.source : [0, 0];
    this.right = this.islands ? place.island : [0, 0];
  }

  /** Pixels of point p of an array at progress s. */
  at(x, p, s) {
    if (this.dim === 1) return [this.ox + this.sx * s, this.oy - this.sy * x[p]];
    const dx = this.left[0] + s * (this.right[0] - this.left[0]),
      dy = this.left[1] + s * (this.right[1] - this.left[1]);
    return [this.ox + this.sx * (x[2 * p] + dx), this.oy - this.sy * (x[2 * p + 1] + dy)];
  }

  /** The state whose pixels are (px, py) at progress s: as noise it is 0, as data 1. */
  point(px, py, s) {
    if (this.dim === 1) return [(this.oy - py) / this.sy];
    const [dx, dy] = this.left.map((from, d) => from + s * (this.right[d] - from));
    return [(px - this.ox) / this.sx - dx, (this.oy - py) / this.sy - dy];
  }

  /** In 1D the progress of a column of pixels. */
  progress(px) {
    return (px - this.ox) / this.sx;
  }

  /** Which end a position belongs to, if noise and data lie apart; null in the plane of a flow. */
  end(px) {
    if (this.dim === 1) return this.progress(px) < 0.5 ? "z" : "x";
    if (!this.islands) return null;
    return (px - this.ox) / this.sx < (this.left[0] + this.right[0]) / 2 ? "z" : "x";
  }

  /**
   * What is seen of some limits, those of the data unless others are given: [[low, high], ...] of the values at s.
   * margin: pixels beyond the panel that count as seen.
   */
  seen(s = 0, limits = this.place.limits, margin = 0) {
    const from = this.point(-margin, this.height + margin, s),
      to = this.point(this.width + margin, -margin, s);
    return limits.map(([low, high], d) => {
      const [a, b] = [Math.max(low, from[d]), Math.min(high, to[d])];
      return a < b ? [a, b] : [low, high]; // nothing of it is seen
    });
  }

  /** The view that is `factor` times as large and leaves the pixel (px, py) where it is. */
  zoomed(px, py, factor) {
    const { width, height, home } = this,
      zoom = Math.max(1, Math.min(MOST, this.view[0] * factor));
    const centre = (from, shift, scale, now) => from + shift / scale - shift / (zoom * now);
    return bound(
      zoom,
      (centre((width / 2 - this.ox) / this.sx, px - width / 2, this.sx, home.sx) - home.x.at) / home.x.half,
      (centre((this.oy - height / 2) / this.sy, height / 2 - py, this.sy, home.sy) - home.y.at) / home.y.half,
    );
  }

  /** The view after the picture was drawn aside by some pixels. */
  panned(dx, dy) {
    const { home, view } = this;
    return bound(view[0], view[1] - dx / this.sx / home.x.half, view[2] + dy / this.sy / home.y.half);
  }
}

const middle = ([low, high]) => ({ at: (low + high) / 2, half: (high - low) / 2 });

/** A view whose zoom and centre are kept within what home shows. */
export function bound(zoom, u, v) {
  const k = Math.max(1, Math.min(MOST, zoom)),
    most = 1 - 1 / k,
    held = (c) => Math.max(-most, Math.min(most, c)) + 0; // no -0
  return [k, held(u), held(v)];
}

/** A grid (n x n) of points over two limits, flat (n n, 2). */
export function grid([x, y], n) {
  const points = new Float64Array(2 * n * n);
  for (let j = 0; j < n; j++)
    for (let i = 0; i < n; i++) {
      points[2 * (j * n + i)] = x[0] + ((x[1] - x[0]) * (i + 0.5)) / n;
      points[2 * (j * n + i) + 1] = y[1] - ((y[1] - y[0]) * (j + 0.5)) / n;
    }
  return points;
}

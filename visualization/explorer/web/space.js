// Where things are in a panel. 1D: progress to the right, values up. 2D: a flow's plane, or two islands.

export class Space {
  /** place: limits and islands of a dimension; islands: whether noise and data lie side by side. */
  constructor(place, dim, islands, width, height) {
    Object.assign(this, { place, dim, islands: islands && dim === 2, width, height });
    const [x, y] = dim === 1 ? [[-0.4, 1.4], place.limits[0]] : this.islands ? place.islands : place.limits;
    const [fx, fy] = [width / (x[1] - x[0]), height / (y[1] - y[0])];
    this.sx = dim === 1 ? fx : Math.min(fx, fy);
    this.sy = dim === 1 ? fy : this.sx;
    this.ox = width / 2 - (this.sx * (x[0] + x[1])) / 2;
    this.oy = height / 2 + (this.sy * (y[0] + y[1])) / 2;
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

  /** The state whose pixels are (px, py) if it is noise (s = 0) or data (s = 1). */
  point(px, py, s) {
    if (this.dim === 1) return [(this.oy - py) / this.sy];
    const shift = s ? this.right : this.left;
    return [(px - this.ox) / this.sx - shift[0], (this.oy - py) / this.sy - shift[1]];
  }

  /** Which end a position belongs to, if noise and data lie apart; null in the plane of a flow. */
  end(px) {
    if (this.dim === 1) return (px - this.ox) / this.sx < 0.5 ? "z" : "x";
    if (!this.islands) return null;
    return (px - this.ox) / this.sx < (this.left[0] + this.right[0]) / 2 ? "z" : "x";
  }
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

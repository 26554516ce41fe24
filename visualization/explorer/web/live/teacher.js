// Pairs that the exact flow has made, for rectified flow's second round; mirrors training/teacher.py ("exact").

import { ExactFlow } from "../exact.js";
import { along, transposed } from "./arrays.js";

const POOL = 2 ** 11; // noise points whose ends are computed; a run draws its pairs from them

export class Taught {
  /** law, source: mixtures; draw(n): noise (D, n). */
  constructor(law, source, dim, draw) {
    const z = draw(POOL),
      order = Array.from({ length: POOL }, (_, k) => k).sort((a, b) => z[a] - z[b]);
    this.dim = dim;
    this.pool = along(z, dim, order);
    this.ends = transposed(new ExactFlow(law, source).map(transposed(this.pool, dim), POOL), POOL);
  }

  /** For each noise z (D, n) the pair (Φ(z), z) of the pool that has its rank along the first axis. */
  means(x, z) {
    const n = z.length / this.dim,
      which = Array.from({ length: n }, (_, p) => this.rank(z[p]));
    return [along(this.ends, this.dim, which), along(this.pool, this.dim, which)];
  }

  rank(value) {
    let [low, high] = [0, POOL - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.pool[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

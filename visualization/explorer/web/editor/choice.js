// Which of many points make up a mixture: the fixed choice of data/points.py, by NumPy's own generator (PCG64, seed 0).

const [WORD, HALF] = [(1n << 128n) - 1n, (1n << 64n) - 1n];
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const FIRST = 35399562948360463058890781895381311971n; // the state and the increment of numpy.random.default_rng(0)
const INCREMENT = 87136372517582989555478159403783844777n;
const TAIL = 10_000; // of more points, of which many are chosen, NumPy shuffles the tail

/** Uniform integers as NumPy draws them: 32 bits at a time, by Lemire's method. */
class Generator {
  constructor() {
    this.state = FIRST;
    this.spare = null;
  }

  bits() {
    if (this.spare !== null) {
      const kept = this.spare;
      this.spare = null;
      return kept;
    }
    this.state = (this.state * MULTIPLIER + INCREMENT) & WORD;
    const mixed = (this.state >> 64n) ^ (this.state & HALF),
      turn = this.state >> 122n,
      word = ((mixed >> turn) | (mixed << (64n - turn))) & HALF;
    this.spare = word >> 32n;
    return word & 0xffffffffn;
  }

  /** From 0 to `most`. */
  upTo(most) {
    if (most === 0) return 0;
    const count = BigInt(most) + 1n,
      rest = (1n << 32n) % count;
    let product = this.bits() * count;
    while ((product & 0xffffffffn) < rest) product = this.bits() * count;
    return Number(product >> 32n);
  }
}

/** Rising indices of `size` of n points: sort(default_rng(0).choice(n, size, replace=False)). */
export function choice(n, size) {
  const random = new Generator();
  if (n > TAIL && size > Math.floor(n / 50)) {
    const order = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i >= n - size; i--) {
      const j = random.upTo(i);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order.slice(n - size).sort((a, b) => a - b);
  }
  const chosen = new Set(); // Floyd's algorithm
  for (let j = n - size; j < n; j++) {
    const value = random.upTo(j);
    chosen.add(chosen.has(value) ? j : value);
  }
  return [...chosen].sort((a, b) => a - b);
}

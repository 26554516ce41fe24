// Random numbers of one run: the same settings and seed give the same numbers in the same browser.

export class Random {
  /** sfc32 by Chris Doty-Humphrey, whose state of 128 bits never repeats within a page's life. */
  constructor(seed) {
    this.state = Int32Array.of(0, seed, Math.floor(seed / 2 ** 32), 1);
    for (let i = 0; i < 15; i++) this.next();
  }

  /** A number from 0 to 1, without 1. */
  next() {
    const s = this.state,
      sum = (s[0] + s[1] + s[3]) | 0;
    s[3] += 1;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = s[2] + (s[2] << 3);
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }

  uniform(n) {
    return Float32Array.from({ length: n }, () => Math.min(this.next(), 1 - 2 ** -24)); // float32 would round up to 1
  }

  /** n draws of N(0, 1), two at a time (Box and Muller). */
  normal(n) {
    const result = new Float32Array(n);
    for (let k = 0; k < n; k += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - this.next())),
        angle = 2 * Math.PI * this.next();
      result[k] = radius * Math.cos(angle);
      if (k + 1 < n) result[k + 1] = radius * Math.sin(angle);
    }
    return result;
  }

  /** 0 .. n - 1 in random order. */
  permutation(n) {
    const order = Int32Array.from({ length: n }, (_, k) => k);
    for (let k = n - 1; k > 0; k--) {
      const other = Math.floor(this.next() * (k + 1));
      [order[k], order[other]] = [order[other], order[k]];
    }
    return order;
  }
}

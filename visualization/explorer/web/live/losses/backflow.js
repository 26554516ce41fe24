// BackFlow: mirrors models/backflow.py.

import { map } from "../arrays.js";
import { ImprovedMeanFlow } from "./imf.js";

/** The MeanFlow identity for r > t as well: one network decodes and encodes. */
export class BackFlow extends ImprovedMeanFlow {
  static shareEqual = 0.25;

  times(n, random) {
    const [t, r, pick] = [random.uniform(n), random.uniform(n), random.uniform(n)];
    return [t, this.mixed(pick, t, map(Math.round, r), r)];
  }

  direction(z, t, v) {
    return this.noiseFree ? v : super.direction(z, t);
  }
}

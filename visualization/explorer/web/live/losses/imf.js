// Improved MeanFlow, 2512.02012: mirrors models/improved_mean_flow.py.

import { MeanFlow } from "./meanflow.js";

/** The tangent is the network's own velocity u(z, t, t), without gradient, instead of e - x. */
export class ImprovedMeanFlow extends MeanFlow {
  direction(z, t) {
    return this.velocity(z, t);
  }
}

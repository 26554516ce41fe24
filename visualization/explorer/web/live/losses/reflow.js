// Rectified flow, second round, Liu et al. 2209.03003: mirrors models/reflow.py with the teacher "exact".

import { FlowMatching } from "./fm.js";

/** Flow matching on pairs (Φ(z), z) of the exact flow's map Φ; the trainer takes them from teacher.js. */
export class Reflow extends FlowMatching {
  static targets = ["conditional"];
  static couplings = ["independent"];
  static taught = true;
}

// Optimal-transport flow matching, Tong et al. 2302.00482: mirrors models/ot_cfm.py.

import { FlowMatching } from "./fm.js";

/** Flow matching on the pairs of each batch with the least total squared distance. */
export class OTCFM extends FlowMatching {
  static targets = ["conditional"];
  static couplings = ["ot"];
}

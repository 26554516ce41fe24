// Which models train in the page.

import { Autoencoder } from "./losses/ae.js";
import { BackFlow } from "./losses/backflow.js";
import { Consistency } from "./losses/consistency.js";
import { Decoder } from "./losses/decoder.js";
import { Diffusion } from "./losses/diffusion.js";
import { Drifting } from "./losses/drifting.js";
import { FACM } from "./losses/facm.js";
import { FlowMap } from "./losses/flowmap.js";
import { FlowMatching } from "./losses/fm.js";
import { GAN } from "./losses/gan.js";
import { ImprovedMeanFlow } from "./losses/imf.js";
import { MeanFlow } from "./losses/meanflow.js";
import { OTCFM } from "./losses/otcfm.js";
import { Reflow } from "./losses/reflow.js";
import { Shortcut } from "./losses/shortcut.js";
import { BetaVAE, VAE } from "./losses/vae.js";

export const LIVE = {
  decoder: Decoder,
  ae: Autoencoder,
  vae: VAE,
  vae_beta: BetaVAE,
  fm: FlowMatching,
  meanflow: MeanFlow,
  facm: FACM,
  backflow: BackFlow,
  imf: ImprovedMeanFlow,
  shortcut: Shortcut,
  flowmap: FlowMap,
  otcfm: OTCFM,
  reflow: Reflow,
  consistency: Consistency,
  diffusion: Diffusion,
  drifting: Drifting,
  gan: GAN,
};

const ABSENT = {
  exact: "It is not trained: it is the answer itself.",
  nflow: "A normalising flow is made of splines, whose derivatives are not written for this page.",
};

/** Why a model does not train in the page, as a sentence; "" if it does. */
export function whyNot(name) {
  if (Object.hasOwn(LIVE, name)) return "";
  return ABSENT[name] ?? "Its loss is not written for this page.";
}

/** What is different here, as a sentence; "" if nothing is. */
export function note(name) {
  return name === "reflow" ? "In this page its pairs come from the exact flow, not from a trained one." : "";
}

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

/** Why the others do not. */
export const ABSENT = {
  nflow: "A normalising flow is made of splines, whose derivatives this page does not compute.",
};

/** What the page's training of a model leaves out. */
export const NOTES = {
  reflow: "In the page its pairs come from the exact flow, not from a trained one.",
};

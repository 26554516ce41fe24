// The script of each loss of live/index.js.

import { ae, decoder, drifting, gan, vae, vae_beta } from "./maps.js";
import { backflow, imf, meanflow, shortcut } from "./mean_velocity.js";
import { consistency, diffusion, facm, flowmap } from "./to_data.js";
import { fm, otcfm, reflow } from "./velocity.js";

/**
 * times: letters of the loss's times, in its order; order: those that must rise; convention: the direction of time, in
 * words; formula(f): the loss; stages: five of { title, formula(f), say(f), numbers(f), draw(f) }. f: Step.facts.
 */
export const SCRIPTS = {
  decoder,
  ae,
  vae,
  vae_beta,
  fm,
  meanflow,
  facm,
  backflow,
  imf,
  shortcut,
  flowmap,
  otcfm,
  reflow,
  consistency,
  diffusion,
  drifting,
  gan,
};

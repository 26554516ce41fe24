"""The models of Gen_Study and the contract that all of them keep. Importing this package loads neither torch nor NumPy.

Shapes: S independent training runs (seeds), B samples, D dimensions. States are (S, B, D), times (S, B, 1) or a number.
A model is built as `Class(dim, hidden, generators)`: one torch.Generator per seed, so S = len(generators).

Model         title, steps                      its name for people, a literal in which {beta:g} stands for a setting of
                                                its own; the network evaluations behind `generate`
              settings                          its own: {name: (default, low, high, "help")} or (default, choices,
                                                "help"), a literal: constructor keywords and flags
              sample_times(shape, generator)    -> the times that one loss needs, a tuple of tensors of that shape
              couplings, coupling               how noise is paired with data, the default first: "independent" or "ot",
                                                optimal within a batch; and the one of them that is used
              pair(x, z)                        -> (x, z) as they belong together; the trainer calls it before `loss`
              teacher                           None, or the flow whose map makes the data of a pair from its noise:
                                                "learnt" or "exact" (training/teacher.py)
              targets                           what it can be trained on, the default first (training/targets.py): of a
                                                flow of independent pairs "marginal", "conditional" and "exact"; a class
                                                that overrides `pair` has ("conditional",) unless it states others
              target, noise_free                the one of them that it is trained on; whether that has no noise
              loss(x, z, *times)                -> (S, B): pure, unreduced, >= 0; z ~ N(0, I) is the noise paired with x
              signed                            True if the loss may be negative, as that of a density
              generate(z)                       -> (S, B, D): noise to data, for a tensor or a NumPy array
              exact                             which exact answer is its own: "flow" (velocity, path and map of the
                                                ExactFlow of independent pairs), "transport" (in 1D: the increasing map,
                                                whose paths are straight), "mean" (the constant E[x]) or None; a class
                                                that overrides `pair` has None unless it states another
              floor(data, reference)            -> the mean loss of the exact answer, NaN if it is unknown: the least
                                                possible loss, unless the network's slope is in its own target
                                                (data/floors.py: a smoother network has less). data is (S, n, D),
                                                reference a `Reference`; other times or another loss, another floor.
                                                0 if the target is noise-free
              log_prob(x)                       -> (S, B), in nats, or None without a density in closed form
              critic(x), field(f, x)            None, or what a generator learns from: how far x looks like data (S, B);
                                                where samples f are carried among data x, (S, B, D)
              replayable                        False if the loss is not pure: see training/replay.py
Encoder       encode(x, z), decode(latent)      -> (S, B, D); z is the noise of a random encoder
              kl(x), likelihood_variance        -> (S, B), and the variance of p(x | z); None without a density
Flow          velocity(x, t)                    -> (S, B, D): dx/dt
              noise_time, data_time             where the paper puts the noise and the data: (0, 1) or (1, 0)
              noise_level(t)                    the share of noise in the state at time t, the first of the times: the
                                                state is (1 - level) x + level z, and only it and x - z are in the loss
              path(z, steps)                    -> (steps + 1, S, B, D): from the noise z to the data, for pictures
              sample(z, steps), sampler         -> (S, B, D): the data by its own sampler, and what that walks: "ODE",
                                                "jumps" or "renoising" (random, so that it has no map)
              ode_sample(z, steps)              -> (S, B, D): the data by Euler's method on `velocity`
MeanVelocity  jump(x, t, r), decode(z)          -> (S, B, D): the state at time r from x at time t; noise to data
(is a Flow)   to_data_only                      True if only jumps to `data_time` are trained
              inverts                           True if jumps to `noise_time` are trained, too: then it has encode(x)

Randomness stays outside of `loss`, so a test can compute the formula by hand and any pairing of x with z can be used.
"""

from importlib import import_module
from importlib.util import find_spec

# A new model is one line here, models/<file>.py, training/train_<name>.py and visualization/viz_<name>.py.
# A variant (vae_beta of vae) can do with its family's scripts: see `own_module`.
MODELS = {
    "decoder": "decoder.Decoder",
    "ae": "autoencoder.Autoencoder",
    "vae": "vae.VAE",
    "vae_beta": "vae.BetaVAE",
    "fm": "flow_matching.FlowMatching",
    "meanflow": "mean_flow.MeanFlow",
    "facm": "facm.FACM",
    "backflow": "backflow.BackFlow",
    "imf": "improved_mean_flow.ImprovedMeanFlow",
    "shortcut": "shortcut.Shortcut",
    "flowmap": "flow_map.FlowMap",
    "otcfm": "ot_cfm.OTCFM",
    "reflow": "reflow.Reflow",
    "consistency": "consistency.Consistency",
    "diffusion": "diffusion.Diffusion",
    "drifting": "drifting.Drifting",
    "gan": "gan.GAN",
    "nflow": "nflow.NormalisingFlow",
}
STUDY = tuple(MODELS)[:8]  # what commands train if no models are named
# The flows of the adaptive weight's ablation; they are listed here because no other file names a model.
ABLATED = ("fm", "meanflow")
OF_TABLE = {"OT-CFM": "otcfm", "I-CFM": "fm", "RF": "reflow"}  # the methods of run_table.py
TEACHER = "fm"  # the learnt flow that makes pairs for models with a teacher


def model_class(name):
    """The class of a registered model, imported on demand: the names alone need no torch."""
    module, cls = MODELS[name].split(".")
    return getattr(import_module(f"models.{module}"), cls)


def own_module(prefix, name):
    """The module of a model, such as training.train_fm for the prefix "training.train_".

    A variant without one has that of the name before its last underscore, and so on.
    """
    family = name
    while family and not find_spec(prefix + family):
        family = family.rpartition("_")[0]
    if not family:
        file = (prefix + name).replace(".", "/")
        raise ModuleNotFoundError(f"the model {name} needs the file {file}.py")
    return import_module(prefix + family)

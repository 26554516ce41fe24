"""The models of Gen_Study and the contract that all of them keep.

Shapes: S independent training runs (seeds), B samples, D dimensions. States are (S, B, D), times (S, B, 1) or a number.
A model is built as `Class(dim, hidden, generators)`: one torch.Generator a seed, so S = len(generators).

    sample_times(shape, generator) -> tuple of tensors of that shape: the times that one loss needs (or none)
    loss(x, z, *times)             -> (S, B): pure and unreduced; z ~ N(0, I) is the noise paired with the data x
    generate(z)                    -> (S, B, D): noise to data with the model's own sampler
    velocity(x, t)                 -> (S, B, D): flows only, dx/dt
    sample(z, steps)               -> (S, B, D): flows only, noise to data in that many network evaluations
    path(z, steps)                 -> (steps + 1, S, B, D): flows only, the way from the noise z to the data
    jump(x, t, r)                  -> (S, B, D): mean-velocity models only, the state at time r from x at time t
    steps                          flows only: how many of them `generate` takes
    noise_time, data_time          flows only: where the paper puts the noise and the data, (0, 1) or (1, 0)
    recordable = False             only where the loss is not pure: see training/recorded.py

Randomness stays outside of `loss`, so a test can compute the formula by hand and any pairing of x with z can be used.
"""

from importlib import import_module

# A ninth model is one line here, models/<file>.py, training/train_<name>.py and visualization/viz_<name>.py.
# A name with an underscore is a variant: it shares the scripts of the name before the underscore.
MODELS = {
    "decoder": "decoder.Decoder",
    "ae": "autoencoder.Autoencoder",
    "vae": "vae.VAE",
    "vae_beta": "vae.BetaVAE",
    "fm": "flow_matching.FlowMatching",
    "meanflow": "mean_flow.MeanFlow",
    "facm": "facm.FACM",
    "backflow": "backflow.BackFlow",
}


def model_class(name):
    """The class of a registered model; imported on demand, because the names alone need no torch."""
    module, _, cls = MODELS[name].partition(".")
    return getattr(import_module(f"models.{module}"), cls)

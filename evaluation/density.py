"""The log-density of a trained model, whatever its kind: for the measures, the pages, and users."""

import numpy as np
import torch

from evaluation import metrics
from evaluation.flows import LearntFlow
from models.base import Encoder, Flow


def log_density(model, x, source=None):
    """log p(x) of points x (n, D) under a trained model of S seeds: (S, n) in nats; None if it has no density.

    source: the mixture that a flow begins in, if it is not N(0, I).

    In closed form if the model has one; of a flow by change of variables; of a VAE by quadrature over its latents.
    """
    seeds = len(next(model.parameters()))
    points = torch.as_tensor(x, dtype=torch.float32).expand(seeds, -1, -1)
    with torch.no_grad():
        if (found := model.log_prob(points)) is not None:
            return found.double().numpy()
    if isinstance(model, Flow):
        with torch.enable_grad():
            return metrics.log_likelihood(LearntFlow(model), x, source=source)
    if not isinstance(model, Encoder) or model.likelihood_variance is None:
        return None

    def decode(z):
        with torch.no_grad():
            latents = torch.as_tensor(z, dtype=torch.float32).expand(seeds, -1, -1)
            return model.decode(latents).numpy().astype(float)

    return metrics.decoder_log_likelihood(decode, np.asarray(x), model.likelihood_variance)

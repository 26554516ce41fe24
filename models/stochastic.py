"""Samplers that draw noise on their way, for flows of independent pairs; the signature is that of models/sampling.py.

With the velocity v = dx/ds at progress s on the straight path from N(0, I) come the means of data and noise, given the
state: x + (1 - s) v and x - s v. The score of the state's density is (s v - x) / (1 - s).
"""

import torch

from models.sampling import walk


def normal(x, generator):
    """A draw of N(0, I) for each of the states x; models/noise.py has a more even one."""
    return torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)


def score(model, x, s):
    """The gradient of log p_s at x (S, B, D), for a progress s < 1 in the model's flow: (S, B, D)."""
    return (s * drift(model, x, s) - x) / (1 - s)


def drift(model, x, s):
    """dx/ds at progress s, whatever the model's time."""
    span = model.data_time - model.noise_time
    return span * model.velocity(x, model.noise_time + span * s)


def sde(model, z, steps, generator, eta=1.0, draw=normal):
    """Euler-Maruyama steps of dx = (v + eta (1 - s) score) ds + sqrt(2 eta (1 - s)) dW.

    For every eta the state has the same distribution as that of the ODE, which is eta = 0: Song et al. 2011.13456.
    """

    def step(x, s, r):
        v = drift(model, x, s)
        return x + (r - s) * (v + eta * (s * v - x)) + (2 * eta * (1 - s) * (r - s)) ** 0.5 * draw(x, generator)

    return walk(step, z, [k / steps for k in range(steps + 1)])


def ancestral(model, z, steps, generator, draw=normal):
    """The steps of DDPM, Ho et al. 2006.11239: part of the noise is drawn again.

    As much of it as in the Markov chain that adds ever more noise to the data.
    """

    def step(x, s, r):
        v = drift(model, x, s)
        kept = s * (1 - r) / (r * (1 - s))  # the root of the ratio of the signal-to-noise ratios
        noise = kept * (x - s * v) + (1 - kept**2) ** 0.5 * draw(x, generator)
        return r * (x + (1 - s) * v) + (1 - r) * noise

    return walk(step, z, [k / steps for k in range(steps + 1)])

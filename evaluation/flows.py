"""A flow as the measures see it: NumPy, float64, progress s from 0 (noise) to 1 (data), whatever time its paper uses.

`LearntFlow` wraps a trained model as `reference.TrueFlow` does the exact one, so the same code measures both.
Shapes: x (S, N, D), s and r numbers.
"""

import numpy as np
import torch


class LearntFlow:
    """A trained flow of S seeds."""

    def __init__(self, model):
        self.model, self.seeds = model, len(next(model.parameters()))
        self.direction = model.data_time - model.noise_time  # dt / ds

    def time(self, s):
        return self.model.noise_time + s * self.direction

    def velocity(self, x, s):
        """dx / ds."""
        with torch.no_grad():
            return self.direction * _numpy(self.model.velocity(_tensor(x), self.time(s)))

    def average_velocity(self, x, s, r):
        """(x_r - x_s) / (r - s), from one jump of the model."""
        with torch.no_grad():
            return (_numpy(self.model.jump(_tensor(x), self.time(s), self.time(r))) - x) / (r - s)

    def divergence(self, x, s):
        """Trace of d velocity / d x, (S, N): one derivative per dimension."""
        y = _tensor(x).requires_grad_()
        v = self.model.velocity(y, self.time(s))
        parts = [torch.autograd.grad(v[..., i].sum(), y, retain_graph=True)[0][..., i] for i in range(x.shape[-1])]
        return self.direction * _numpy(sum(parts))

    def sample(self, z, steps):
        """Noise to data in this many network evaluations, by the model's own sampler."""
        with torch.no_grad():
            return _numpy(self.model.sample(_tensor(z), steps))

    def ode_sample(self, z, steps):
        """The same by Euler's method on the velocity."""
        with torch.no_grad():
            return _numpy(self.model.ode_sample(_tensor(z), steps))


def _tensor(x):
    return torch.tensor(np.asarray(x), dtype=torch.float32)


def _numpy(x):
    return x.detach().numpy().astype(float)

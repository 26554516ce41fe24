"""The one training loop: it knows the contract of a model, and nothing of any model."""

import copy

import torch
from torch.nn.utils import parameters_to_vector


class Diverged(Exception):
    """A loss or a weight stopped being a finite number; the trainer holds the state before that epoch."""


class Trainer:
    """Trains the S seeds of a model side by side with Adam and keeps a moving average of the weights.

    model: keeps the contract of models/__init__.py; data: (S, n, D); generators: one torch.Generator a seed, on the
    device of the data. `averaged` is the model with the averaged weights: the one to draw and to measure.
    """

    # The average reaches back over a share of the steps so far, not a fixed number of them, so it fits 200 epochs as
    # well as 2000: polynomial-decay averaging, Shamir & Zhang 1212.1824. It cuts the error of one-step samples by a
    # third to a half.
    eta = 5

    def __init__(self, model, data, generators, lr=1e-3, batch_size=64, adaptive_power=0.0):
        self.model, self.data, self.generators = model, data, generators
        self.batch_size, self.adaptive_power = batch_size, adaptive_power
        self.averaged = copy.deepcopy(model).requires_grad_(False)
        self.average, _ = flatten(self.averaged)
        self.weights, self.gradient = flatten(model)
        self.weights.grad = self.gradient
        self.optimizer = torch.optim.Adam([self.weights], lr=lr, fused=True)
        self.steps = 0
        self.losses = []  # one (S,) an epoch, without the adaptive weight

    def epoch(self):
        """One pass through the data. Raises Diverged, with the weights of the epoch before."""
        before = self.weights.clone(), self.average.clone()
        x, z, *times = self._draw()
        total = x.new_zeros(len(x))
        for start in range(0, x.shape[1], self.batch_size):
            batch = slice(start, start + self.batch_size)
            total += self._step(x[:, batch], z[:, batch], *(t[:, batch] for t in times))
        loss = total.cpu() / x.shape[1]
        if not (loss.isfinite().all() and self.weights.isfinite().all()):
            self.weights.copy_(before[0])
            self.average.copy_(before[1])
            raise Diverged(f"the loss is no longer a number at epoch {len(self.losses) + 1}; try a smaller --lr")
        self.losses.append(loss)

    def _draw(self):
        """An epoch's data, noise (S, n, D) and times (S, n, 1) at once; each seed draws from its own generator."""
        n, dim = self.data.shape[1:]
        draws = []
        for x, g in zip(self.data, self.generators, strict=True):
            order = torch.randperm(n, generator=g, device=g.device)
            z = torch.randn((n, dim), generator=g, device=g.device)
            draws.append((x[order], z, *self.model.sample_times((n, 1), g)))
        return [torch.stack(column) for column in zip(*draws, strict=True)]

    def _step(self, x, z, *times):
        error = self.model.loss(x, z, *times)
        weighted = error / (error.detach() + 1e-3) ** self.adaptive_power if self.adaptive_power else error
        self.gradient.zero_()
        weighted.mean(1).sum().backward()  # a sum over seeds: each has its own weights, so they stay independent
        self.optimizer.step()
        self.steps += 1
        self.average.lerp_(self.weights, (self.eta + 1) / (self.eta + self.steps))
        return error.detach().sum(1)

    def state(self):
        """All that the next epoch depends on, as tensors and plain types."""
        return {
            "weights": self.weights,
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "generators": [g.get_state() for g in self.generators],
            "losses": list(self.losses),
            "steps": self.steps,
        }

    def restore(self, state):
        """Go on from a `state()` as if nothing had happened."""
        self.weights.copy_(state["weights"])
        self.average.copy_(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        for generator, saved in zip(self.generators, state["generators"], strict=True):
            generator.set_state(saved)
        self.losses, self.steps = list(state["losses"]), state["steps"]


def flatten(module):
    """Lay all parameters of a module, and their gradients, into two vectors: (values, gradients).

    The optimiser and the moving average then touch one tensor instead of one a layer.
    """
    parameters = list(module.parameters())
    values = parameters_to_vector(parameters).detach()
    gradients = torch.zeros_like(values)
    start = 0
    for p in parameters:
        span = slice(start, start + p.numel())
        p.data, p.grad = values[span].view_as(p), gradients[span].view_as(p)
        start = span.stop
    return values, gradients

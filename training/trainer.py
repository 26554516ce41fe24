"""The one training loop: it knows the contract of models, but no particular model."""

import copy
import math

import numpy as np
import torch
from torch.optim.adam import adam

from training.replay import Replay, replaying
from training.targets import Pairs

TENSORS = ("weights", "average", "m", "v")  # of a trainer's state


class Trainer:
    """Trains the S seeds of a model side by side with Adam and keeps a moving average of the weights.

    model: keeps the contract of models/__init__.py; data: (S, n, D); generators: one torch.Generator per seed, on
    the device of the data. `averaged` is the model with the averaged weights: the one to draw and to measure. `stopped`
    holds, for each seed whose loss or weights became NaN or infinite, its last good epoch.

    weight_decay: of AdamW (1711.05101); averages: False to have the last weights in the place of their average; source:
    the mixture of the noise, if it is not N(0, I); pairs: what makes the pairs of an epoch, by default
    training/targets.py.
    """

    # The average reaches back over a share of the steps so far, not a fixed number of them, so it fits 200 epochs as
    # well as 2000: polynomial-decay averaging, Shamir & Zhang 1212.1824. It cuts the error of one-step samples by a
    # third to a half. Without noise in the target it need not reach back as far.
    eta, eta_noise_free = 5, 10

    def __init__(
        self,
        model,
        data,
        generators,
        lr=1e-3,
        batch_size=64,
        adaptive_power=0.0,
        weight_decay=0.0,
        averages=True,
        source=None,
        pairs=None,
    ):
        self.model, self.data, self.generators = model, data, generators
        self.batch_size, self.adaptive_power, self.lr = batch_size, adaptive_power, lr
        self.weight_decay, self.averages = weight_decay, averages
        self.source = source and Source(source, data.device)
        self.pairs = pairs or Pairs(model, data)
        if model.noise_free:
            self.eta = self.eta_noise_free
        self.averaged = copy.deepcopy(model).requires_grad_(False)
        self.average = flatten(self.averaged)
        self.weights = flatten(model)
        self.m, self.v = torch.zeros_like(self.weights), torch.zeros_like(self.weights)  # Adam's moments
        self.parameters = list(model.parameters())
        derive = self._loss_and_gradient
        self._derive = Replay(derive, self.parameters) if model.replayable else derive
        self.steps, self.adam_steps = 0, torch.zeros((), device=data.device)  # the same count, for us and for Adam
        self.stopped = {}
        self.losses = []  # one (S,) per epoch, without the adaptive weight; NaN for a seed that has stopped

    @property
    def running(self):
        """Whether any seed is still learning."""
        return len(self.stopped) < len(self.data)

    def epoch(self):
        """One pass through the data. A seed that diverges returns to the epoch before, and stays there."""
        before = self.average.clone()
        batches = zip(*(column.split(self.batch_size, 1) for column in self._draw()), strict=True)
        with replaying():
            loss = torch.cat([self._step(*batch) for batch in batches], 1).mean(1)
        if not math.isfinite(loss.sum() + self.weights.sum()):
            self._stop_diverged(loss, before)
        if self.stopped:
            loss[list(self.stopped)] = torch.nan
        self.losses.append(loss.cpu())

    def _stop_diverged(self, loss, before):
        """Reset seeds whose loss (S,) or weights are not finite to the average `before`."""
        weights = [layer.isfinite().flatten(1).all(1) for layer in layers(self.weights, self.model)]
        bad = ~(loss.isfinite() & torch.stack(weights).all(0))
        for seed in bad.nonzero().ravel().tolist():
            self.stopped.setdefault(seed, len(self.losses))
        for vector, good in ((self.weights, before), (self.average, before), (self.m, None), (self.v, None)):
            self._overwrite(vector, bad, good)

    def _overwrite(self, vector, seeds, source=None):
        """Set the seeds' share of a flat vector to that of another, or to 0."""
        source = torch.zeros_like(vector) if source is None else source
        for layer, other in zip(layers(vector, self.model), layers(source, self.model), strict=True):
            layer[seeds] = other[seeds]

    def _draw(self):
        """An epoch's pairs (S, n, D) and times (S, n, 1) at once; each seed draws from its own generator."""
        n, dim = self.data.shape[1:]
        draws = []
        for g in self.generators:
            order = torch.randperm(n, generator=g, device=g.device)
            z = torch.randn((n, dim), generator=g, device=g.device)
            z = self.source(z, g) if self.source else z
            draws.append((order, z, *self.model.sample_times((n, 1), g)))
        order, z, *times = (torch.stack(column) for column in zip(*draws, strict=True))
        return *self.pairs(order, z, *times), *times

    @torch.enable_grad()
    def _loss_and_gradient(self, x, z, *times):
        """Unweighted errors (S, B) of a batch, and the gradient of the mean of the weighted ones as a flat vector."""
        error = self.model.loss(x, z, *times)
        weighted = error / (error.detach() + 1e-3) ** self.adaptive_power if self.adaptive_power else error
        # a sum over seeds: each has its own weights, so they stay independent
        gradients = torch.autograd.grad(weighted.sum() / x.shape[1], self.parameters, materialize_grads=True)
        return error.detach(), torch.cat([g.ravel() for g in gradients])

    def _step(self, x, z, *times):
        """One step of Adam on a batch; its unweighted errors (S, B)."""
        error, gradient = self._derive(*self.model.pair(x, z), *times)
        if self.stopped:
            self._overwrite(gradient, list(self.stopped))
        if self.weight_decay:
            self.weights.mul_(1 - self.lr * self.weight_decay)
        adam(
            [self.weights], [gradient], [self.m], [self.v], [], [self.adam_steps],
            lr=self.lr, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, amsgrad=False, maximize=False, fused=True,
        )  # fmt: skip
        self.steps += 1
        self.average.lerp_(self.weights, (self.eta + 1) / (self.eta + self.steps) if self.averages else 1.0)
        return error

    def state(self):
        """All that the next epoch depends on, as tensors and plain types."""
        return {
            **{name: getattr(self, name) for name in TENSORS},
            "generators": [g.get_state() for g in self.generators],
            "losses": torch.stack(self.losses) if self.losses else torch.empty(0, len(self.data)),
            "steps": self.steps,
            "stopped": dict(self.stopped),
        }

    def restore(self, state):
        """Resume from a `state()` as if nothing had happened."""
        for name in TENSORS:
            getattr(self, name).copy_(state[name])
        for generator, saved in zip(self.generators, state["generators"], strict=True):
            generator.set_state(saved)
        self.losses, self.stopped = list(state["losses"]), dict(state["stopped"])
        self.steps = state["steps"]
        self.adam_steps.fill_(self.steps)


class Source:
    """A mixture that the noise of training is drawn from, in the place of N(0, I)."""

    def __init__(self, mixture, device):
        parts = mixture.weights.cumsum(), mixture.means, np.linalg.cholesky(mixture.covariances)
        self.share, self.means, self.roots = (torch.tensor(a, dtype=torch.float32, device=device) for a in parts)

    def __call__(self, normal, generator):
        """Points of it for draws (n, D) of N(0, I): each in a component that chance chooses."""
        u = torch.rand(len(normal), generator=generator, device=normal.device)
        which = torch.searchsorted(self.share, u).clamp(max=len(self.share) - 1)
        return self.means[which] + (self.roots[which] @ normal[..., None]).squeeze(-1)


def flatten(module):
    """Move all parameters of a module into one vector, so that optimiser and moving average touch one tensor."""
    parameters = list(module.parameters())
    values = torch.cat([p.detach().ravel() for p in parameters])
    for p, value in zip(parameters, layers(values, module), strict=True):
        p.data = value
    return values


def layers(vector, module):
    """Views of a vector laid out by `flatten`, one in the shape (S, ...) of each parameter."""
    parameters = list(module.parameters())
    parts = vector.split([p.numel() for p in parameters])
    return [part.view_as(p) for part, p in zip(parts, parameters, strict=True)]

"""The one training loop: it knows the contract of a model, and nothing of any model."""

import copy

import torch
from torch.optim.adam import adam

TENSORS = ("weights", "average", "m", "v")  # of a trainer's state


class Trainer:
    """Trains the S seeds of a model side by side with Adam and keeps a moving average of the weights.

    model: keeps the contract of models/__init__.py; data: (S, n, D); generators: one torch.Generator a seed, on the
    device of the data. `averaged` is the model with the averaged weights: the one to draw and to measure. `stopped`
    holds, for each seed whose loss or weights stopped being numbers, its last good epoch.
    """

    # The average reaches back over a share of the steps so far, not a fixed number of them, so it fits 200 epochs as
    # well as 2000: polynomial-decay averaging, Shamir & Zhang 1212.1824. It cuts the error of one-step samples by a
    # third to a half.
    eta = 5

    def __init__(self, model, data, generators, lr=1e-3, batch_size=64, adaptive_power=0.0):
        self.model, self.data, self.generators = model, data, generators
        self.batch_size, self.adaptive_power, self.lr = batch_size, adaptive_power, lr
        self.averaged = copy.deepcopy(model).requires_grad_(False)
        self.average, _ = flatten(self.averaged)
        self.weights, self.gradient = flatten(model)
        self.m, self.v = torch.zeros_like(self.weights), torch.zeros_like(self.weights)  # Adam's moments
        self.steps, self.adam_steps = 0, torch.zeros((), device=data.device)  # the same number, for us and for Adam
        self.stopped = {}
        self.losses = []  # one (S,) an epoch, without the adaptive weight; NaN for a seed that has stopped

    @property
    def running(self):
        """Whether any seed still learns."""
        return len(self.stopped) < len(self.data)

    def epoch(self):
        """One pass through the data. A seed that diverges in it goes back to the epoch before, and stays there."""
        before = self.average.clone()
        batches = zip(*(column.split(self.batch_size, 1) for column in self._draw()), strict=True)
        loss = torch.cat([self._step(*batch) for batch in batches], 1).mean(1)
        if not (loss.isfinite().all() and self.weights.isfinite().all()):
            self._stop_diverged(loss, before)
        self.losses.append(loss.cpu())

    def _stop_diverged(self, loss, before):
        """Seeds whose loss (S,) or weights are no numbers go back to the average `before`; their losses become NaN."""
        weights = [layer.isfinite().flatten(1).all(1) for layer in layers(self.weights, self.model)]
        bad = ~(loss.isfinite() & torch.stack(weights).all(0))
        for seed in bad.nonzero().ravel().tolist():
            self.stopped.setdefault(seed, len(self.losses))
        loss[bad] = torch.nan
        for vector, good in ((self.weights, before), (self.average, before), (self.m, None), (self.v, None)):
            self._overwrite(vector, bad, good)

    def _overwrite(self, vector, seeds, source=None):
        """Set the seeds' share of a flat vector to that of another, or to 0."""
        source = torch.zeros_like(vector) if source is None else source
        for layer, other in zip(layers(vector, self.model), layers(source, self.model), strict=True):
            layer[seeds] = other[seeds]

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
        """One step of Adam on a batch; its unweighted errors (S, B)."""
        error = self.model.loss(x, z, *times)
        weighted = error / (error.detach() + 1e-3) ** self.adaptive_power if self.adaptive_power else error
        self.gradient.zero_()
        (weighted.sum() / x.shape[1]).backward()  # a sum over seeds: each has its own weights, so they stay independent
        if self.stopped:
            self._overwrite(self.gradient, list(self.stopped))
        adam(
            [self.weights], [self.gradient], [self.m], [self.v], [], [self.adam_steps],
            lr=self.lr, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, amsgrad=False, maximize=False, fused=True,
        )  # fmt: skip
        self.steps += 1
        self.average.lerp_(self.weights, (self.eta + 1) / (self.eta + self.steps))
        return error.detach()

    def state(self):
        """All that the next epoch depends on, as tensors and plain types."""
        return {
            **{name: getattr(self, name) for name in TENSORS},
            "generators": [g.get_state() for g in self.generators],
            "losses": list(self.losses),
            "steps": self.steps,
            "stopped": dict(self.stopped),
        }

    def restore(self, state):
        """Go on from a `state()` as if nothing had happened."""
        for name in TENSORS:
            getattr(self, name).copy_(state[name])
        for generator, saved in zip(self.generators, state["generators"], strict=True):
            generator.set_state(saved)
        self.losses, self.stopped = list(state["losses"]), dict(state["stopped"])
        self.steps = state["steps"]
        self.adam_steps.fill_(self.steps)


def flatten(module):
    """Lay all parameters of a module, and their gradients, into two vectors: (values, gradients).

    The optimiser and the moving average then touch one tensor instead of one a layer.
    """
    parameters = list(module.parameters())
    values = torch.cat([p.detach().ravel() for p in parameters])
    gradients = torch.zeros_like(values)
    for p, value, gradient in zip(parameters, layers(values, module), layers(gradients, module), strict=True):
        p.data, p.grad = value, gradient
    return values, gradients


def layers(vector, module):
    """Views of a vector that lies as `flatten` lays it, one in the shape (S, ...) of each parameter."""
    parameters = list(module.parameters())
    parts = vector.split([p.numel() for p in parameters])
    return [part.view_as(p) for part, p in zip(parts, parameters, strict=True)]

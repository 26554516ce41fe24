"""The one network of the project: an MLP for S seeds at once, and its forward-mode derivative."""

import torch
from torch import nn

from models.activations import ACTIVATIONS, ValueAndSlope


def join(x, *features):
    """Concatenate x (S, B, D) with times or other features, each (S, B, k) or a number."""
    columns = [f if torch.is_tensor(f) and f.dim() else x.new_full((*x.shape[:-1], 1), float(f)) for f in features]
    return torch.cat([x, *columns], -1)


class MLP(nn.Module):
    """A network with weights (S, in, out): one batched product per layer trains all seeds.

    By default with SiLU: ReLU's second derivative is zero almost everywhere, which would starve the losses built on
    `tangent`.
    """

    activation = "silu"  # see models/activations.py; training sets another

    def __init__(self, sizes, generators):
        """sizes: (in, *hidden, out); generators: one torch.Generator per seed, on the device of the weights."""
        super().__init__()
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for fan_in, fan_out in zip(sizes[:-1], sizes[1:], strict=True):
            for parameters, rows in ((self.weights, fan_in), (self.biases, 1)):
                draws = [torch.rand((rows, fan_out), generator=g, device=g.device) for g in generators]
                bound = fan_in**-0.5  # torch.nn.Linear's default, drawn seed by seed
                parameters.append(nn.Parameter((2 * torch.stack(draws) - 1) * bound))
        self.layers = list(zip(self.weights, self.biases, strict=True))  # a ParameterList is slow to walk through

    def forward(self, h, frozen=False):
        """(S, B, in) -> (S, B, out); frozen: with a gradient for h, but none for the weights."""
        layers = [(w.detach(), b.detach()) for w, b in self.layers] if frozen else self.layers
        *inner, (last_weight, last_bias) = layers
        activate = ACTIVATIONS[self.activation][0]
        for weight, bias in inner:
            h = activate(torch.baddbmm(bias, h, weight))
        return torch.baddbmm(last_bias, h, last_weight)

    def tangent(self, h, dh):
        """The value at h (S, B, in), and at its first B' samples the derivative along dh (S, B', in).

        The chain rule next to each layer. Only the value carries a gradient: every loss here puts a stop-gradient on
        the derivative. It equals torch.func.jvp (a test holds it) at about a third of the cost.
        """
        *inner, (last_weight, last_bias) = self.layers
        for weight, bias in inner:
            h, slope = ValueAndSlope.apply(torch.baddbmm(bias, h, weight), self.activation)
            with torch.no_grad():
                dh = torch.bmm(dh, weight).mul_(slope[:, : dh.shape[1]])
        with torch.no_grad():
            dh = torch.bmm(dh, last_weight)
        return torch.baddbmm(last_bias, h, last_weight), dh

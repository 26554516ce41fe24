"""The one network of the project: an MLP for S seeds at once, and its forward-mode derivative."""

import torch
from torch import nn
from torch.nn.functional import silu

from models.layers import SiLUAndSlope, output


def join(x, *features):
    """Concatenate x (S, B, D) with times or other features, each (S, B, k) or a number."""
    columns = [f if torch.is_tensor(f) and f.dim() else x.new_full((*x.shape[:-1], 1), float(f)) for f in features]
    return torch.cat([x, *columns], -1)


class MLP(nn.Module):
    """SiLU network with weights (S, in, out): one batched product a layer trains all seeds.

    SiLU, because ReLU's second derivative is zero almost everywhere and would starve the losses built on `tangent`.
    """

    def __init__(self, sizes, generators):
        """sizes: (in, *hidden, out); generators: one torch.Generator a seed, on the device of the weights."""
        super().__init__()
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for fan_in, fan_out in zip(sizes[:-1], sizes[1:], strict=True):
            bound = fan_in**-0.5  # torch.nn.Linear's default, drawn seed by seed
            self.weights.append(_uniform((fan_in, fan_out), bound, generators))
            self.biases.append(_uniform((1, fan_out), bound, generators))
        self.layers = list(zip(self.weights, self.biases, strict=True))  # a ParameterList is slow to walk through

    def forward(self, h):
        """(S, B, in) -> (S, B, out)."""
        *inner, last = self.layers
        for weight, bias in inner:
            h = silu(torch.baddbmm(bias, h, weight))
        return output(*last, h)

    def tangent(self, h, dh):
        """The value at h (S, B, in), and at its first B' samples the derivative along dh (S, B', in).

        The chain rule beside each layer. Only the value carries a gradient: every loss here puts a stop-gradient on
        the derivative. It equals torch.func.jvp (a test holds it) at about a third of the cost.
        """
        *inner, last = self.layers
        for weight, bias in inner:
            h, slope = SiLUAndSlope.apply(torch.baddbmm(bias, h, weight))
            with torch.no_grad():
                dh = torch.bmm(dh, weight).mul_(slope[:, : dh.shape[1]])
        with torch.no_grad():
            dh = torch.bmm(dh, last[0])
        return output(*last, h), dh


def _uniform(shape, bound, generators):
    draws = [torch.rand(shape, generator=g, device=g.device) for g in generators]
    return nn.Parameter((2 * torch.stack(draws) - 1) * bound)

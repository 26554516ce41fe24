"""What a network's layers apply to each number, with its slope."""

import torch
from torch.nn.functional import relu, selu, silu

SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772  # of SELU, Klambauer et al. 1706.02515


def of_silu(a):
    gate = torch.sigmoid(a)
    h = a * gate
    return h, torch.addcmul(gate, h, 1 - gate)


def of_selu(a):
    h = selu(a)
    return h, torch.where(a > 0, SCALE, h + SCALE * ALPHA)


def of_tanh(a):
    h = torch.tanh(a)
    return h, 1 - h.square()


def of_relu(a):
    return relu(a), (a > 0).to(a.dtype)


ACTIVATIONS = {  # name: the function, and the function with its slope
    "silu": (silu, of_silu),
    "selu": (selu, of_selu),
    "tanh": (torch.tanh, of_tanh),
    "relu": (relu, of_relu),
}


class ValueAndSlope(torch.autograd.Function):
    """An activation and its slope, which a tangent needs now and the backward pass later."""

    @staticmethod
    def forward(ctx, a, name):
        h, slope = ACTIVATIONS[name][1](a)
        ctx.save_for_backward(slope)
        ctx.mark_non_differentiable(slope)
        return h, slope

    @staticmethod
    def backward(ctx, dh, _):
        return dh * ctx.saved_tensors[0], None

"""Monotone rational-quadratic splines, Durkan et al. 1906.04032: bijections of the line with a known inverse."""

import torch
from torch.nn.functional import pad, softplus

LEAST = 1e-3  # of a bin's width and height, as a share of the whole, and of a slope
ONE = 0.5413  # softplus of it is 1


def spline(x, parameters, reach, inverse=False):
    """x (...) through splines with parameters (..., 3 K - 1): (y, log |dy/dx|), both (...).

    K bins between -reach and reach on both axes: K logits of widths, K of heights, and K - 1 slopes where they meet.
    Beyond, the spline is the identity.
    """
    K = (parameters.shape[-1] + 1) // 3
    logits, slopes = parameters[..., : 2 * K].unflatten(-1, (2, K)), parameters[..., 2 * K :, None].mT
    ends = pad((LEAST + (1 - K * LEAST) * logits.softmax(-1)).cumsum(-1), (1, 0))
    knots = torch.cat([reach * (2 * ends - 1), pad(LEAST + softplus(slopes + ONE), (1, 1), value=1.0)], -2)
    inside = x.abs() < reach
    x_in = torch.where(inside, x, 0)
    k = (x_in[..., None] >= knots[..., int(inverse), 1:-1]).sum(-1)[..., None, None].expand(*x.shape, 3, 1)
    knots = knots.expand(*x.shape, 3, K + 1)
    (x_0, y_0, d_0), (x_1, y_1, d_1) = (knots.gather(-1, at).squeeze(-1).unbind(-1) for at in (k, k + 1))
    w, h = x_1 - x_0, y_1 - y_0
    s = h / w
    bend = d_0 + d_1 - 2 * s
    if inverse:  # eqs. 6 to 8
        rise = x_in - y_0
        b, c = h * d_0 - rise * bend, -s * rise
        u = 2 * c / (-b - (b.square() - 4 * (h * (s - d_0) + rise * bend) * c).clamp_min(0).sqrt())
    else:
        u = (x_in - x_0) / w
    bow = u * (1 - u)
    scale = s + bend * bow
    y = x_0 + w * u if inverse else y_0 + h * (s * u.square() + d_0 * bow) / scale  # eq. 4
    slope = s.square() * (d_1 * u.square() + 2 * s * bow + d_0 * (1 - u).square()) / scale.square()  # eq. 5
    log_slope = -slope.log() if inverse else slope.log()
    return torch.where(inside, y, x), torch.where(inside, log_slope, 0)

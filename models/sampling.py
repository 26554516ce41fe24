"""Samplers: each walks a flow from its noise time to its data time and returns the whole path.

One signature: (model, z, steps) -> path (steps + 1, S, B, D), path[0] = z. With `backward=True` a walk starts at
the data and ends in the noise.
"""

import torch

from models.noise import even_noise


def times(model, steps, backward=False):
    """The steps + 1 times of an even walk from noise to data, in the model's own convention."""
    ends = (model.data_time, model.noise_time) if backward else (model.noise_time, model.data_time)
    return torch.linspace(*ends, steps + 1, dtype=torch.float64).tolist()


def euler(v, x, t, h):
    return x + h * v(x, t)


def heun(v, x, t, h):
    k1 = v(x, t)
    return x + h / 2 * (k1 + v(x + h * k1, t + h))


def rk4(v, x, t, h):
    k1 = v(x, t)
    k2 = v(x + h / 2 * k1, t + h / 2)
    k3 = v(x + h / 2 * k2, t + h / 2)
    k4 = v(x + h * k3, t + h)
    return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def ode(model, z, steps, method=euler, backward=False):
    """Integrate dx/dt = model.velocity(x, t); method: euler, heun or rk4 (orders 1, 2, 4)."""
    return walk(lambda x, t, r: method(model.velocity, x, t, r - t), z, times(model, steps, backward))


def jumps(model, z, steps, backward=False):
    """Mean-velocity steps x_r = model.jump(x_t, t, r)."""
    return walk(model.jump, z, times(model, steps, backward))


def consistency(model, z, steps, generator):
    """Jump to the data end, mix with fresh noise to the next time, jump again (multistep consistency sampling).

    The path holds the state at every step and, last, the final jump to the data. The times to return to are even up to
    the progress `model.renoise_until`. The noise is `even_noise`: with independent draws, chance would move more mass
    between the modes than the model's errors do.
    """
    span = model.data_time - model.noise_time
    back = [model.noise_time + span * model.renoise_until * k / steps for k in range(steps)]

    def renoise(x, t, r):
        x_end = model.jump(x, t, model.data_time)
        if r == model.data_time:
            return x_end
        share = (r - model.noise_time) / span
        return share * x_end + (1 - share) * even_noise(x_end, generator, model.source)

    return walk(renoise, z, [*back, model.data_time])


def walk(step, x, ts):
    path = [x]
    for t, r in zip(ts[:-1], ts[1:], strict=True):
        path.append(step(path[-1], t, r))
    return torch.stack(path)

"""Train FACM, and record its ODE path and its consistency steps."""

if __name__ == "__main__" and not __package__:
    import _path  # noqa: F401

from training.record import thin


def options(config):
    return {}


def record(model, z, x):
    """Where one consistency step takes the noise z (S, N, D), where two do, and the path of the anchor's ODE."""
    half = (model.noise_time + model.data_time) / 2
    middle = half * model.jump(z, model.noise_time, model.data_time) + (1 - half) * z.flip(1)
    return {
        "samples": model.generate(z),
        "two_step": model.jump(middle, half, model.data_time)[0],
        "path": thin(model.path(z, 48)),
    }


if __name__ == "__main__":
    from main import script

    script("facm")

"""Train flow matching in 1D and 2D, and record its probability-flow paths."""

if __name__ == "__main__" and not __package__:
    import _path  # noqa: F401

from training.record import thin


def options(config):
    return {}


def record(model, z, x):
    """The ODE's path of the noise z (S, N, D), its end, and what a single Euler step would give."""
    path = model.path(z, model.steps)
    return {"samples": path[-1], "path": thin(path), "one_step": model.path(z, 1)[-1, 0]}


if __name__ == "__main__":
    from main import script

    script("fm")

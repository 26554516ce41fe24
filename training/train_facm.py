"""Train FACM, and record its ODE path and its consistency steps."""

if __name__ == "__main__" and not __package__:
    import _path  # noqa: F401

from training import record as recorded


def options(config):
    return {}


def record(model, z, x):
    """Where one consistency step takes the noise z (S, N, D), where two do, and the path of the anchor's ODE."""
    one = recorded.first_seed(model)
    return {
        "samples": model.generate(z),
        "two_step": one.consistency(z[:1], 2)[-1, 0],
        "path": recorded.path(one, z, 48),
    }


if __name__ == "__main__":
    from main import script

    script("facm")

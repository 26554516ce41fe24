"""Train the non-identifiable decoder, and record where it sends the noise."""

if __name__ == "__main__" and not __package__:
    import _path  # noqa: F401


def options(config):
    return {}


def record(model, z, x):
    """samples (S, N, D): where the noise z (S, N, D) goes."""
    return {"samples": model.generate(z)}


if __name__ == "__main__":
    from main import script

    script("decoder")

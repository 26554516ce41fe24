"""Train the GAN, and record where the generator takes the noise."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("gan")


def record(model, z, x):
    """Where the noise z (S, N, D) goes."""
    return {"samples": model.generate(z)}

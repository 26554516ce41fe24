"""Train the normalising flow, and record what it makes of noise, and of data there and back."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("nflow")

from training import snapshots


def record(model, z, x):
    """Where the noise z (S, N, D) goes; the latents of the data x (S, n, D), and what they decode to."""
    return {"samples": model.generate(z)} | snapshots.round_trip(model, x, z.shape[1])

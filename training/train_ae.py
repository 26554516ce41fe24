"""Train the autoencoder, and record both of its halves."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("ae")


from training import snapshots


def record(model, z, x):
    """What the noise z (S, N, D) becomes, and the round trip of the data x (S, n, D)."""
    return {"samples": model.generate(z)} | snapshots.round_trip(model, x, z.shape[1])

"""Train BackFlow, and record it in both directions."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("backflow")

from training import snapshots


def record(model, z, x):
    """Where one step takes the noise z (S, N, D) and the data x (S, n, D), and the backward trajectories of z."""
    return {
        "samples": model.decode(z),
        "encoded": model.encode(x)[0, : z.shape[1]],
        "path": snapshots.path(snapshots.first_seed(model), z, 48),
    }

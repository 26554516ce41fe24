"""Train rectified flow's second round, and record its single step and its paths."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("reflow")

from training import snapshots


def record(model, z, x):
    """Where one Euler step takes the noise z (S, N, D), and the path of sixteen."""
    return {"samples": model.generate(z), "path": snapshots.path(snapshots.first_seed(model), z, 16)}

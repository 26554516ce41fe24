"""Train flow matching in 1D and 2D, and record its probability-flow paths."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("fm")

from training import snapshots


def record(model, z, x):
    """The ODE's path of the noise z (S, N, D), its end, and what a single Euler step would give."""
    path, one = model.path(z, model.steps), snapshots.first_seed(model)
    some = snapshots.few_times(snapshots.few_points(path))[:, 0]
    return {"samples": path[-1], "path": some, "one_step": one.path(z[:1], 1)[-1, 0]}

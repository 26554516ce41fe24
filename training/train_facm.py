"""Train FACM, and record its ODE path and its consistency steps."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("facm")

from training import snapshots


def record(model, z, x):
    """Where one consistency step takes the noise z (S, N, D), where two do, and the path of the anchor's ODE."""
    one = snapshots.first_seed(model)
    return {
        "samples": model.generate(z),
        "two_step": one.sample(z[:1], 2)[0],
        "path": snapshots.path(one, z, 48),
    }

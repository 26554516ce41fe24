"""Draw flow matching in 1D: smooth probability-flow paths, and why a single step is not enough."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("fm", dim="1d", draw_only=True)

from visualization import views


def one_step(panel, scene, shot):
    """The map of all steps (purple) and of one Euler step (pink), which goes to the mean of the data."""
    views.map_1d(panel, scene, shot, shot["one_step"])


# how the explorer runs it
LIVE = {"kind": "flow", "gap": 0, "own": "ode"}
COMPARE = views.trajectories_1d
PICTURE = {
    1: {
        "Probability-flow paths": views.trajectories_1d,
        "Samples of every seed": views.samples_1d,
        "Map of 100 steps, and of 1": one_step,
        "Training pairs": views.training_pairs,
        "Loss": views.loss,
    }
}

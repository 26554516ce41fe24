"""Draw flow matching in 1D: smooth probability-flow paths, and why a single step is not enough."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("fm", dim="1d", draw_only=True)

from visualization import views


def one_step(panel, scene, shot):
    """A single Euler step (pink) goes to the mean of the data; in 1D also the map of all steps (purple)."""
    views.one_step(panel, scene, shot, shot["one_step"])


# how the explorer runs it
LIVE = {"kind": "flow", "gap": 0, "own": "ode"}
COMPARE = views.trajectories
FIRST = {"Probability-flow paths": views.trajectories}
LAST = {"Training pairs": views.training_pairs, "Loss": views.loss}
PICTURE = {
    1: FIRST | {"Samples of every seed": views.samples, "Map of 100 steps, and of 1": one_step} | LAST,
    2: FIRST | {"Samples, 100 steps": views.samples, "Samples, 1 Euler step": one_step} | LAST,
}

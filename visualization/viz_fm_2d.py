"""Draw flow matching in 2D: smooth probability-flow paths, and why a single step is not enough."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("fm", dim="2d", draw_only=True)

from visualization import views


def one_step(panel, scene, shot):
    """A single Euler step goes to the mean of the data."""
    views.one_step_2d(panel, scene, shot, shot["one_step"])


COMPARE = views.trajectories_2d
PICTURE = {
    2: {
        "Probability-flow paths": views.trajectories_2d,
        "Samples, 100 steps": views.samples_2d,
        "Samples, 1 Euler step": one_step,
        "Training pairs": views.training_pairs,
        "Loss": views.loss,
    }
}

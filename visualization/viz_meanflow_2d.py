"""Draw MeanFlow in 2D: multi-step mean-velocity paths and the one-step jump."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("meanflow", dim="2d", draw_only=True)

from visualization import views


def trajectories(panel, scene, shot):
    """The path of 16 mean-velocity steps (purple), and the one-step jump (pink)."""
    views.trajectories_2d(panel, scene, shot, shot["samples"][0])


COMPARE = trajectories
PICTURE = {
    2: {
        "Paths of 16 mean-velocity steps, and of one": trajectories,
        "Samples, one step": views.samples_2d,
        "One step, from each z": views.one_step_2d,
        "Training pairs": views.training_pairs,
        "Loss": views.loss,
    }
}

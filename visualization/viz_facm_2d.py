"""Draw FACM in 2D: the ODE path and one-step consistency."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("facm", dim="2d", draw_only=True)

from visualization import views


def trajectories(panel, scene, shot):
    """The ODE path of the anchor's velocity (purple), and the one consistency step (pink)."""
    views.trajectories_2d(panel, scene, shot, shot["samples"][0])


def two_step(panel, scene, shot):
    """Samples of two consistency steps, with fresh noise between them."""
    views.samples_2d(panel, scene, shot, shot["two_step"])


COMPARE = trajectories
PICTURE = {
    2: {
        "ODE path, and one consistency step": trajectories,
        "Samples, one step": views.samples_2d,
        "One step, from each z": views.one_step_2d,
        "Samples, two consistency steps": two_step,
        "Loss": views.loss,
    }
}

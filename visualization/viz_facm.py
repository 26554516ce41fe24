"""Draw FACM in 1D: the ODE path and one-step consistency."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("facm", dim="1d", draw_only=True)

from visualization import views


def trajectories(panel, scene, shot):
    """The ODE path of the anchor's velocity (purple), and the one consistency step (pink)."""
    views.trajectories_1d(panel, scene, shot, shot["samples"][0])


def two_step(panel, scene, shot):
    """Density of the samples of two consistency steps, with fresh noise between them."""
    views.samples_1d(panel, scene, {"samples": shot["two_step"][None]})


# how the explorer runs it; gap: its third input is gap (t - r)
LIVE = {"kind": "flow", "gap": -1, "own": "jump, then ode"}
COMPARE = trajectories
PICTURE = {
    1: {
        "ODE path, and one consistency step": trajectories,
        "Samples of every seed, one step": views.samples_1d,
        "One-step map": views.map_1d,
        "Samples of two steps": two_step,
        "Loss": views.loss,
    }
}

"""Draw FACM in 1D: the ODE path and one-step consistency."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("facm", dim="1d", draw_only=True)

from visualization import views


def two_step(panel, scene, shot):
    """Samples of two consistency steps, with fresh noise between them."""
    views.samples(panel, scene, {"samples": shot["two_step"][None]})


# how the explorer runs it; gap: its third input is gap (t - r)
LIVE = {"kind": "flow", "gap": -1}
COMPARE = views.trajectories
PICTURE = views.flow_panels("ODE path, and one consistency step", {"Samples of two consistency steps": two_step})

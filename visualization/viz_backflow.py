"""Draw BackFlow in 1D: backward trajectories, one-step decode and encode next to the exact map."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("backflow", dim="1d", draw_only=True)

from visualization import views


def trajectories(panel, scene, shot):
    """The backward trajectory, t = 1 to 0 (purple), and the one-step decode (pink)."""
    views.trajectories_1d(panel, scene, shot, shot["samples"][0])


def encode(panel, scene, shot):
    """Where one step takes the data, against the exact inverse map."""
    views.inverse_map_1d(panel, scene, shot["encoded"])


# how the explorer runs it; gap: its third input is gap (t - r)
LIVE = {"kind": "flow", "gap": 1, "own": "jumps", "encodes": True}
COMPARE = trajectories
PICTURE = {
    1: {
        "Backward trajectories, one-step decode": trajectories,
        "Samples of every seed, one step": views.samples_1d,
        "One-step map": views.map_1d,
        "One-step encode": encode,
        "Loss": views.loss,
    }
}

"""Draw MeanFlow in 1D: multi-step mean-velocity paths and the one-step jump."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("meanflow", dim="1d", draw_only=True)

from visualization import views


def trajectories(panel, scene, shot):
    """The path of 16 mean-velocity steps (purple), and the one-step jump (pink)."""
    views.trajectories_1d(panel, scene, shot, shot["samples"][0])


# how the explorer runs it; gap: its third input is gap (t - r)
LIVE = {"kind": "flow", "gap": 1, "own": "jumps"}
COMPARE = trajectories
PICTURE = {
    1: {
        "Paths of 16 mean-velocity steps, and of one": trajectories,
        "Samples of every seed, one step": views.samples_1d,
        "One-step map": views.map_1d,
        "Training pairs": views.training_pairs,
        "Loss": views.loss,
    }
}

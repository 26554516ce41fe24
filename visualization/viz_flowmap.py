"""Draw the flow map: paths of jumps, and the one-step jump."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("flowmap", draw_only=True)

from visualization import views

# how the explorer runs it; gap: its third input is gap (t - r)
LIVE = {"kind": "flow", "gap": -1}
COMPARE = views.trajectories
PICTURE = views.flow_panels("Paths of 16 jumps, and of one", {"Training pairs": views.training_pairs})

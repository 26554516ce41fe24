"""Draw rectified flow: its single step, and the pairs that its teacher made."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("reflow", draw_only=True)

from visualization import views

# how the explorer runs it
LIVE = {"kind": "flow", "gap": 0}
COMPARE = views.trajectories
PICTURE = views.flow_panels("Paths of 16 steps, and of one", {"Training pairs, from its teacher": views.training_pairs})

"""Draw OT-CFM: paths that are almost straight, and the pairs that make them so."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("otcfm", draw_only=True)

from visualization import views

# how the explorer runs it
LIVE = {"kind": "flow", "gap": 0}
COMPARE = views.trajectories
PICTURE = views.flow_panels(
    "Probability-flow paths",
    {"Training pairs, optimal in a batch": views.training_pairs},
    {"One Euler step": views.one_step_2d, "Halfway, s = 0.5": views.halfway_2d},
)

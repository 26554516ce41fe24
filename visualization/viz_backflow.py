"""Draw BackFlow in 1D: backward trajectories, one-step decode and encode next to the exact map."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("backflow", dim="1d", draw_only=True)

from visualization import views

# how the explorer runs it; gap: its third input is gap (t - r)
LIVE = {"kind": "flow", "gap": 1}
COMPARE = views.trajectories
PICTURE = views.flow_panels(
    "Backward trajectories, one-step decode",
    {"One-step encode of the data": views.encode},
    {"Learnt pairing": views.one_step_2d, "Exact pairing": views.exact_pairs_2d},
)

"""Draw the consistency model: one step from noise to data, next to the exact map."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("consistency", draw_only=True)

from visualization import views

# how the explorer runs it; f(z, 0) = z + the network's answer at (z, 0)
LIVE = {"kind": "decoder", "net": "net", "plus": "z", "time": 0}
COMPARE = views.trajectories
PICTURE = views.generator_panels("One step from noise to data", {"Training pairs": views.training_pairs})

"""Draw the GAN: where the generator takes the noise."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("gan", draw_only=True)

from visualization import views

# how the explorer runs it
LIVE = {"kind": "decoder", "net": "G"}
COMPARE = views.trajectories
PICTURE = views.generator_panels("One step from noise to data", {"Training pairs": views.training_pairs})

"""Draw the autoencoder: it reconstructs well, but its latent does not follow the prior, so generation goes wrong."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("ae", draw_only=True)

from visualization import views

# how the explorer runs it
LIVE = {"kind": "encoder"}
COMPARE = views.round_trip
PICTURE = views.encoder_panels("Encode x to ẑ, decode ẑ to x̂")

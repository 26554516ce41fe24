"""Draw the VAE: its latent follows the prior better, and reconstruction pays for it."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("vae", draw_only=True)

from visualization import views

# how the explorer runs it
LIVE = {"kind": "encoder"}
COMPARE = views.round_trip
PICTURE = views.encoder_panels("Encode x to ẑ ~ q(z|x), decode ẑ to x̂")

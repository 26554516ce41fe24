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
PICTURE = {
    1: {
        "Encode x to ẑ ~ q(z|x), decode ẑ to x̂": views.round_trip,
        "Generation: prior samples, decoded": views.generation,
        "Encoded data against the prior": views.latents,
        "Decoder: where it takes z": views.map_1d,
        "Loss": views.loss,
    },
    2: {
        "Encode x to ẑ ~ q(z|x), decode ẑ to x̂": views.round_trip,
        "Prior samples, decoded": views.generation,
        "Encoded data against the prior": views.latents,
        "Loss": views.loss,
    },
}

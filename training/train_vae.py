"""Train the VAE (`vae`, beta 1); with --beta, `vae_beta`."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("vae")


from training import snapshots


def record(model, z, x):
    """What the noise z (S, N, D) becomes; one draw of the posterior of the data x (S, n, D), and its round trip."""
    return {"samples": model.generate(z)} | snapshots.round_trip(model, x, z.shape[1]) | {"kl": model.kl(x).mean(1)}

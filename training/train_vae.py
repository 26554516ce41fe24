"""Train the VAE (`vae`, beta 1); another --beta trains `vae_beta`."""

if __name__ == "__main__" and not __package__:
    import _path  # noqa: F401


def options(config):
    return {"beta": config["beta"]} if "beta" in config else {}


def record(model, z, x):
    """What the noise z (S, N, D) becomes; one draw of the posterior of the data x (S, n, D), and its round trip."""
    latent = model.encode(x, z.repeat(1, -(-x.shape[1] // z.shape[1]), 1)[:, : x.shape[1]])
    reconstruction = model.decode(latent)
    return {
        "samples": model.generate(z),
        "latent": latent[0, : z.shape[1]],
        "reconstruction": reconstruction[0, : z.shape[1]],
        "reconstruction_error": (x - reconstruction).square().sum(-1).mean(1),
        "kl": model.kl(x).mean(1),
    }


if __name__ == "__main__":
    from main import script

    script("vae")

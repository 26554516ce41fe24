"""Draw the decoder: it was shown random pairs, so it answers every z with the mean of the data."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from main import script

    script("decoder", draw_only=True)

from visualization import views


def collapse(panel, scene, shot):
    """Random training coupling (gray), and where inference takes the same z (purple): to the mean, the black point."""
    views.spaces(panel, scene, "noise")
    z, x = views.left(scene, scene.z), views.right(scene, scene.random_partner)
    x_hat = views.right(scene, shot["samples"][0])
    panel.lines("coupling", views.few_between(scene, z, x), "coupling_train", width=0.7, alpha=0.45, still=True)
    panel.lines("inference", views.few_between(scene, z, x_hat), "coupling_infer", width=0.9, alpha=0.6)
    panel.points("x", x, "data_x", size=7, still=True, zorder=3)
    panel.points("z", z, "prior_z", size=7, still=True)
    panel.points("x_hat", x_hat, "output_x_hat")
    panel.points("mean", views.right(scene, scene.target.mean[None]), "exact", size=30, still=True, zorder=3.5)
    if scene.dim == 1:
        panel.side_density("density", shot["samples"][0], scene, "output_x_hat")


def loss(panel, scene, shot):
    """The loss against the least that a constant can reach: the variance of the training data, mean over seeds."""
    variance = scene.run.data.var(1, unbiased=False).sum(-1).mean()
    views.loss(panel, scene, shot, floor=float(variance), words="Var(training x)")


# how the explorer runs it
LIVE = {"kind": "decoder"}
COMPARE = collapse
TITLES = "Random pairs, and the mean as the only answer", "Training pairs: chance", "Loss: as low as Var(x), no lower"
MAIN, PAIRS, LOSS = zip(TITLES, (collapse, views.training_pairs, loss), strict=True)
PICTURE = {
    1: dict([MAIN, ("Density of outputs", views.samples_1d), ("Output and the exact map", views.map_1d), PAIRS, LOSS]),
    2: dict([MAIN, ("Outputs on the exact density", views.samples_2d), PAIRS, LOSS]),
}

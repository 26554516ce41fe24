"""Draw the decoder: it was shown random pairs, so it maps every z to the mean of the data."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("decoder", draw_only=True)

from visualization import views
from visualization.panel import between


def collapse(panel, scene, shot):
    """Random training coupling, and where inference takes the noise: to the mean, the open black mark."""
    views.spaces(panel, scene, "noise")
    pairs = between(views.left(scene, scene.pairs[0]), views.right(scene, scene.pairs[1]))
    z, x_hat = views.left(scene, views.some(scene.z)), views.right(scene, views.some(shot["samples"][0]))
    panel.lines("coupling", pairs[:: len(pairs) // views.LINES], "coupling_train", width=1.0, alpha=0.8, still=True)
    panel.lines("inference", between(z, x_hat), "coupling_infer", width=0.9, alpha=0.7)
    panel.points("x", views.right(scene, scene.x[:128]), "data_x", still=True, zorder=3)
    panel.points("z", z, "prior_z", still=True)
    panel.points("x_hat", views.right(scene, shot["samples"][0]), "output_x_hat")
    if scene.exact == "mean":
        panel.points("mean", views.right(scene, scene.target.mean[None]), "exact", size=60, still=True, zorder=4.5)
    if scene.dim == 1:
        panel.side_density("density", shot["samples"][0], scene, "output_x_hat")


# how the explorer runs it
LIVE = {"kind": "decoder"}
COMPARE = collapse
MAIN = {"Random pairs, and the mean as the only answer": collapse}
REST = {"Training pairs": views.training_pairs, "Loss: as low as Var(x), no lower": views.loss}
PICTURE = {
    1: MAIN | {"Density of outputs": views.samples, "Output and the mean": views.map_1d} | REST,
    2: MAIN | {"Outputs on the exact density": views.samples} | REST,
}

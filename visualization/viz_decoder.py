"""Draw the decoder: it was shown random pairs, so it maps every z to the mean of the data."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("decoder", draw_only=True)

from visualization import views


def collapse(panel, scene, shot):
    """Random training coupling (gray), and where inference takes the same z (purple): to the mean, the black point."""
    views.spaces(panel, scene, "noise")
    pairs = views.few_between(scene, views.left(scene, scene.pairs[0]), views.right(scene, scene.pairs[1]))
    z, x, x_hat = views.left(scene, scene.z), *(views.right(scene, y) for y in (scene.x, shot["samples"][0]))
    panel.lines("coupling", pairs, "coupling_train", width=0.7, alpha=0.45, still=True)
    panel.lines("inference", views.few_between(scene, z, x_hat), "coupling_infer", width=0.9, alpha=0.6)
    panel.points("x", x, "data_x", size=7, still=True, zorder=3)
    panel.points("z", z, "prior_z", size=7, still=True)
    panel.points("x_hat", x_hat, "output_x_hat")
    if scene.exact == "mean":
        panel.points("mean", views.right(scene, scene.target.mean[None]), "exact", size=30, still=True, zorder=3.5)
    if scene.dim == 1:
        panel.side_density("density", shot["samples"][0], scene, "output_x_hat")


# how the explorer runs it
LIVE = {"kind": "decoder"}
COMPARE = collapse
MAIN = {"Random pairs, and the mean as the only answer": collapse}
REST = {"Training pairs": views.training_pairs, "Loss: as low as Var(x), no lower": views.loss}
PICTURE = {
    1: MAIN | {"Density of outputs": views.samples, "Output and the mean, black": views.map_1d} | REST,
    2: MAIN | {"Outputs on the exact density": views.samples} | REST,
}

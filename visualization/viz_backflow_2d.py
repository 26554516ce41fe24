"""Draw BackFlow in 2D: backward trajectories, one-step decode and encode, learnt and exact pairing."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("backflow", dim="2d", draw_only=True)

from visualization import views
from visualization.panel import between


def trajectories(panel, scene, shot):
    """The backward trajectory, t = 1 to 0 (purple), and the one-step decode (pink)."""
    views.trajectories_2d(panel, scene, shot, shot["samples"][0])


def encode(panel, scene, shot):
    """Where one step takes the data: it should look like the prior."""
    panel.plane(scene)
    panel.lines("encode", between(scene.x[:96], shot["encoded"][:96]), "encode_line", width=0.8, alpha=0.5)
    panel.points("x", scene.x[:96], "data_x", size=7, still=True)
    panel.points("z_hat", shot["encoded"], "latent_z_hat", size=8)


COMPARE = trajectories
PICTURE = {
    2: {
        "Backward trajectories, one-step decode": trajectories,
        "Samples, one step": views.samples_2d,
        "Learnt pairing": views.pairings_2d,
        "One-step encode of the data": encode,
        "Loss": views.loss,
    }
}

"""Panels that several models share. Each is a drawing function (panel, scene, shot), made of a panel's verbs."""

import numpy as np

from data.exact import ExactFlow, transport_map_1d
from evaluation.summary import over_seeds, smoothed_loss
from visualization.panel import at, between, kernel_density, over_time

# ---- basic models: two spaces and the lines between them ---------------------------------------------------------


def few(points):
    """The 64 points whose lines are drawn: every fourth in 1D, where the noise is sorted, the first ones in 2D."""
    return points[::4] if points.shape[-1] == 1 else points[:64]


def spaces(panel, scene, left):
    """The two spaces of a basic model: the edges of the panel in 1D, two islands in 2D."""
    panel.two_sides(scene, left) if scene.dim == 1 else panel.islands(scene, left)


def left(scene, z):
    """Points (N, 2) of the panel for noise or latents z (N, D)."""
    return at(0, z) if scene.dim == 1 else z + np.array(scene.stage.islands[0])


def right(scene, x):
    """Points (N, 2) of the panel for data x (N, D)."""
    return at(1, x) if scene.dim == 1 else x + np.array(scene.stage.islands[1])


def round_trip(panel, scene, shot):
    """Encode x to z_hat, decode z_hat to x_hat; z_hat stands against the prior, generated samples against the data."""
    spaces(panel, scene, "latent")
    z_hat, x_hat = left(scene, shot["latent"]), right(scene, shot["reconstruction"])
    broad = 2.0 if panel.large else 1.5  # seen on both sides of decode where the two coincide
    trip = few_between(scene, right(scene, scene.x), z_hat)
    panel.lines("encode", trip, "encode_line", width=broad, alpha=0.35)
    panel.lines("decode", few_between(scene, z_hat, x_hat), "decode_line", width=0.8, alpha=0.75)
    if scene.dim == 1:
        panel.side_density("z_hat density", shot["latent"], scene, "latent_z_hat", right=False)
        panel.side_density("x_hat density", shot["samples"][0], scene, "output_x_hat")
    else:
        panel.points("x", right(scene, scene.x), "data_x", size=10, still=True, zorder=3)
    panel.points("z_hat", z_hat, "latent_z_hat")
    panel.points("x_hat", x_hat, "output_x_hat", size=6)
    words = f"{'reconstruction' if panel.large else 'rec.'} error {over_seeds(shot['reconstruction_error'])[0]:.3g}"
    if "kl" in shot:
        words += f" · KL {over_seeds(shot['kl'])[0]:.2f}{' nats' if panel.large else ''}"
    outside = 1 - inside(panel, z_hat)
    if outside > 0.005:
        words += f" · {outside:.0%} of ẑ outside"
    panel.footnote(words)


def inside(panel, points):
    """The share of points (N, 2) within a panel's limits."""
    low, high = np.transpose([panel.axes.get_xlim(), panel.axes.get_ylim()])
    return ((points >= low) & (points <= high)).all(1).mean()


def few_between(scene, a, b):
    """Lines from a to b (N, 2) for the few points."""
    step = 4 if scene.dim == 1 else 1
    return between(a[: 64 * step : step], b[: 64 * step : step])


def encoder_panels(main):
    """The PICTURE of an encoder; main: the title of its round trip."""
    first, loss_panel = {main: round_trip, "Prior samples, decoded": generation}, {"Loss": loss}
    first |= {"Encoded data against the prior": latents}
    return {1: first | {"Decoder: where it takes z": map_1d} | loss_panel, 2: first | loss_panel}


def generation(panel, scene, shot):
    """Samples of the prior and where the model takes them."""
    if scene.dim == 2:
        return _samples_2d(panel, scene, shot)
    panel.two_sides(scene, "prior")
    z, x_hat = left(scene, scene.z), right(scene, shot["samples"][0])
    panel.lines("inference", few_between(scene, z, x_hat), "coupling_infer", width=0.8, alpha=0.5)
    panel.points("z", z[::4], "prior_z", still=True)
    panel.points("x_hat", x_hat, "output_x_hat", size=6)
    panel.side_density("density", shot["samples"][0], scene, "output_x_hat")


def latents(panel, scene, shot):
    """The encoded data against the prior that it should follow."""
    if scene.dim == 2:
        panel.limits(*[(-scene.latent_reach, scene.latent_reach)] * 2, [], [], equal=True)
        panel.rings()
        panel.points("z_hat", shot["latent"], "latent_z_hat")
        return
    reach = scene.latent_reach
    z = np.linspace(-reach, reach, 300)
    prior = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    panel.limits((-reach, reach), (0, 0.65))
    panel.fill("prior", z, prior, "prior_z")
    panel.curve("z_hat", z, kernel_density(shot["latent"], z), "latent_z_hat")


# ---- from noise to data ------------------------------------------------------------------------------------------


def one_step_panels(main, last, second=None):
    """The PICTURE of a model that takes one step: main is the title of its trajectories, `last` its own panels.

    second: what 2D shows instead of the step from each z.
    """
    first, last = {main: trajectories, "Samples of every seed, one step": samples}, last | {"Loss": loss}
    return {
        1: first | {"One-step map": one_step} | last,
        2: {main: trajectories, "Samples, one step": samples} | (second or {"One step, from each z": one_step}) | last,
    }


def trajectories(panel, scene, shot):
    """Learnt paths (purple), next to them the exact ones of the same noise (thin); the single step, if one is all."""
    (_trajectories_1d if scene.dim == 1 else _trajectories_2d)(panel, scene, shot, scene.steps == 1)


def samples(panel, scene, shot):
    """Samples against the exact density: in 1D the density of every seed, in 2D points of the first."""
    (_samples_1d if scene.dim == 1 else _samples_2d)(panel, scene, shot)


def one_step(panel, scene, shot, ends=None):
    """Where one step takes the noise: in 1D as a map, in 2D as lines. ends (N, D): if these are not the samples."""
    (map_1d if scene.dim == 1 else _one_step_2d)(panel, scene, shot, ends)


def _trajectories_1d(panel, scene, shot, jump):
    """Progress from noise to data on the horizontal axis."""
    some = slice(None) if panel.large else slice(None, None, 2)
    z, x_hat = few(scene.z)[some], few(shot["samples"][0])[some]
    panel.two_sides(scene)
    if scene.exact_path is not None:
        panel.lines("exact", over_time(scene.exact_path[:, some]), "exact", width=0.7, alpha=0.75, still=True)
    if "path" in shot:
        panel.lines("path", over_time(shot["path"][:, some]), "coupling_infer", width=1.1, alpha=0.8)
    if jump:
        panel.lines("jump", between(at(0, z), at(1, x_hat)), "decode_line", width=0.7, alpha=0.6, zorder=1.5)
    panel.points("x", at(1.03, scene.x[::4]), "data_x", size=6, still=True)
    panel.points("z", at(0, z), "prior_z", still=True)
    panel.points("x_hat", at(1, x_hat), "output_x_hat")
    panel.side_density("density", shot["samples"][0], scene, "output_x_hat")


def _trajectories_2d(panel, scene, shot, jump):
    """The plane of noise and data at equal scale."""
    n = 128 if panel.large else 80
    panel.plane(scene)
    if scene.exact_path is not None:
        panel.lines("exact", scene.exact_path[:, :n].transpose(1, 0, 2), "exact", width=0.6, alpha=0.6, still=True)
    if "path" in shot:
        panel.lines("path", shot["path"][:, :n].transpose(1, 0, 2), "coupling_infer", width=0.9, alpha=0.75)
    if jump:
        ends = between(scene.z[: n // 2], shot["samples"][0][: n // 2])
        panel.lines("jump", ends, "decode_line", width=0.8, alpha=0.7, zorder=1.5)
    panel.points("x", scene.x, "data_x", size=6, still=True, alpha=0.55, zorder=1)
    panel.points("z", scene.z[:n], "prior_z", size=7, still=True)
    panel.points("x_hat", shot["samples"][0], "output_x_hat", size=7)


def _samples_1d(panel, scene, shot):
    x = np.linspace(*scene.limits[0], 200)
    exact = np.exp(scene.target.log_prob(x))
    panel.limits(scene.limits[0], (0, 1.45 * exact.max()))
    panel.columns(scene.stage, x=0, density=True)
    panel.fill("exact density", x, exact, "data_x")
    for seed, points in enumerate(shot["samples"]):
        first = seed == 0
        panel.curve(
            f"seed {seed}",
            x,
            kernel_density(points, x),
            "output_x_hat",
            width=1.8 if first else 0.8,
            alpha=1 if first else 0.35,
        )


def _samples_2d(panel, scene, shot):
    panel.plane(scene, rings=False)
    panel.points("x_hat", shot["samples"][0], "output_x_hat", size=9, alpha=0.8)


def map_1d(panel, scene, shot, one_step=None):
    """Where the model takes z, and where it should: the exact map, or the mean; nothing if no map is its own."""
    z = np.linspace(-3.3, 3.3, 200)
    panel.limits((-3.3, 3.3), scene.limits[0])
    panel.columns(scene.stage, y=0)
    if scene.exact == "flow":
        exact = transport_map_1d(ExactFlow(scene.target).source, scene.target, z)
        panel.curve("exact", z, exact, "exact", width=1.2, still=True)
    elif scene.exact == "mean":
        panel.curve("exact", z, np.full_like(z, scene.target.mean[0]), "exact", width=1.2, still=True)
    if one_step is not None:
        panel.curve("one step", scene.z[:, 0], one_step[:, 0], "decode_line", width=1.8)
    panel.curve(
        "model",
        scene.z[:, 0],
        shot["samples"][0][:, 0],
        "coupling_infer" if one_step is not None else "decode_line",
        width=1.8,
    )


def _inverse_map_1d(panel, scene, encoded):
    """Where the model takes the data x, against the exact inverse map to the noise."""
    x = np.linspace(*scene.limits[0], 200)
    order = np.argsort(scene.x[:, 0])
    panel.limits(scene.limits[0], (-3.6, 3.6))
    panel.columns(scene.stage, x=0)
    if scene.exact == "flow":
        exact = transport_map_1d(scene.target, ExactFlow(scene.target).source, x)
        panel.curve("exact", x, exact, "exact", still=True)
    panel.curve("encoded", scene.x[order, 0], encoded[order, 0], "encode_line", width=1.8)


def _one_step_2d(panel, scene, shot, ends=None):
    """Straight from each noise point to where a single step takes it."""
    panel.plane(scene)
    ends = shot["samples"][0] if ends is None else ends
    panel.lines("jump", between(scene.z[:128], ends[:128]), "decode_line", width=0.8, alpha=0.6)
    panel.points("z", scene.z[:128], "prior_z", size=7, still=True)
    panel.points("x_hat", ends[:128], "output_x_hat", size=8)


def _encode_2d(panel, scene, encoded):
    panel.plane(scene)
    panel.lines("encode", between(scene.x[:96], encoded[:96]), "encode_line", width=0.8, alpha=0.5)
    panel.points("x", scene.x[:96], "data_x", size=7, still=True)
    panel.points("z_hat", encoded, "latent_z_hat", size=8)


def encode(panel, scene, shot):
    """Where one step takes the data: in 1D against the exact inverse map; in 2D it should look like the prior."""
    (_inverse_map_1d if scene.dim == 1 else _encode_2d)(panel, scene, shot["encoded"])


def pairings_2d(panel, scene, shot):
    """Which sample belongs to which noise point: learnt (pink), and by the exact map, if it is the model's (broad)."""
    z, x_hat = scene.z[:96], shot["samples"][0][:96]
    panel.plane(scene)
    if scene.exact_path is not None:
        panel.lines("exact", between(z, scene.exact_path[-1][:96]), "exact", width=2.8, alpha=0.2, still=True)
    panel.lines("learnt", between(z, x_hat), "decode_line", width=0.8, alpha=0.7)
    panel.points("z", z, "prior_z", size=7, still=True)
    panel.points("x_hat", x_hat, "output_x_hat", size=8)


def training_pairs(panel, scene, shot):
    """What a model is trained on: noise and data as its batches pair them, joined by straight lines."""
    z, x = scene.pairs
    if scene.dim == 1:
        panel.two_sides(scene)
        z, x = at(0, z[::2]), at(1, x[::2])
    else:
        panel.plane(scene)
        z, x = z[:96], x[:96]
    panel.lines("coupling", between(z, x), "coupling_train", width=0.7, alpha=0.4, still=True)
    panel.points("z", z, "prior_z", size=7, still=True)
    panel.points("x", x, "data_x", size=7, still=True)


def loss(panel, scene, shot):
    """Mean loss over seeds and its standard deviation, smoothed; dashed the least possible loss, if it is known."""
    losses = scene.run.history["loss"].numpy()
    if panel.is_new("loss") and np.isfinite(losses).any():
        epochs, mean, sd = smoothed_loss(scene.run)
        low, high = np.nanpercentile(losses, [0, 99])
        if low > 0 and high / low > 30:
            panel.axes.set_yscale("log")
            panel.limits((0, len(losses)), (low / 1.5, high * 1.5))
        else:
            margin = 0.15 * (high - low) + 1e-9
            panel.limits((0, len(losses)), (np.fmin(low, scene.floor) - margin, high + margin))
        panel.band("sd", epochs, np.maximum(mean - sd, low / 2), mean + sd, "plain")
        panel.curve("mean", epochs, mean, "plain", still=True)
        panel.axes.set_xlabel("epoch", fontsize=10, labelpad=1)
        if np.isfinite(scene.floor):
            panel.axes.axhline(scene.floor, color="black", ls="--", lw=1.2)
            note = f"dashed: exact floor {scene.floor:.3g}"
            panel.text("floor", 0.98, 0.97, note, size=10, still=True, ha="right", va="top")
    panel.curve("now", [shot["epoch"]] * 2, panel.axes.get_ylim(), "plain", width=0.8, alpha=0.5)

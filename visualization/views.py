"""Panels that several models share. Each is a drawing function (panel, scene, shot), made of a panel's verbs."""

import numpy as np
from matplotlib.ticker import NullFormatter

from data.exact import transport_map_1d
from evaluation.evaluate import with_decoder_noise
from evaluation.labels import number
from evaluation.reference import MAPS
from evaluation.summary import over_seeds, recorded, smoothed_loss, spike
from visualization.panel import arcs, at, between, kernel_density, over_time

BEHIND = {"fc": "white", "ec": "none", "alpha": 0.75, "pad": 1}  # words that lie on a curve
LINES = 40  # at most in a panel, or they make moire
RIDGES = (0.25, 0.5, 0.75)  # progress at which 1D shows the density on the way

# ---- basic models: two spaces and the lines between them ---------------------------------------------------------


def some(points, n=LINES):
    """The n points (n, D) whose lines are drawn: evenly of the sorted noise in 1D, the first ones in 2D."""
    if points.shape[-1] > 1:
        return points[:n]
    return points[np.linspace(0, len(points) - 1, min(n, len(points)) + 2).round().astype(int)[1:-1]]


def spaces(panel, scene, left):
    """The two spaces of a decoder: the edges of the panel in 1D, two islands in 2D."""
    panel.two_sides(scene, left) if scene.dim == 1 else panel.islands(scene, left)


def left(scene, z):
    """Points (N, 2) of the panel for noise z (N, D)."""
    return at(0, z) if scene.dim == 1 else z + np.array(scene.stage.islands[0])


def right(scene, x):
    """Points (N, 2) of the panel for data x (N, D)."""
    return at(1, x) if scene.dim == 1 else x + np.array(scene.stage.islands[1])


def round_trip(panel, scene, shot):
    """Encode x to z_hat, decode z_hat to x_hat; z_hat stands against the prior, generated samples against the data."""
    (_round_trip_1d if scene.dim == 1 else _round_trip_2d)(panel, scene, shot)
    words = f"{'reconstruction' if panel.large else 'rec.'} error {number(over_seeds(shot['reconstruction_error'])[0])}"
    if "kl" in shot:
        words += f" · KL {number(over_seeds(shot['kl'])[0])}{' nats' if panel.large else ''}"
    panel.footnote(words)


def _round_trip_1d(panel, scene, shot):
    """Three columns, so that the lines there and back do not lie on each other: data, latent, data again."""
    panel.three_columns(scene)
    x, z_hat, x_hat = at(0, scene.x), at(1, scene.latent_scale * shot["latent"]), at(2, shot["reconstruction"])
    few = slice(None, 8 * LINES if panel.large else 4 * LINES, 8)
    panel.lines("encode", between(x[few], z_hat[few]), "encode_line", width=0.9, alpha=0.75)
    panel.lines("decode", between(z_hat[few], x_hat[few]), "decode_line", width=0.9, alpha=0.75)
    panel.points("x", x[few], "data_x", still=True)
    panel.points("z_hat", z_hat[few], "latent_z_hat")
    panel.points("x_hat", x_hat[few], "output_x_hat")
    panel.column_density("z_hat density", 1, shot["latent"], scene, "latent_z_hat")
    panel.side_density("x_hat density", shot["samples"][0], scene, "output_x_hat", at=2)


def _round_trip_2d(panel, scene, shot):
    """Two islands; the lines bend to one side on the way there and to the other on the way back."""
    panel.islands(scene, "latent")
    x, x_hat = right(scene, scene.x), right(scene, shot["reconstruction"])
    z_hat, n = left(scene, scene.latent_scale * shot["latent"]), LINES if panel.large else LINES // 2
    panel.lines("encode", arcs(x[:n], z_hat[:n], 0.12), "encode_line", width=0.9, alpha=0.75)
    panel.lines("decode", arcs(z_hat[:n], x_hat[:n], 0.12), "decode_line", width=0.9, alpha=0.75)
    panel.points("x", x, "data_x", alpha=0.6, still=True, zorder=3)
    panel.points("z_hat", z_hat, "latent_z_hat")
    panel.points("x_hat", x_hat, "output_x_hat")


def encoder_panels(main):
    """The PICTURE of an encoder; main: the title of its round trip."""
    first, loss_panel = {main: round_trip, "Prior samples, decoded": generation}, {"Loss": loss}
    first |= {"Encoded data and the prior": latents}
    return {1: first | {"Decoder: where it takes z": map_1d} | loss_panel, 2: first | loss_panel}


def generation(panel, scene, shot):
    """Prior samples and where the decoder takes them; of a VAE also draws from its likelihood, which has a width."""
    means, variance = shot["samples"][0], scene.run.model.likelihood_variance
    if scene.dim == 2:
        _samples_2d(panel, scene, shot)
        if variance:
            panel.points("draws", with_decoder_noise(means[None], variance)[0], "draw_x", alpha=0.55, zorder=3)
        return
    panel.two_sides(scene, "prior z")
    z, x_hat = left(scene, some(scene.z, 24)), right(scene, some(means, 24))
    panel.lines("inference", between(z, x_hat), "coupling_infer", width=0.8, alpha=0.6)
    panel.points("z", z, "prior_z", still=True)
    panel.points("x_hat", x_hat, "output_x_hat")
    panel.side_density("density", means, scene, "output_x_hat")
    if variance:
        panel.side_density("draws", means, scene, "draw_x", bandwidth=np.sqrt(variance))  # exact, not estimated


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
    panel.label("latent ẑ", "density")
    panel.fill("prior", z, prior, "prior_z")
    panel.curve("z_hat", z, kernel_density(shot["latent"], z), "latent_z_hat")


# ---- from noise to data ------------------------------------------------------------------------------------------


def flow_panels(main, last, second=None):
    """The PICTURE of a flow: main is the title of its trajectories, `last` its own panels.

    second: what 2D shows in the place of the step from each z and the points halfway.
    """
    rest = last | {"Excess error": excess, "Loss": loss}
    maps = {"Map of the noise": map_1d, "Map minus the exact map": residual}
    second = second or {"One step, from each z": one_step_2d, "Halfway, s = 0.5": halfway_2d}
    return {
        1: {main: trajectories, "Samples of every seed": samples} | maps | rest,
        2: {main: trajectories, "Samples": samples} | second | rest,
    }


def generator_panels(main, last):
    """The PICTURE of a map from noise to data that is no flow: main is the title of where it takes the noise."""
    first, rest = {main: trajectories, "Samples of every seed": samples}, last | {"Loss": loss}
    return {
        1: first | {"Map of the noise": map_1d, "Map minus the exact map": residual} | rest,
        2: {main: trajectories, "Samples": samples, "One step, from each z": one_step_2d} | rest,
    }


def trajectories(panel, scene, shot):
    """Learnt paths, on them (broad) the exact ones of the same noise; the single step of some, if one is all."""
    (_trajectories_1d if scene.dim == 1 else _trajectories_2d)(panel, scene, shot, scene.steps == 1)


def samples(panel, scene, shot):
    """Samples against the exact density: in 1D the density of every seed, in 2D points of the first."""
    (_samples_1d if scene.dim == 1 else _samples_2d)(panel, scene, shot)


def _trajectories_1d(panel, scene, shot, jump):
    """Progress from noise to data on the horizontal axis, over the exact density on the way."""
    every = 3 if panel.large else 5  # of the 80 that are recorded
    panel.two_sides(scene)
    if scene.exact == "flow":
        panel.densities(scene.stage)
    if scene.exact_path is not None:
        panel.lines("exact", over_time(scene.exact_path[:, ::every]), "exact", still=True)
    if "path" in shot:
        path = shot["path"]
        panel.lines("path", over_time(path[:, ::every]), "coupling_infer", width=1.1, alpha=0.9)
        for s in RIDGES if panel.large else ():
            panel.ridge(s, path[round(s * (len(path) - 1))], scene)
    z, x, x_hat = (some(points, 80)[::every] for points in (scene.z, np.sort(scene.x, 0), shot["samples"][0]))
    if jump:
        panel.lines("jump", between(at(0, z[1::4]), at(1, x_hat[1::4])), "decode_line", width=1.0, alpha=0.9)
    panel.points("x", at(1.03, x), "data_x", still=True)
    panel.points("z", at(0, z), "prior_z", still=True)
    panel.points("x_hat", at(1, x_hat), "output_x_hat")
    panel.side_density("density", shot["samples"][0], scene, "output_x_hat")


def _trajectories_2d(panel, scene, shot, jump):
    """The plane of noise and data at equal scale."""
    n = 64 if panel.large else 32
    panel.plane(scene)
    if scene.exact_path is not None:
        panel.lines("exact", scene.exact_path[:, :n].transpose(1, 0, 2), "exact", still=True)
    if "path" in shot:
        panel.lines("path", shot["path"][:, :n].transpose(1, 0, 2), "coupling_infer", width=1.1, alpha=0.9)
    if jump:
        ends = between(scene.z[: n // 4], shot["samples"][0][: n // 4])
        panel.lines("jump", ends, "decode_line", width=1.0, alpha=0.9, zorder=2.5)
    panel.points("x", scene.x[:128], "data_x", still=True, alpha=0.5, zorder=1)
    panel.points("z", scene.z[:n], "prior_z", still=True)
    panel.points("x_hat", shot["samples"][0][: 256 if panel.large else 128], "output_x_hat")


def _samples_1d(panel, scene, shot):
    """The kernel density of every seed's samples; what is too high for the panel is said."""
    x = np.linspace(*scene.limits[0], 200)
    exact, highest = np.exp(scene.target.log_prob(x)), 0
    top = 1.6 * exact.max()
    panel.limits(scene.limits[0], (0, top))
    panel.label("x", "density")
    panel.columns(scene.stage, x=0, density=True)
    panel.fill("exact density", x, exact, "data_x")
    for seed, points in enumerate(shot["samples"]):
        look = {"width": 1.8, "alpha": 1} if seed == 0 else {"width": 0.8, "alpha": 0.4}
        density = kernel_density(points, x)
        highest = max(highest, density.max())
        panel.curve(f"seed {seed}", x, density, "output_x_hat", **look)
    cut = f"cut: up to {number(highest, 2)}" if highest > top else ""
    panel.text("cut", 0.98, 0.97, cut, size=9.5, ha="right", va="top")


def _samples_2d(panel, scene, shot):
    panel.plane(scene, rings=False)
    panel.points("x_hat", shot["samples"][0], "output_x_hat", alpha=0.85)


def halfway_2d(panel, scene, shot):
    """2D: the learnt points at s = .5, on the exact density there if it is the model's own."""
    panel.limits(*scene.limits, [], [], equal=True)
    panel.columns(scene.stage, x=0, y=1)
    if panel.is_new("halfway") and scene.exact == "flow":
        panel.hills(scene.stage.halfway)
    path = shot["path"]
    panel.points("points", path[(len(path) - 1) // 2], "coupling_infer", alpha=0.85)


def map_1d(panel, scene, shot):
    """Where the model takes z, and where it should: the exact map, or the mean; nothing if no map is its own."""
    panel.limits(scene.stage.noise_limits, scene.limits[0])
    panel.label("noise z" if scene.is_flow else "z", "x̂")
    panel.columns(scene.stage, y=0)
    z = np.linspace(*scene.stage.noise_limits, 200)
    if scene.exact in MAPS:
        panel.curve("exact", z, _exact_map(scene, z), "exact", still=True)
    elif scene.exact == "mean":
        panel.curve("exact", z, np.full_like(z, scene.target.mean[0]), "exact", still=True)
    for name, ends, meaning in _maps(scene, shot):
        panel.curve(name, scene.z[:, 0], ends, meaning, width=1.8)


def _exact_map(scene, z):
    return transport_map_1d(scene.stage.flow.source, scene.target, z)


def _maps(scene, shot):
    """The learnt maps of a 1D model, (name, ends (N,), meaning): of all its evaluations, and of one if that differs."""
    samples = shot["samples"][0][:, 0]
    if "one_step" not in shot:
        return [("model", samples, "decode_line" if scene.steps == 1 else "coupling_infer")]
    return [("one step", shot["one_step"][:, 0], "decode_line"), ("model", samples, "coupling_infer")]


def residual(panel, scene, shot):
    """1D: the learnt maps minus the exact one, on an axis that is linear up to .1 and logarithmic beyond."""
    if scene.exact not in MAPS:
        return nothing(panel, "no exact map is its own")
    panel.limits(scene.stage.noise_limits, (-5, 5))
    if panel.is_new("scale"):
        panel.axes.set_yscale("symlog", linthresh=0.1, linscale=1.0)
        panel.axes.set_yticks([-1, -0.1, 0, 0.1, 1], ["−1", "−0.1", "0", "0.1", "1"])
        panel.axes.minorticks_off()
        panel.axes.set_ylim(-5, 5)
    panel.label("noise z", "x̂ − T(z)")
    panel.curve("exact", np.array(scene.stage.noise_limits), np.zeros(2), "exact", still=True)
    exact = _exact_map(scene, scene.z[:, 0])
    for name, ends, meaning in _maps(scene, shot):
        panel.curve(name, scene.z[:, 0], ends - exact, meaning, width=1.5)


def nothing(panel, why):
    """An empty panel that says why."""
    if panel.is_new("nothing"):
        panel.axes.set_axis_off()
        panel.text("why", 0, 0.9, why, size=10, still=True)


def _inverse_map_1d(panel, scene, encoded):
    """Where the model takes the data x, against the exact inverse map to the noise."""
    x = np.linspace(*scene.limits[0], 200)
    order = np.argsort(scene.x[:, 0])
    panel.limits(scene.limits[0], (-3.6, 3.6))
    panel.label("data x", "ẑ")
    panel.columns(scene.stage, x=0)
    if scene.exact in MAPS:
        exact = transport_map_1d(scene.target, scene.stage.flow.source, x)
        panel.curve("exact", x, exact, "exact", still=True)
    panel.curve("encoded", scene.x[order, 0], encoded[order, 0], "encode_line", width=1.8)


def one_step_2d(panel, scene, shot):
    """Straight from each noise point to where a single step takes it."""
    panel.plane(scene)
    ends = shot.get("one_step", shot["samples"][0])
    panel.lines("jump", between(scene.z[:64], ends[:64]), "decode_line", width=0.9, alpha=0.7)
    panel.points("z", scene.z[:64], "prior_z", still=True)
    panel.points("x_hat", ends[:128], "output_x_hat")


def _encode_2d(panel, scene, encoded):
    panel.plane(scene)
    panel.lines("encode", between(scene.x[:48], encoded[:48]), "encode_line", width=0.9, alpha=0.6)
    panel.points("x", scene.x[:48], "data_x", still=True)
    panel.points("z_hat", encoded[:128], "latent_z_hat")


def encode(panel, scene, shot):
    """Where one step takes the data: in 1D against the exact inverse map; in 2D it should look like the prior."""
    (_inverse_map_1d if scene.dim == 1 else _encode_2d)(panel, scene, shot["encoded"])


def exact_pairs_2d(panel, scene, shot):
    """The same by the exact map of the same noise, if it is the model's own."""
    panel.plane(scene)
    if scene.exact_path is not None:
        z, x = scene.z[:64], scene.exact_path[-1][:64]
        panel.lines("exact", between(z, x), "exact", still=True)
        panel.points("z", z, "prior_z", still=True)
        panel.points("ends", x, "exact", still=True)


def training_pairs(panel, scene, shot):
    """What a model is trained on: noise and data as its batches pair them, joined by straight lines."""
    z, x = scene.pairs
    if scene.dim == 1:
        panel.two_sides(scene)
        z, x = at(0, z[:: len(z) // LINES]), at(1, x[:: len(x) // LINES])
    else:
        panel.plane(scene)
        z, x = (points[: 2 * LINES][panel.inside(z, x)[: 2 * LINES]] for points in (z, x))
    panel.lines("coupling", between(z, x), "coupling_train", width=1.0, alpha=0.8, still=True)
    panel.points("z", z, "prior_z", still=True)
    panel.points("x", x, "data_x", still=True)


# ---- how the training went -----------------------------------------------------------------------------------------


def excess(panel, scene, shot):
    """E|v - v_exact|² of a flow: its least value is 0, whatever the floor of its loss."""
    if "excess_error" not in scene.run.snapshots:
        return nothing(panel, "the exact field is not its own answer")
    epochs, mean, sd = recorded(scene.run, "excess_error")
    history(panel, np.maximum(epochs, 0.7), mean, sd)  # the untrained model, left of epoch 1
    panel.label("epoch", "E|v − v_exact|²")
    _now(panel, shot)


def loss(panel, scene, shot):
    """Mean loss over seeds and its standard deviation, smoothed; dashed that of the exact answer, if it is known."""
    losses = scene.run.history["loss"].numpy()
    if np.isfinite(losses).any():
        history(panel, *smoothed_loss(scene.run), scene.floor, spike(scene.run))
        panel.label("epoch", "loss")
    _now(panel, shot)


def history(panel, epochs, mean, sd, floor=np.nan, spike=None):
    """A curve over epochs with its band; a logarithmic axis if it spans a decade.

    spike: see `summary.spike`; one that is far above the rest is cut, and said, so that it does not flatten the curve.
    """
    if not panel.is_new("history"):
        return
    usual, cut = mean > 0, False
    if spike:
        rest = usual & ~((epochs > 0.9 * spike[0]) & (epochs < 1.15 * spike[0]))
        cut = rest.any() and np.nanmax(mean) > 4 * mean[rest].max()
        usual = rest if cut else usual
    low, high = (mean[usual].min(), mean[usual].max()) if usual.any() else (1, 1)
    far = floor > 3 * high
    ends = [low, high, *([floor] if floor > 0 and not far else [])]
    span, margin = (0.6, 1.05 * max(epochs[-1], 2)), 0.2 * (max(ends) - min(ends)) + 1e-9
    panel.axes.set_xscale("log")
    if high > 10 * low:
        panel.axes.set_yscale("log")
        panel.limits(span, (min(ends) / 1.5, max(ends) * 2.5))
    else:
        panel.limits(span, (min(ends) - margin, max(ends) + 1.6 * margin))
    panel.axes.xaxis.set_minor_formatter(NullFormatter())
    panel.axes.yaxis.set_minor_formatter(NullFormatter())
    panel.band("sd", epochs, np.maximum(mean - sd, low / 2), mean + sd, "plain")
    panel.curve("mean", epochs, mean, "plain", still=True)
    notes = []
    if np.isfinite(floor):
        notes.append(f"{'' if floor == 0 else 'beyond: ' if far else 'dashed: '}exact answer {number(floor)}")
        if floor > 0 and not far:
            panel.axes.axhline(floor, color="black", ls="--", lw=1.2)
    if cut:
        notes.append(f"cut: {number(spike[2])} in epoch {spike[0]}, seed {spike[1]}")
    panel.text("note", 0.98, 0.97, "\n".join(notes), size=9.5, still=True, ha="right", va="top", bbox=BEHIND, zorder=8)


def _now(panel, shot):
    """Where in the training a frame is."""
    panel.curve("now", [max(shot["epoch"], 0.7)] * 2, panel.axes.get_ylim(), "plain", width=0.8, alpha=0.5)

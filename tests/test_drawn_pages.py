"""What the pages draw: curves, points, arrows, images and words are read back from the artists.

The exact answers are computed here in another way than in the code that draws them.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from matplotlib.collections import LineCollection
from matplotlib.quiver import Quiver
from scipy.stats import norm

from commands.config import Config
from data.exact import ExactFlow
from data.synthetic import target
from evaluation.evaluate import evaluate
from evaluation.labels import evaluations, number, plus_minus
from evaluation.metrics import sliced_w2
from evaluation.reference import Reference
from models import MODELS, model_class
from models.base import Flow, MeanVelocity
from models.source import group, title
from training.runs import train
from visualization.pages import (
    adaptive,
    critic,
    densities,
    drift,
    fields,
    gap,
    identities,
    losses,
    maps,
    scoreboard,
    sde,
    steps,
)

TINY = Config(epochs=4, n_samples=60, batch_size=20, hidden=(8,), n_seeds=2, viz_freq=2)
WEIGHTS, MEANS, SDS = np.array([0.7, 0.3]), np.array([-2.0, 2.0]), np.array([0.8, 0.6])  # of two_gaussians_1d
FLOWS = group("flows")
INDEPENDENT = [
    name for name in FLOWS if model_class(name).exact == "flow" and "independent" in model_class(name).couplings
]


@pytest.fixture(params=[1, 2])
def runs(request, evaluated):
    return [run for (_, dim), run in evaluated.items() if dim == request.param]


def values(run, measure, nfe):
    """The value of each seed, from the rows."""
    found = [row["value"] for row in run.measures["rows"] if (row["measure"], row["nfe"]) == (measure, nfe)]
    return np.array(found)


def velocity(x, s):
    """The exact velocity in 1D: E[x1 - x0 | x_s = x], by conditioning each Gaussian pair; x (N,)."""
    x = np.asarray(x)[..., None]
    variance = (s * SDS) ** 2 + (1 - s) ** 2
    likely = WEIGHTS * norm.pdf((x - s * MEANS) / np.sqrt(variance)) / np.sqrt(variance)
    each = MEANS + (s * SDS**2 - (1 - s)) / variance * (x - s * MEANS)
    return (likely * each).sum(-1) / likely.sum(-1)


def axes_titled(figure, start):
    (axes,) = [a for a in figure.axes if a.get_title(loc="left").replace("\n", " ").startswith(start)]
    return axes


def test_scoreboard(runs):
    (part,) = scoreboard.numbers(runs)
    figure = scoreboard.draw([part])
    board, masses = figure.axes[:2]
    names = [label.get_text() for label in board.get_yticklabels()]
    assert len(names) == len(runs) and set(names) == {title(name) for name in MODELS}
    assert part["floor"] == pytest.approx(Reference(runs[0].settings["dataset"]).floors["w2"])
    floors = [line.get_xdata()[0] for line in board.lines if line.get_linestyle() == "--"]
    assert floors == [pytest.approx(part["floor"])]
    words = [text.get_text() for text in board.texts]
    assert any(f"exact samples {number(part['floor'])}" in each for each in words)
    means = []
    for run in runs:
        w2 = values(run, "w2", run.model.steps)
        y = names.index(run.model.title)
        here = [
            line.get_xdata() for line in board.lines if len(set(line.get_ydata())) == 1 and line.get_ydata()[0] == y
        ]
        here = [np.asarray(x, float) for x in here if len(x) and line_is_finite(x)]
        assert any(np.allclose(x, w2) for x in here), "a mark per seed"
        assert any(len(x) == 1 and np.allclose(x, w2.mean()) for x in here), "and their mean"
        assert f"{plus_minus(w2.mean(), w2.std())}, {evaluations(run.model.steps)}" in words
        if (noisy := values(run, "w2_with_noise", run.model.steps)).size:
            assert any(len(x) == 1 and np.allclose(x, noisy.mean()) for x in here)
        widths = [bar.get_width() for bar in masses.patches if abs(bar.get_y() + bar.get_height() / 2 - y) < 0.01]
        expected = [values(run, f"mass_{k}", run.model.steps).mean() for k in range(2)]
        assert np.allclose(widths, expected)
        means.append((y, w2.mean()))
    assert [mean for _, mean in sorted(means)] == sorted(mean for _, mean in means), "the best one first"
    exact = [line.get_xdata()[0] for line in masses.lines if line.get_linestyle() == "--"]
    assert np.allclose(exact, np.cumsum(target(runs[0].settings["dataset"]).weights)[:-1])


def line_is_finite(x):
    return np.isfinite(np.asarray(x, float)).all()


def test_steps(runs):
    """Two samplers, two lines: each model's own on the left, the ODE of flows on the right."""
    figure = steps.draw(steps.numbers(runs))
    own, ode = figure.axes
    for run in runs:
        for axes, measure in ((own, "sliced_w2"), (ode, "ode_sliced_w2")):
            flow = run.settings["model"] in FLOWS
            if axes is ode and not flow:
                assert run.model.title not in [line.get_label() for line in ode.lines]
                continue
            name = measure if isinstance(run.model, MeanVelocity) else "sliced_w2"
            (line,) = [line for line in axes.lines if line.get_label() == run.model.title]
            nfe, mean = line.get_data()
            assert list(nfe[:3]) == ([1, 2, 4] if flow else [1]), "evaluations"
            assert np.allclose(mean, [values(run, name, int(n)).mean() for n in nfe])
    facm = next(run for run in runs if run.settings["model"] == "facm")
    assert values(facm, "sliced_w2", 8).mean() != pytest.approx(values(facm, "ode_sliced_w2", 8).mean())


def test_maps(runs):
    dim = runs[0].settings["dim"]
    figure, z = maps.draw(maps.numbers(runs)), Reference(runs[0].settings["dataset"]).z
    noise = torch.tensor(np.repeat(z[None], 2, 0), dtype=torch.float32)
    shown = [axes for axes in figure.axes if axes.get_title(loc="left")]
    known = [run for run in runs if run.model.exact in ("flow", "transport")]
    assert [axes.get_title(loc="left") for axes in shown] == [run.model.title for run in known]
    for axes, run in zip(shown, known, strict=True):
        error = values(run, "map_error", 1)
        assert axes.get_title(loc="right") == f"map error {plus_minus(error.mean(), error.std())}"
        with torch.no_grad():
            ends = (run.model.sample(noise, 1) if run.settings["model"] in FLOWS else run.model.generate(noise)).numpy()
        if dim == 1:
            curves = [line.get_xydata() for line in axes.lines]
            exact = curves[0]
            cdf = (WEIGHTS * norm.cdf((exact[:, 1:] - MEANS) / SDS)).sum(1)
            assert np.allclose(norm.cdf(exact[:, 0]), cdf, atol=1e-5), "the quantile map"
            assert all(any(np.allclose(curve[:, 1], seed[:, 0], atol=1e-5) for curve in curves) for seed in ends)
            rest = figure.axes[figure.axes.index(axes) + 1].lines
            missed = ends[0][:, 0] - exact[:, 1]
            assert any(np.allclose(line.get_ydata(), missed, atol=1e-5) for line in rest), "learnt minus exact"
        else:
            (lines,) = [
                c for c in axes.collections if isinstance(c, LineCollection) and len(c.get_segments()) == maps.SHOWN
            ]
            segments = np.array(lines.get_segments())
            exact = ExactFlow(target("two_gaussians")).flow_map(z[: maps.SHOWN], 0, 1)
            assert np.allclose(segments[:, 0], exact, atol=1e-4) and np.allclose(
                segments[:, 1], ends[0][: maps.SHOWN], atol=1e-4
            )


def test_fields_in_1d(evaluated):
    runs = [evaluated[name, 1] for name in INDEPENDENT]
    figure = fields.draw(fields.numbers(runs))
    (image,) = axes_titled(figure, "Exact velocity").images
    assert tuple(image.get_extent()[:2]) == (0, 1) and image.origin == "lower", "progress to the right, x upwards"
    exact = np.ma.filled(image.get_array(), np.nan)
    s, x = np.linspace(0, 1, exact.shape[1]), np.linspace(*image.get_extent()[2:], exact.shape[0])
    assert np.isfinite(exact).mean() > 0.4
    for j in (3, 30, 57):
        seen = np.isfinite(exact[:, j])
        assert np.allclose(exact[seen, j], velocity(x[seen], s[j]), atol=1e-6)
    for run in runs:
        (image,) = axes_titled(figure, f"{run.model.title} −").images
        miss = np.ma.filled(image.get_array(), np.nan)
        for j in (10, 45):
            t = run.model.noise_time + s[j] * (run.model.data_time - run.model.noise_time)
            points = torch.tensor(np.repeat(x[None, :, None], 2, 0), dtype=torch.float32)
            with torch.no_grad():
                learnt = run.model.velocity(points, t)[0, :, 0].numpy() * (run.model.data_time - run.model.noise_time)
            seen = np.isfinite(miss[:, j])
            assert np.allclose(miss[seen, j], (learnt - velocity(x, s[j]))[seen], atol=1e-4), "learnt minus exact"


def test_fields_in_2d(evaluated):
    runs = [evaluated[name, 2] for name in INDEPENDENT]
    figure, exact = fields.draw(fields.numbers(runs)), ExactFlow(target("two_gaussians"))
    planes = [axes for axes in figure.axes if any(isinstance(c, Quiver) for c in axes.collections)]
    assert len(planes) == 3 * len(runs)
    for i, axes in enumerate(planes):
        run, s = runs[i // 3], fields.TIMES[i % 3]
        truth, learnt = (c for c in axes.collections if isinstance(c, Quiver))
        points = np.stack([truth.X, truth.Y], 1)
        assert np.allclose(np.stack([truth.U, truth.V], 1), exact.velocity(points, s), atol=1e-9)
        direction = run.model.data_time - run.model.noise_time
        batch = torch.tensor(np.repeat(points[None], 2, 0), dtype=torch.float32)
        with torch.no_grad():
            v = direction * run.model.velocity(batch, run.model.noise_time + s * direction)[0].numpy()
        assert np.allclose(np.stack([learnt.U, learnt.V], 1), v, atol=1e-4)
        assert truth.scale == learnt.scale, "arrows of one scale"


def test_average_velocities(evaluated):
    """The square of MeanFlow holds the error of each jump, from s to the right, to r upwards."""
    run = evaluated["meanflow", 1]
    numbers = fields.numbers([run])
    (mesh,) = axes_titled(fields.draw(numbers), "MeanFlow, jumps").collections
    shown = np.asarray(mesh.get_array()).reshape(9, 9)
    flow = ExactFlow(target("two_gaussians_1d"))
    x = flow.marginal(0.25).sample(64, np.random.default_rng(7))
    exact = (flow.flow_map(x, 0.25, 0.875) - x) / 0.625
    t, r = 1 - 0.25, 1 - 0.875
    with torch.no_grad():
        jump = run.model.jump(torch.tensor(np.repeat(x[None], 2, 0), dtype=torch.float32), t, r)[0].numpy()
    assert shown[7, 2] == pytest.approx(np.square((jump - x) / 0.625 - exact).sum(1).mean(), rel=1e-3)


def test_losses(evaluated):
    run = train(replace(TINY, own=(("target", "conditional"),)).run_settings("fm", 1))
    run.measures["rows"] = evaluate(run)
    figure = losses.draw(losses.numbers([run]))
    error, loss = figure.axes
    assert np.allclose(error.lines[0].get_ydata(), run.snapshots["excess_error"].numpy().mean(1))
    floor = [line.get_ydata()[0] for line in loss.lines if line.get_linestyle() == "--"]
    assert floor == [pytest.approx(2.8273, abs=1e-3)], "the floor of flow matching in 1D, by quadrature"
    last = values(run, "excess_error", 0).mean()
    assert f"at the end {number(last)}, exact 0" in [text.get_text() for text in error.texts]


def test_adaptive():
    runs = [train(replace(TINY, adaptive_power=p).run_settings("fm", 1)) for p in (0.0, 1.0)]
    for run in runs:
        run.measures["rows"] = evaluate(run)
    figure = adaptive.draw(adaptive.numbers(runs))
    for run, p in zip(runs, ("0", "1"), strict=True):
        axes = axes_titled(figure, f"Flow matching, p = {p}")
        samples = run.snapshots["samples"][-1].numpy()
        for line, points in zip(axes.lines, samples, strict=True):
            x, y = line.get_data()
            assert np.allclose(y, norm.pdf((x[:, None] - points[:, 0]) / 0.15).mean(1) / 0.15, atol=1e-9)
        w2 = values(run, "w2", 100)
        assert plus_minus(w2.mean(), w2.std()) in axes.get_xlabel()
    chart = axes_titled(figure, "W2 against p")
    means = [values(run, "w2", 100).mean() for run in runs]
    assert any(np.allclose(line.get_xydata(), np.transpose([[0, 1], means])) for line in chart.lines)


def test_identities(runs):
    """The error of every pair of times, from the jumps themselves; a triangle of cells with its numbers."""
    numbers = identities.numbers(runs)
    expected = [run for run in runs if isinstance(run.model, MeanVelocity) and not run.model.to_data_only]
    assert list(numbers["models"]) == [run.model.title for run in expected]
    figure = identities.draw(numbers)
    for run in expected:
        found = numbers["models"][run.model.title]
        assert len(found) == 10 and all(s < r for s, r in found)
        reference = Reference(run.settings["dataset"])
        for x, (s, r), exact in zip(*reference.jumps(), strict=True):
            t, to = (run.model.noise_time + at * (run.model.data_time - run.model.noise_time) for at in (s, r))
            state = torch.tensor(np.repeat(x[None], 2, 0), dtype=torch.float32)
            u = (run.model.jump(state, t, to).detach().numpy() - x) / (r - s)
            assert found[s, r] == pytest.approx(np.square(u - exact).sum(-1).mean(), rel=1e-3)
        cells = axes_titled(figure, run.model.title)
        assert {text.get_text() for text in cells.texts} == {number(value, 2) for value in found.values()}
    assert identities.numbers([run for run in runs if run.settings["model"] == "fm"]) is None


def test_jumps_that_are_not_trained_are_hatched(evaluated):
    """Back to the noise for all but BackFlow, which inverts; of FACM also forward, but to the data."""
    runs = [evaluated[name, 1] for name in ("meanflow", "facm", "backflow")]
    figure = fields.draw(fields.numbers(runs))
    width = 1 / 8  # of a cell
    hatched = {}
    for run in runs:
        axes = axes_titled(figure, f"{run.model.title}, jumps")
        boxes = [patch.get_bbox().extents for patch in axes.patches if patch.get_hatch()]
        hatched[run.settings["model"]] = {
            (s, r)
            for s in range(9)
            for r in range(9)
            if any(x < s * width < to_x and y < r * width < to_y for x, y, to_x, to_y in boxes)
        }
    back = {(s, r) for s in range(9) for r in range(s)}
    assert hatched["meanflow"] == back and hatched["backflow"] == set()
    assert hatched["facm"] == back | {(s, r) for s in range(8) for r in range(s + 1, 8)}


def test_densities(runs):
    """KL is NLL minus that of the law; the exact curves are densities; scores are those of independent pairs."""
    runs = [run for run in runs if run.settings["model"] in ("ae", "vae", "fm", "otcfm", "nflow")]
    found = densities.numbers(runs)
    dim, points = found["dim"], found["points"]
    assert list(found["models"]) == [run.model.title for run in runs if run.settings["model"] in group("likelihood")]
    cell = np.prod([axis[1] - axis[0] for axis in found["axes"]])
    assert np.exp(found["exact"]).sum() * cell == pytest.approx(1, abs=0.01)
    for run in runs:
        if run.model.title not in found["models"]:
            continue
        each, nll = found["models"][run.model.title], values(run, "nll", 0)
        floor = next(row["floor"] for row in run.measures["rows"] if row["measure"] == "nll")
        assert each["kl"] == pytest.approx(((nll - floor).mean(), nll.std()), rel=1e-6)
        assert each["log_p"].shape == (2, len(points))
        known = isinstance(run.model, Flow) and run.model.exact == "flow" and dim == 1
        assert ("score" in each) == known
    figure = densities.draw(found)
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes]
    assert [title for title in titles if title and title != "Score"] == list(found["models"])


def test_from_ode_to_sde(runs):
    """Flows of independent pairs only; eta = 0 is Euler's method, and the exact velocity stands beside."""
    found = sde.numbers([run for run in runs if run.settings["model"] in ("fm", "otcfm", "ae")])
    assert list(found["models"]) == ["Flow matching"]
    run = next(run for run in runs if run.settings["model"] == "fm")
    reference = Reference(run.settings["dataset"])
    z = torch.tensor(reference.followed(sde.SAMPLES), dtype=torch.float32).expand(2, -1, -1)
    with torch.no_grad():
        ends = run.model.sample(z, 8)[:1].numpy()
    assert found["models"]["Flow matching"][0.0, 8] == pytest.approx(sliced_w2(ends, reference.target)[0], rel=1e-4)
    assert found["exact"][0.0, 128] < 0.1
    lines = {line.get_label() for line in sde.draw(found).axes[-1].lines}
    assert {"exact velocity", "Flow matching"} <= lines
    assert set(found["paths"]) == set(found["exact_paths"]) == set(sde.FILM) >= set(sde.SHOWN)
    some = torch.tensor(found["exact_paths"][0.0][0], dtype=torch.float32).numpy()
    ends = reference.exact.flow_map(some, 0, 1)
    assert np.median(np.abs(found["exact_paths"][0.0][-1] - ends)) < 0.02, "η = 0 is the ODE"
    figures = list(sde.film(found))
    (mark,) = [line for line in figures[-1].axes[-1].lines if line.get_marker() == "o"]
    assert len(figures) == len(sde.FILM) and mark.get_xdata()[0] == sde.FILM[-1]
    assert sde.numbers([run for run in runs if run.settings["model"] == "ae"]) is None


def test_the_critic_and_the_density_of_samples(runs):
    """q is the density of the generator's samples: its mass, its cells by counting, and its picture; in 2D nothing."""
    found = critic.numbers(runs)
    if runs[0].settings["dim"] == 2:
        assert found is None
        return
    (run,) = (run for run in runs if run.settings["model"] == "gan")
    (each,) = found["models"].values()
    x, step = found["x"], found["x"][1] - found["x"][0]
    z = np.random.default_rng(0).standard_normal((1, 200_000, 1)).astype("float32")
    samples = np.sort(run.model.generate(z.repeat(2, 0))[0, :, 0])
    inside = np.searchsorted(samples, [x[0] - step / 2, x[-1] + step / 2])
    assert each["q"].sum() * step == pytest.approx((inside[1] - inside[0]) / len(samples), abs=5e-3)
    counted = np.diff(np.searchsorted(samples, x[::10] - step / 2)) / len(samples)
    assert np.add.reduceat(each["q"] * step, range(0, 290, 10))[:29] == pytest.approx(counted, abs=5e-3)
    assert each["w2"] != each["last"] and len(critic.draw(found).axes) == 2


def test_the_critics_two_w2_are_measured_on_one_sample():
    """If the last weights are the averaged ones, they are one number, whatever --w2-points says."""
    run = train(replace(TINY, weights="last", w2_points=64).run_settings("gan", 1))
    run.measures["rows"] = evaluate(run)
    (each,) = critic.numbers([run])["models"].values()
    assert each["last"] == pytest.approx(each["w2"], rel=1e-6)


def test_free_particles(runs):
    """They follow the model's own field, and come nearer to the data from every start."""
    found = drift.numbers(runs)
    (starts,) = found["models"].values()
    for each in starts.values():
        assert set(each["shown"]) == set(drift.FILM) >= set(drift.STEPS) and each["w2"][-1] < 0.6 * each["w2"][0]
    drawn = drift.draw(found)
    assert len(drawn.axes) == 3 * (len(drift.STEPS) + 1)
    assert drift.numbers([run for run in runs if run.settings["model"] == "fm"]) is None
    figures = list(drift.film(found))
    assert len(figures) == len(drift.FILM) and all(len(figure.axes) == 3 for figure in figures)
    if runs[0].settings["dim"] == 2:
        (dots,) = (mark for mark in figures[-1].axes[0].collections if len(mark.get_offsets()) == 256)
        assert np.allclose(dots.get_offsets(), next(iter(starts.values()))["shown"][drift.STEPS[-1]])


def test_the_page_of_the_gap(evaluated):
    """Lines are the exact fixed points, marks what was learnt; without runs of several gaps there is no page."""
    run, found = evaluated["consistency", 1], []
    assert gap.numbers([run]) is None
    for size in (0.2, 0.05):
        for kind in ("conditional", "marginal"):
            changed = run.settings | {"gap": size, "target": kind}
            found.append(replace(run, settings=changed))
    numbers = gap.numbers(found)
    assert {kind: set(each) for kind, each in numbers["models"].items()} == {key: {0.05, 0.2} for key in gap.KINDS}
    assert numbers["theory"]["conditional"][0.2] == pytest.approx(0.721, abs=1e-3)
    (axes,) = gap.draw(numbers).axes
    exact = [line.get_ydata() for line in axes.lines if line.get_label() == "single pairs: exact fixed point"]
    assert np.allclose(exact[0], [*numbers["theory"]["conditional"].values()])

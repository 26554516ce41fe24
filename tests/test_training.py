"""The loop, the runs and their files."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from commands.config import Config
from commands.jobs import Train
from commands.work import obtain, save
from data import Failure
from data.synthetic import noise, samples, target
from evaluation.labels import number
from evaluation.metrics import sliced_w2
from models import MODELS, model_class
from training.checkpoint import BadRun
from training.runs import build, load, train
from training.settings import run_file
from training.snapshots import first_weights
from training.trainer import Trainer, flatten, layers
from visualization.explorer.payload import losses
from visualization.pages import losses as losses_page

TINY = Config(epochs=3, n_samples=20, batch_size=8, hidden=(8,), n_seeds=2, viz_freq=2)


def trainer(name="fm", dim=1, seeds=(0, 1), n=20, data=None, **options):
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    if data is None:
        data = torch.tensor(samples(target("two_gaussians_1d" if dim == 1 else "moons"), n, seeds), dtype=torch.float32)
    return Trainer(model_class(name)(dim, (8, 8), generators), data, generators, batch_size=8, **options)


def same(a, b):
    """Equal to the bit, through dicts and lists."""
    if torch.is_tensor(a):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def test_one_step_is_adam_on_the_mean_loss():
    """The loop against torch.optim.Adam on an ordinary module, fed the same batch."""
    t = trainer()
    model = model_class("fm")(1, (8, 8), [torch.Generator().manual_seed(seed) for seed in (0, 1)])
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    g = torch.Generator().manual_seed(3)
    for _ in range(3):
        x, z, time = (
            torch.randn(2, 8, 1, generator=g),
            torch.randn(2, 8, 1, generator=g),
            torch.rand(2, 8, 1, generator=g),
        )
        error = t._step(x, z, time)
        loss = model.loss(x, z, time)
        assert torch.allclose(error, loss, rtol=1e-5)
        adam.zero_grad()
        loss.mean(1).sum().backward()
        adam.step()
    for p, q in zip(t.model.parameters(), model.parameters(), strict=True):
        assert torch.allclose(p, q, atol=1e-6)


def test_an_epoch_sees_every_sample_once():
    t = trainer(n=20)
    t.model.target = "conditional"
    seen = []
    t._step = lambda x, z, *times: seen.append((x, z, *times)) or torch.zeros(2, x.shape[1])
    t.epoch()
    assert [x.shape[1] for x, *_ in seen] == [8, 8, 4]
    x = torch.cat([x for x, *_ in seen], 1)
    assert torch.equal(x.sort(1).values, t.data.sort(1).values) and not torch.equal(x, t.data)


@pytest.mark.parametrize("name", MODELS)
def test_a_seed_draws_the_same_alone_and_among_five(name):
    five, alone = trainer(name, 2, seeds=range(5)), trainer(name, 2, seeds=[3])
    assert torch.equal(five.data[3], alone.data[0])
    assert torch.equal(five.weights.new_tensor(0), alone.weights.new_tensor(0))
    for _ in range(2):
        for a, b in zip(five._draw(), alone._draw(), strict=True):
            assert torch.equal(a[3], b[0])


@pytest.mark.parametrize("name", MODELS)
def test_a_seed_learns_the_same_alone_and_among_five(name):
    """Up to rounding: with another number of seeds, sums may have another order."""
    five, alone = trainer(name, 1, seeds=range(5)), trainer(name, 1, seeds=[3])
    for _ in range(3):
        five.epoch(), alone.epoch()
    for p, q in zip(five.averaged.parameters(), alone.averaged.parameters(), strict=True):
        assert torch.allclose(p[3], q[0], atol=1e-5)


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("name", MODELS)
def test_same_seed_same_result(name, dim):
    runs = [train(TINY.run_settings(name, dim)) for _ in range(2)]
    assert same(runs[0].state, runs[1].state) and same(runs[0].snapshots, runs[1].snapshots)


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("name", MODELS)
def test_the_first_snapshot_is_the_untrained_model(name, dim):
    """Its weights are those that the seeds draw, before any step; what is recorded is what they give."""
    settings = TINY.run_settings(name, dim)
    run = train(settings)
    fresh = build(settings, [torch.Generator().manual_seed(seed) for seed in (0, 1)]).requires_grad_(False)
    assert run.snapshots["epoch"].tolist() == [0, 2, 3]
    assert torch.equal(run.snapshots["weights"][0], first_weights(fresh).half())
    samples_of_it = fresh.generate(run.noise.expand(2, -1, -1))
    assert torch.allclose(run.snapshots["samples"][0], samples_of_it, atol=1e-6)
    expected = sliced_w2(samples_of_it.numpy(), target(settings["dataset"]))
    assert run.snapshots["sliced_w2"][0].numpy() == pytest.approx(expected, rel=1e-6)
    assert not torch.equal(run.snapshots["weights"][1], run.snapshots["weights"][0])


def test_no_global_randomness():
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()
    train(TINY.run_settings("facm", 2))
    assert torch.equal(torch.get_rng_state(), before[0]) and np.random.get_state()[1].tolist() == before[1]


def test_goes_on_from_a_state_as_if_nothing_had_happened():
    whole, first = trainer(), trainer()
    second = trainer(seeds=(5, 6), data=first.data)
    for _ in range(4):
        whole.epoch()
    first.epoch(), first.epoch()
    second.restore(first.state())
    second.epoch(), second.epoch()
    assert same(second.state(), whole.state())


@pytest.mark.parametrize(("name", "eta"), [("ae", 5), ("fm", 10)])
def test_average_is_polynomial_decay_averaging(name, eta):
    """average_n = sum over k of w_k theta_k with w_k proportional to k (k+1) ... (k+eta-1), by hand."""
    t = trainer(name)
    history = []
    batch = torch.ones(2, 8, 1), torch.zeros(2, 8, 1), torch.full((2, 8, 1), 0.5)
    for _ in range(12):
        t._step(*(batch if name == "fm" else batch[:2]))
        history.append(t.weights.clone())
    weights = torch.tensor([float(np.prod([k + i for i in range(eta)])) for k in range(1, 13)])
    expected = (torch.stack(history) * (weights / weights.sum())[:, None]).sum(0)
    assert torch.allclose(t.average, expected, atol=1e-6)
    assert torch.equal(torch.nn.utils.parameters_to_vector(t.averaged.parameters()), t.average)


def test_adaptive_weight_changes_the_step_and_not_the_log():
    plain, weighted = trainer(), trainer(adaptive_power=1.0)
    batch = torch.ones(2, 8, 1), torch.arange(16.0).view(2, 8, 1) / 8, torch.full((2, 8, 1), 0.5)
    model = weighted.model
    error = model.loss(*batch)
    expected = torch.autograd.grad((error / (error.detach() + 1e-3)).mean(1).sum(), list(model.parameters()))
    gradient = layers(weighted._loss_and_gradient(*batch)[1], model)
    assert torch.equal(plain._step(*batch), error.detach()) and torch.equal(weighted._step(*batch), error.detach())
    for p, g in zip(gradient, expected, strict=True):
        assert torch.allclose(p, g, rtol=1e-4, atol=1e-6)


def test_flatten_shares_the_memory():
    model = torch.nn.Linear(3, 2)
    h = torch.ones(1, 3)
    before = model(h)
    values = flatten(model)
    assert torch.equal(model(h), before)
    values.zero_()
    assert model(h).abs().sum() == 0


def test_a_seed_that_diverges_stays_at_its_last_good_average_and_the_other_goes_on():
    t, undisturbed = trainer(), trainer()
    t.epoch()
    good = [layer[0].clone() for layer in layers(t.average, t.model)]
    t.data[0, 0] = float("inf")
    for _ in range(3):
        t.epoch()
    assert t.stopped == {0: 1} and t.running
    assert torch.stack(t.losses).isfinite().tolist() == [[True, True]] + [[False, True]] * 3
    for vector in (t.weights, t.average):
        assert same([layer[0] for layer in layers(vector, t.model)], good)
    for _ in range(4):
        undisturbed.epoch()
    for layer, other in zip(layers(t.average, t.model), layers(undisturbed.average, t.model), strict=True):
        assert torch.equal(layer[1], other[1])


def test_losses_of_a_diverged_seed_are_nan_to_the_end():
    """A weight is NaN in one epoch; then the last good weights have a loss again, which does not count."""
    t, undisturbed = trainer(), trainer()
    restored = trainer(seeds=(5, 6), data=t.data)
    for _ in range(5):
        undisturbed.epoch()
    t.epoch()
    layers(t.weights, t.model)[0][0] = float("nan")
    t.epoch(), t.epoch()
    restored.restore(t.state())
    for each in (t, restored):
        each.epoch(), each.epoch()
        history = torch.stack(each.losses)
        assert history[:, 0].isfinite().tolist() == [True, False, False, False, False] and each.stopped == {0: 1}
        assert torch.equal(history[:, 1], torch.stack(undisturbed.losses)[:, 1])


@pytest.fixture(scope="module")
def diverged():
    """Three seeds of flow matching, of which the first stops after epoch 2 of 6, as its weights are NaN."""
    config = replace(TINY, epochs=2, n_seeds=3, viz_freq=1).run_settings("fm", 1)
    run = train(config)
    for layer in layers(run.state["weights"], run.model):
        layer[0] = float("nan")
    run.settings = run.settings | {"epochs": 6}
    run = train(run.settings, start=run)
    value = {"measure": "final_loss", "nfe": 0, "value": 1.0, "floor": 0.5}
    run.measures["rows"] = [value | {"seed": seed} for seed in range(3)]
    return run


def test_the_table_has_the_mean_of_the_seeds_that_are_left(diverged):
    from commands.jobs import Row
    from commands.study import Rows

    assert diverged.stopped == {0: 2} and diverged.final_loss.isfinite().tolist() == [False, True, True]
    task = Train("fm", 1, TINY, TINY.output_dir)
    w2 = [{"measure": "w2", "value": value, "floor": 0.1} for value in (np.nan, 1, 2)]
    lines = [*Rows().show(task, Row.of(task, diverged, w2, ()))]
    loss = number(sum(diverged.history["loss"][-1, 1:].tolist()) / 2)
    assert lines[1].split() == ["exact", "samples", "1d", "0.100"]
    assert lines[2].split()[:11] == ["Flow", "matching", "1d", loss, *["1.50", "±", "0.50", "(2", "of", "3", "seeds)"]]


def test_page_and_explorer_show_the_same_losses_of_a_diverged_run(diverged):
    """All seeds until the first one stops, then the others; by hand from what was recorded."""
    numbers = losses_page.numbers([diverged])
    figure, content = losses_page.draw(numbers), losses(diverged, {("final_loss", None): (1, 0, 0.5)})
    for axes, key, recorded in zip(
        figure.axes, ("excess", "curve"), (diverged.snapshots["excess_error"], diverged.history["loss"]), strict=True
    ):
        first = 0 if key == "excess" else 1
        good = [row if epoch <= 2 else row[1:] for epoch, row in enumerate(recorded.double().numpy(), first)]
        expected = np.array([(epoch, row.mean(), row.std()) for epoch, row in enumerate(good, first)])
        assert np.array(content[key]) == pytest.approx(expected, rel=1e-4)
        drawn = axes.lines[0].get_xydata()
        expected[0, 0] = max(expected[0, 0], 0.7)  # where a logarithmic axis has the untrained model
        assert drawn == pytest.approx(expected[:, :2], rel=1e-5)
        band = axes.collections[0].get_paths()[0].vertices
        for (x, _), (_, mean, sd) in zip(drawn, expected, strict=True):
            assert band[np.isclose(band[:, 0], x), 1].max() == pytest.approx(mean + sd, rel=1e-4)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert f"at the end {number(content['excess'][-1][1])}, exact 0" in words


def test_losses_of_a_run_without_a_good_seed_are_shown():
    run = train(TINY.run_settings("fm", 1))
    run.state["stopped"] = {0: 0, 1: 0}
    run.history["loss"][:] = float("nan")
    run.measures["rows"] = [{"measure": "final_loss", "nfe": 0, "value": np.nan, "floor": 0.5, "seed": 0}]
    assert losses_page.draw(losses_page.numbers([run])).axes
    content = losses(run, {("final_loss", None): (np.nan, np.nan, 0.5)})
    assert content["curve"][-1][1:] == content["excess"][-1][1:] == [None, None]
    assert np.isnan(run.recorded("excess_error")[1:]).all(), "from epoch 1 on: the untrained model has an error"


def test_all_seeds_diverge():
    t = trainer()
    t.data[:] = float("nan")
    t.epoch()
    assert t.stopped == {0: 0, 1: 0} and not t.running and t.average.isfinite().all()


def test_a_diverged_run_is_saved_with_its_reason(tmp_path):
    run = train(replace(TINY, lr=1e6, epochs=60, hidden=(8,) * 4).run_settings("fm", 1))
    assert "of seed 0 at epoch" in run.trouble and "became NaN or infinite" in run.trouble
    assert run.stopped and not run.history["loss"][-1].isfinite().all()
    assert all(p.isfinite().all() for p in run.model.parameters())
    save(run, tmp_path / "run.pt")
    assert load(tmp_path / "run.pt").trouble == run.trouble


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("name", MODELS)
def test_a_run_survives_its_file(name, dim, tmp_path):
    run = train(TINY.run_settings(name, dim))
    save(run, tmp_path / "run.pt")
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"], "no temporary file is left"
    saved = load(tmp_path / "run.pt")
    assert saved.settings == run.settings and same(saved.state, run.state) and same(saved.snapshots, run.snapshots)
    z = torch.tensor(noise(16, dim, np.random.default_rng(0)), dtype=torch.float32).expand(2, -1, -1)
    assert torch.equal(saved.model.generate(z), run.model.generate(z))
    assert saved.snapshots["epoch"].tolist() == [0, 2, 3] and saved.history["loss"].shape == (3, 2)
    assert torch.equal(saved.snapshots["samples"][-1], run.model.generate(run.noise.expand(2, -1, -1)))


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut short"])
def test_a_damaged_file_is_refused(content, tmp_path):
    path = tmp_path / "fm_model.pt"
    path.write_bytes(content)
    with pytest.raises(BadRun, match="is not a run"):
        load(path)
    with pytest.raises(BadRun):
        obtain(Train("fm", 1, TINY, path.parent))
    assert path.read_bytes() == content, "and is left as it was"


def test_foreign_and_hostile_files_are_refused(tmp_path):
    class Hostile:
        def __reduce__(self):
            return open, (str(tmp_path / "planted"), "w")

    for content in ({"weights": torch.zeros(2)}, [1, 2], Hostile()):
        torch.save(content, tmp_path / "foreign.pt")
        with pytest.raises(BadRun, match="is not a run"):
            load(tmp_path / "foreign.pt")
    assert not (tmp_path / "planted").exists()


def test_another_format_is_refused(tmp_path):
    save(train(TINY.run_settings("decoder", 1)), tmp_path / "run.pt")
    data = (tmp_path / "run.pt").read_bytes()
    (tmp_path / "run.pt").write_bytes(data.replace(b"checkpoint 0006", b"checkpoint 0007"))
    with pytest.raises(BadRun, match="has format 7, but this version reads 6"):
        load(tmp_path / "run.pt")


def test_a_finished_run_is_used_again_only_for_the_same_settings(tmp_path):
    path = run_file(tmp_path, "decoder", 1)
    first, notes = obtain(Train("decoder", 1, TINY, path.parent))
    assert notes == []
    stamp = path.stat().st_mtime_ns
    again, notes = obtain(Train("decoder", 1, TINY, path.parent))
    assert path.stat().st_mtime_ns == stamp and same(again.state, first.state) and notes == []
    asked = replace(TINY, epochs=4, lr=0.1)
    _, notes = obtain(Train("decoder", 1, asked, path.parent, given=("dim",)))
    assert path.stat().st_mtime_ns == stamp, "a setting that was not named need not agree"
    other, notes = obtain(Train("decoder", 1, asked, path.parent, given=("lr",)))
    assert other.settings["lr"] == 0.1 and "lr 0.001 -> 0.1" in notes[0]


def test_run_settings():
    settings = Config(dataset="moons", own=(("beta", 3.0),)).run_settings
    assert settings("vae_beta", 2)["beta"] == 3 and "beta" not in settings("vae", 2)
    assert settings("fm", 1)["dataset"] == "two_gaussians_1d" and settings("fm", 2)["dataset"] == "moons"
    assert "output_dir" not in settings("fm", 1) and "workers" not in settings("fm", 1)


def test_help_needs_no_torch():
    code = (
        "import sys; from commands import cli, comparison, pages, study, sweep; cli.parse('', argv=[]);"
        "sys.exit(bool({'torch', 'matplotlib'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Config().output_dir.parent).returncode == 0


@pytest.mark.parametrize(
    ("method", "broken", "told"),
    [
        ("loss", lambda self, x, z: (x - z).square(), "loss returns the shape (2, 2, 1), and must return (2, 2)"),
        ("generate", lambda self, z: z[:, :7], "generate returns the shape (2, 7, 1), and must return (2, 256, 1)"),
    ],
)
def test_a_model_of_wrong_shapes_is_not_trained(method, broken, told, monkeypatch):
    monkeypatch.setattr(model_class("decoder"), method, broken)
    with pytest.raises(Failure) as error:
        train(TINY.run_settings("decoder", 1))
    assert str(error.value) == told

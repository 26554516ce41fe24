"""No input, file or flag brings a traceback or silent wrong numbers."""

import contextlib
import io
import pickle
import random
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from data.points import mixture_of, read_points
from evaluation.exam import Exam
from evaluation.measures import diverged, rows_of, summary
from evaluation.scoreboard import sentences, table
from evaluation.sweep import SweepConfig, plan
from tests.commands import command
from training import checkpoint
from training.checkpoint import BadRun
from training.config import Config, UsageError, parse, ready
from training.runs import load, obtain, save, train
from visualization.figure import Comparison, Picture

SMALL = Config(epochs=3, n_samples=20, batch_size=8, hidden=(8,), n_seeds=2, viz_freq=2)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A real checkpoint: (its path, its run)."""
    path = tmp_path_factory.mktemp("saved") / "fm_model.pt"
    run = train(SMALL.run_settings("fm", 1))
    save(run, path)
    return path, run


def corrupt(data, rng):
    """One of the things that happen to files: bits flip, bytes are lost, doubled, overwritten or put behind."""
    data, at, size = bytearray(data), rng.randrange(len(data)), rng.randrange(1, 200)
    match rng.randrange(5):
        case 0:
            data[at] ^= 1 << rng.randrange(8)
        case 1:
            del data[at:]
        case 2:
            del data[at : at + size]
        case 3:
            data[at:at] = data[at : at + size] or b"x"
        case 4:
            data += rng.randbytes(size)
    return bytes(data)


def test_500_random_corruptions_are_all_refused(saved, tmp_path):
    path, rng = tmp_path / "fm_model.pt", random.Random(0)
    data = saved[0].read_bytes()
    for _ in range(500):
        path.write_bytes(corrupt(data, rng))
        with pytest.raises(BadRun) as refusal:
            load(path)
        assert str(refusal.value).count("\n") == 0 and str(path) in str(refusal.value)


class Planted:
    """What a hostile pickle would do."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_hostile_pickle_with_a_right_checksum_creates_nothing(tmp_path):
    checkpoint.write({"config": Planted(tmp_path / "planted")}, tmp_path / "fm_model.pt")
    with pytest.raises(BadRun, match="is not a run"):
        load(tmp_path / "fm_model.pt")
    (tmp_path / "vae_model.pt").write_bytes(pickle.dumps(Planted(tmp_path / "planted")))
    with pytest.raises(BadRun, match="is not a run"):
        load(tmp_path / "vae_model.pt")
    done = command("evaluation/scoreboard.py", "--output-dir", ".", cwd=tmp_path, status=1)
    assert "is not a run" in done.stderr
    assert not (tmp_path / "planted").exists()


def test_a_run_of_another_model_is_refused(saved, tmp_path):
    (tmp_path / "meanflow_model.pt").write_bytes(saved[0].read_bytes())
    with pytest.raises(BadRun, match="holds a run of fm in 1D"):
        load(tmp_path / "meanflow_model.pt")


@pytest.mark.parametrize("change", [{"config": {}}, {"state": {}}, {"extra": 1}, {"config": {"model": "gan"}}])
def test_a_foreign_content_is_refused(saved, change, tmp_path):
    content = checkpoint.read(saved[0]) | change
    checkpoint.write(content, tmp_path / "fm_model.pt")
    with pytest.raises(BadRun, match="is not a run"):
        load(tmp_path / "fm_model.pt")


# ---- flags ----------------------------------------------------------------------------------------------------------

COMMANDS = {"main": Config(), "run_comparison": Config(epochs=200, viz_freq=1), "run_sweep": SweepConfig()}
FLAGS = [f"--{name.replace('_', '-')}" for name in SweepConfig.__dataclass_fields__] + ["--model", "--n_samples", "--x"]
WORDS = [
    "0",
    "-1",
    "1",
    "2",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "1e-9",
    "9999999999999999999999",
    "٣",
    "fm",
    "gan",
    "1d",
    "2d",
    "both",
    "moons",
    "32-64",
    "32-0",
    "-",
    "--",
    "lr=",
    "lr=1,x",
    "lr=1e-3,1e-2",
    "hidden=8,4-4",
    "missing/folder",
    "tcp://localhost:1",
    "points.csv",
    "missing.npy",
    "auto",
    "cuda",
]
VALUES = st.one_of(
    st.sampled_from(WORDS),
    st.integers().map(str),
    st.floats().map(str),
    st.text(max_size=12).filter(lambda text: "\0" not in text),
)
ARGUMENTS = st.lists(st.tuples(st.sampled_from(FLAGS), st.lists(VALUES, max_size=3)), max_size=5)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(COMMANDS)), ARGUMENTS)
def test_any_flags_end_in_a_configuration_or_in_one_line(script, arguments):
    """The parser of every command: a Config whose every field is in its bounds, or status 2 and one line."""
    argv = [word for flag, values in arguments for word in (flag, *values)]
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            config, names = parse(import_module(script).__doc__, COMMANDS[script], argv)
        except SystemExit as end:
            assert end.code == 2 and said.getvalue().count("\n") == 1, said.getvalue()
            return
    assert config.epochs > 0 and config.n_seeds > 0 and 0 < config.lr <= 1e6 and config.models and config.dims
    if isinstance(config, SweepConfig):
        with contextlib.suppress(UsageError):
            plan(config, names)


@pytest.mark.parametrize(
    "flags", [["--n-samples", "9" * 15], ["--hidden", "65536-65536"], ["--n-seeds", "9" * 12], ["--output-dir", ""]]
)
def test_impossible_sizes_are_refused_before_anything_is_done(flags, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config, _ = parse("", Config(), ["--output-dir", "out", *flags])
    if flags[0] == "--output-dir":
        assert config.output_dir.resolve() == tmp_path
        return
    with pytest.raises(UsageError, match="a run needs about"), ready(config):
        raise AssertionError("it was let through")


# ---- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"lr": 1e-8},
        {"lr": 1.0},
        {"lr": 1e3},
        {"n_samples": 1},
        {"batch_size": 10_000},
        {"epochs": 1},
        {"n_seeds": 1},
        {"n_seeds": 200},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["vae", "backflow"])
def test_extreme_settings_give_a_result_or_say_which_seed_diverged(name, change):
    config = replace(SMALL, **change)
    run = train(config.run_settings(name, 2))
    assert run.history["loss"].shape[1] == config.n_seeds
    assert len(run.history["loss"]) == config.epochs or len(run.stopped) == config.n_seeds
    lost = ~run.history["loss"][-1].isfinite()
    assert set(lost.nonzero().ravel().tolist()) == set(run.stopped)
    assert all(parameter.isfinite().all() for parameter in run.model.parameters())
    assert Picture(run).render(-1 % len(run.snapshots["epoch"])).any()
    assert Comparison([run]).render(0).any()


def test_a_seed_that_diverges_is_shown_and_the_others_are_measured():
    """One of three seeds is given a weight that is no number; its model, its pictures and its table go on."""
    clean = train(replace(SMALL, n_seeds=3, epochs=1).run_settings("fm", 1))
    clean.config = clean.config | {"epochs": 3}
    weights = clean.state["weights"]
    weights[: weights.numel() // 1000 + 1] = torch.nan  # of the first layer, so of the first seed
    run = train(clean.config, start=clean)
    assert (
        run.stopped == {0: 1}
        and run.trouble == "the loss of seed 0 at epoch 2 is no longer a number; try a smaller --lr"
    )
    with torch.no_grad():
        rows = rows_of(run, Exam("two_gaussians_1d"))
    assert diverged(rows) == ([0], 3) and np.isfinite(summary(rows)["w2", None][:2]).all()
    _, lines = table([(run.config, rows)])
    assert lines[1][0] == "fm (2 of 3 seeds)" and "nan" not in " ".join(lines[1])
    assert sentences([(run.config, rows)])[0] == "fm: seed 0 of 3 diverged; its numbers are those of the others."
    film = Comparison([run])
    assert film.render(0).any()
    assert film.cells[0][0].notes["headline"].text == "diverged after epoch 1"


# ---- a user's points ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "at least two points"),
        ("a.csv", b"x,y\n", "at least two points"),
        ("a.csv", b"1,2\n3\n", "different numbers of columns"),
        ("a.csv", b"1,2,3\n4,5,6\n", "one or two columns"),
        ("a.csv", b"1,nan\n3,4\n", "not finite numbers, the first in row 1"),
        ("a.csv", b"1,2\n3,1e999\n", "the first in row 2"),
        ("a.csv", b"1,2\n__import__('os').system('touch planted'),3\n", "holds no points"),
        ("a.csv", b"\xff\xfe\x00\x01", "holds no points"),
        ("a.txt", b"1 1\n1 1\n", "the same"),
        ("a.npy", b"\x93NUMPY\x01\x00", "holds no points"),
        ("a.npy", b"", "cannot be read"),
    ],
)
def test_a_bad_file_of_points_gets_one_line(name, content, says, tmp_path, capsys):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SystemExit) as end:
        parse("", Config(), ["--dataset", str(tmp_path / name)])
    said = capsys.readouterr().err
    assert end.value.code == 2 and said.count("\n") == 1 and says in said, said


def test_a_pickle_in_a_file_of_points_is_not_executed(tmp_path):
    np.save(tmp_path / "a.npy", np.array([Planted(tmp_path / "planted")], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="holds no points"):
        read_points(tmp_path / "a.npy")
    assert not (tmp_path / "planted").exists()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=2, max_size=9))
def test_any_finite_points_make_a_mixture_or_one_error(points):
    try:
        mixture = mixture_of(np.array(points))
    except ValueError as error:
        assert "the same" in str(error)
        return
    assert np.isfinite(mixture.log_prob(mixture.means)).all()
    assert np.trace(mixture.covariance) / 2 == pytest.approx(4, rel=0.3)


def test_a_file_of_points_is_trained_on_and_its_change_is_noticed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng, path = np.random.default_rng(0), tmp_path / "decoder_2d_model.pt"
    np.savetxt("my $x$ points.csv", rng.normal(3, 5, (30, 2)), delimiter=",", header="a,b", comments="")
    config, _ = parse("", SMALL, ["--dataset", "my $x$ points.csv"])
    run, _ = obtain(path, config, "decoder", 2)
    assert Picture(run).render(0).any() and Comparison([run]).render(0).any()
    assert obtain(path, config, "decoder", 2)[1] == []
    assert config.dataset_in(1) == "two_gaussians_1d", "a file of two columns is not for 1D"
    np.savetxt("my $x$ points.csv", rng.normal(3, 5, (30, 2)), delimiter=",")
    with pytest.raises(BadRun, match=r"was trained on another .* use --restart"):
        obtain(path, config, "decoder", 2)
    obtain(path, replace(config, restart=True), "decoder", 2)

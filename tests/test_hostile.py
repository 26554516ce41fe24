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

from commands.cli import parse, ready
from commands.config import Config, UsageError
from commands.jobs import Page, Train
from commands.sweep import SweepConfig, plan
from commands.work import do, obtain, save
from data.dialect import Choices
from data.points import points_of, read_points
from data.tables import Table
from evaluation.evaluate import evaluate
from evaluation.reference import Reference
from evaluation.scoreboard import sentences, table
from evaluation.summary import diverged, summary
from tests.running import command
from training import checkpoint
from training.checkpoint import BadRun
from training.runs import load, train
from training.settings import run_file
from visualization.figure import Comparison, Picture
from visualization.stage import Stage

SMALL = Config(epochs=3, n_samples=20, batch_size=8, hidden=(8,), n_seeds=2, viz_freq=2)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A real checkpoint: (its path, its run)."""
    path = tmp_path_factory.mktemp("saved") / "fm_model.pt"
    run = train(SMALL.run_settings("fm", 1))
    save(run, path)
    return path, run


def corrupt(data, rng):
    """One of the things that happen to files: bits flip, bytes are lost, doubled, overwritten or appended."""
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
    (tmp_path / "fm_model.pt").write_bytes(checkpoint.packed({"settings": Planted(tmp_path / "planted")}, "0" * 16))
    with pytest.raises(BadRun, match="is not a run"):
        load(tmp_path / "fm_model.pt")
    (tmp_path / "vae_model.pt").write_bytes(pickle.dumps(Planted(tmp_path / "planted")))
    with pytest.raises(BadRun, match="is not a run"):
        load(tmp_path / "vae_model.pt")
    done = command("run_pages.py", "scoreboard", "--output-dir", ".", cwd=tmp_path, status=1)
    assert "is not a run" in done.stderr
    assert not (tmp_path / "planted").exists()


def test_a_run_of_another_model_is_refused(saved, tmp_path):
    (tmp_path / "meanflow_model.pt").write_bytes(saved[0].read_bytes())
    with pytest.raises(BadRun, match="holds a run of fm in 1D"):
        load(tmp_path / "meanflow_model.pt")


@pytest.mark.parametrize("change", [{"settings": {}}, {"state": {}}, {"extra": 1}, {"settings": {"model": "gan"}}])
def test_a_foreign_content_is_refused(saved, change, tmp_path):
    content = checkpoint.read(saved[0]) | change
    (tmp_path / "fm_model.pt").write_bytes(checkpoint.packed(content, "0" * 16))
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
    """One of three seeds is given a NaN weight; its model, pictures and table are made from the others."""
    clean = train(replace(SMALL, n_seeds=3, epochs=1).run_settings("fm", 1))
    clean.settings = clean.settings | {"epochs": 3}
    weights = clean.state["weights"]
    weights[: weights.numel() // 1000 + 1] = torch.nan  # of the first layer, so of the first seed
    run = train(clean.settings, start=clean)
    assert (
        run.stopped == {0: 1}
        and run.trouble == "the loss of seed 0 at epoch 2 became NaN or infinite; try a smaller --lr"
    )
    with torch.no_grad():
        rows = evaluate(run)
    assert diverged(rows) == ((0,), 3) and np.isfinite(summary(rows)["w2", None][:2]).all()
    _, lines = table([(run.settings, rows)])
    assert lines[1][0] == "Flow matching (2 of 3 seeds)" and "nan" not in " ".join(lines[1])
    assert (
        sentences([(run.settings, rows)])[0]
        == "Flow matching: seed 0 of 3 diverged; the results are those of the others."
    )
    film = Comparison([run])
    assert film.render(2).any()
    assert film.cells[0][0].notes["headline"].text == "diverged after epoch 1"


# ---- a user's points ------------------------------------------------------------------------------------------------


LAW = b'{"weights": [1, 3], "means": [[0], [2]], "covariances": [[[1]], [[0.5]]]}'


@pytest.mark.parametrize(
    ("name", "content", "flags", "says"),
    [
        ("a.csv", b"", (), "at least two points"),
        ("a.csv", b"1,2\n3\n", (), "2 columns in line 1 and 1 in line 2"),
        ("a.csv", b"1,2,3\n4,5,6\n", (), "--columns 1,2"),
        ("a.csv", b"1.5,2\n3,1e999\n", (), "line 2, column 2"),
        ("a.csv", b"\xff\xfe\x00\x01\x02", (), "save it as UTF-8"),
        ("a.txt", b"1.5 1\n1.5 1\n", (), "are the same"),
        ("a.npy", b"\x93NUMPY\x01\x00", (), "not a whole .npy file"),
        ("a.npy", b"", (), "not a whole .npy file"),
        ("a.csv", b"x,y\n1.5,2\n3,4\n", ("--dim", "1d"), "data in 2D, so --dim 1d has no use for it"),
        ("a.csv", b"x\n1.5\n3\n", ("--dim", "2d"), "data in 1D, so --dim 2d has no use for it"),
        ("a.csv", b"x,y\n1.5,2\n3,4\n", ("--columns", "x,y,z"), "one or two columns"),
        ("a.json", LAW[:15], (), "is not JSON: Expecting"),
        ("a.json", b"[1, 2]", (), "it needs an object"),
        ("a.json", b'{"weights": [1, 3]}', (), "needs weights, means and covariances, and nothing else"),
        ("a.json", LAW.replace(b"3]", b"NaN]"), (), "NaN in the place of a number"),
        ("a.json", LAW.replace(b"3]", b"1e999]"), (), "among its weights that is too large"),
        ("a.json", LAW.replace(b"3]", b"true]"), (), "true among its weights"),
        ("a.json", LAW.replace(b"3]", b"-3]"), (), "the weight -3"),
        ("a.json", LAW.replace(b"[2]", b"[2, 1]"), (), "means of different lengths"),
        ("a.json", LAW.replace(b"0.5", b"0"), (), "must be positive definite"),
        ("a.json", LAW.replace(b", [[0.5]]", b""), (), "needs 2 covariances, 1 by 1"),
        ("a.json", LAW.replace(b"means", b"weights"), (), "the same name twice"),
        ("a.json", LAW, ("--columns", "1"), "are for points"),
        ("a.xlsx", b"PK", (), "its name must end in .csv .tsv .txt .npy"),
    ],
)
def test_a_bad_file_of_points_gets_one_line(name, content, flags, says, tmp_path, capsys):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SystemExit) as end:
        parse("", Config(), ["--dataset", str(tmp_path / name), *flags])
    said = capsys.readouterr().err
    assert end.value.code == 2 and said.count("\n") == 1 and says in said, said
    assert name in said or "--columns" in flags


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--columns", "x,y"], "--columns is for a file of points"),
        (["--standardize", "--dataset", "moons"], "--standardize is for a file of points"),
        (["--dataset", "moons", "--dim", "1d"], "data in 2D, so --dim 1d has no use for it"),
        (["--decimal", "dot"], "point, comma"),
    ],
)
def test_flags_that_would_do_nothing_are_refused(flags, says, capsys):
    with pytest.raises(SystemExit) as end:
        parse("", Config(), flags)
    said = capsys.readouterr().err
    assert end.value.code == 2 and said.count("\n") == 1 and says in said, said


def test_a_pickle_in_a_file_of_points_is_not_executed(tmp_path):
    np.save(tmp_path / "a.npy", np.array([Planted(tmp_path / "planted")], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="holds object, not real numbers"):
        read_points(tmp_path / "a.npy")
    assert not (tmp_path / "planted").exists()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=2, max_size=9))
def test_any_finite_points_make_a_mixture_or_one_error(points):
    try:
        mixture = points_of(Table(("x", "y"), np.array(points), 0), "p").mixture()
    except ValueError as error:
        assert "the same" in str(error)
        return
    assert np.isfinite(mixture.log_prob(mixture.means)).all()
    assert np.trace(mixture.covariance) / 2 == pytest.approx(4, rel=0.3)


def my_points(seed=0, **columns):
    rows = np.random.default_rng(seed).normal(3, 5, (30, 2))
    np.savetxt("my $x$ points.csv", rows, delimiter=",", header="a,b", comments="", **columns)


def asked(*flags):
    """The Config of a command line on the points, read again as every command reads them."""
    return parse("", SMALL, ["--dataset", "my $x$ points.csv", *flags])[0]


def test_an_edited_file_is_trained_on_again_in_place(tmp_path, monkeypatch):
    """Also if it comes back, and if it is gone and another dataset is requested."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "decoder_2d_model.pt"
    my_points()
    first, _ = obtain(Train("decoder", 2, asked(), path.parent))
    assert Picture(first).render(0).any() and Comparison([first]).render(0).any()
    assert obtain(Train("decoder", 2, asked(), path.parent))[1] == []
    assert asked().dataset_in(1) == "two_gaussians_1d", "a file of two columns is not for 1D"
    my_points(seed=1)
    second, notes = obtain(Train("decoder", 2, asked(), path.parent))
    change = "dataset my $x$ points.csv has changed"
    assert notes == [f"decoder_2d_model.pt had other settings ({change}): retrained, in its place"]
    assert not torch.equal(first.data, second.data)
    (tmp_path / "my $x$ points.csv").unlink()
    assert load(path).settings["dataset"].components == second.settings["dataset"].components, (
        "the run holds its points"
    )
    _, notes = obtain(Train("decoder", 2, SMALL, path.parent))
    assert "dataset my $x$ points.csv -> two_gaussians" in notes[0]


def test_answers_follow_the_content_and_not_the_path(tmp_path, monkeypatch):
    """Within one session the measures of an edited file are its own, and those of a saved run need no file."""
    monkeypatch.chdir(tmp_path)
    my_points()
    one = asked().dataset
    my_points(seed=1)
    two = asked().dataset
    assert one != two and not np.array_equal(Reference(one).sample, Reference(two).sample)
    assert not np.array_equal(Stage(one).target.means, Stage(two).target.means)


def test_every_choice_is_part_of_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    my_points()
    base = asked().run_settings("fm", 2)["dataset"]
    assert asked("--columns", "b,a").run_settings("fm", 2)["dataset"] != base
    assert asked("--standardize").run_settings("fm", 2)["dataset"] != base
    assert asked("--columns", "a", "--dim", "1d").run_settings("fm", 1)["dataset"].columns == ("a",)


def test_what_was_read_is_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.csv").write_text("waiting,eruptions\n79,3.6\n54,1.8\n,2\n74,3.333\n")
    config, _ = parse("", Config(), ["--dataset", "p.csv", "--drop-missing", "--output-dir", "out"])
    with ready(config):
        said = capsys.readouterr().err
    assert said == (
        "read p.csv: 3 rows, 2 columns: waiting 54 to 79, eruptions 1.8 to 3.6; 1 row with missing values left out; "
        "waiting is 13.6 times as wide as eruptions: both share one scale, which preserves distances; "
        "--standardize gives each its own\n"
    )


def test_the_file_is_read_once(tmp_path, monkeypatch):
    """By the command; the tasks of its workers carry what they need."""
    monkeypatch.chdir(tmp_path)
    my_points()
    config = asked("--n-seeds", "1", "--output-dir", str(tmp_path))
    (tmp_path / "my $x$ points.csv").unlink()
    task = pickle.loads(pickle.dumps(Train("fm", 2, config, tmp_path)))
    assert len(pickle.dumps(task)) < 50_000
    assert np.isfinite(do(task).w2).all()


@pytest.mark.parametrize(
    "spread", [(1,), (1, 30), (30, 1), (1, 1e5), (1e5, 1), (0, 1)], ids=lambda spread: " to ".join(map(str, spread))
)
def test_points_of_any_aspect_are_drawn(spread, tmp_path, monkeypatch):
    """Every picture and page: wide, tall, in raw units, and on one line. Few points, to be quick."""
    monkeypatch.setattr("evaluation.reference.N_W2", {1: 64, 2: 64})
    monkeypatch.setattr("evaluation.reference.N_POINTS", 64)
    monkeypatch.setattr("evaluation.reference.jump_floors_and_errors", lambda exact: ((1.0,) * 3, (0.0,) * 3))  # slow
    dim = len(spread)
    values = np.random.default_rng(0).standard_normal((40, dim)) * spread + 3 * np.array(spread)
    points = points_of(Table(("waiting time (min)", "b")[:dim], values, 0), "p.csv")
    runs = []
    for name in ("decoder", "vae", "meanflow"):
        runs.append(train(replace(SMALL, dataset=points).run_settings(name, dim)))
        assert Picture(runs[-1]).render(0).any()
        save(runs[-1], run_file(tmp_path, name, dim))
    height, width, _ = Comparison(runs).render(0).shape
    assert 0.4 < height / width < 1.2
    for name in ("maps", "couplings", "fields"):
        assert do(Page(name, dim, tmp_path)).exists()


def test_axes_have_the_users_names_and_units(tmp_path):
    values = np.random.default_rng(0).normal(70, 13, (60, 1))
    points = points_of(Table(("waiting $t$ (min)",), values, 0), "p.csv")
    run = train(replace(SMALL, dataset=points).run_settings("fm", 1))
    film = Comparison([run])
    film.render(0)
    axes = film.cells[0][0].axes
    assert "↑ waiting \\$t\\$ (min)" in [text.get_text() for text in axes.texts]
    low, high = points.user(np.array(axes.get_ylim()), 0)
    for at, text in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True):
        assert float(text.get_text()) == pytest.approx(points.user(at, 0)) and low <= float(text.get_text()) <= high
    about = f"lengths are those of (waiting \\$t\\$ (min) − {points.centre[0]:.4g}) / {points.scale[0]:.4g}"
    assert about in film.figure.texts[0].get_text()


def test_an_index_and_choices_reach_the_reader(tmp_path, capsys):
    """The flags are those of data.dialect.Choices."""
    path = tmp_path / "p.csv"
    path.write_text("0,1\n0,5\n1,5\n")
    flags = ["--dataset", str(path), "--heading", "yes", "--decimal", "point"]
    config, _ = parse("", Config(), flags)
    assert config.dataset.columns == ("0", "1")
    assert config.dataset == read_points(path, Choices(decimal="point", heading="yes"))

"""The published table: its data, its protocol, and the command."""

import csv
import json
import socket

import numpy as np
import pytest

from commands.table import PROBLEMS, PUBLISHED, points_of
from data.exact import ExactFlow
from data.points import restored
from data.published import PUBLISHED as DATA
from data.published import two_moons
from data.synthetic import source, target
from data.transport import squared_w2_and_error
from evaluation.flows import LearntFlow
from evaluation.protocol import STEPS, of_exact, walk
from models import OF_TABLE
from tests.running import command


def test_the_data_by_their_formulas():
    """Moments of each set against many points of the formulas that the docstrings name."""
    rng, n = np.random.default_rng(0), 400_000
    u = rng.random(n)
    upper = np.stack([np.cos(np.pi * u), np.sin(np.pi * u)], 1)
    lower = np.stack([1 - np.cos(np.pi * u), 0.5 - np.sin(np.pi * u)], 1)
    plain = np.where(rng.random((n, 1)) < 0.5, upper, lower)
    moons = plain + 0.05 * rng.standard_normal((n, 2))
    wide = plain + 0.1 * rng.standard_normal((n, 2))
    t = 3 * np.pi * (u - 0.5)
    letter = np.stack([np.sin(t), np.sign(t) * (np.cos(t) - 1)], 1) + 0.05 * rng.standard_normal((n, 2))
    angle = rng.integers(8, size=n) * np.pi / 4
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    wanted = {
        "table_moons": 2 * moons - [1, 0],
        "table_wide_moons": 7 * (wide - wide.mean()) / wide.std(),
        "table_s_curve": 1.5 * letter,
        "table_ring": 5 * ring + rng.standard_normal((n, 2)),
        "table_wide_ring": 12 * ring + 1.5 * rng.standard_normal((n, 2)),
    }
    assert wanted.keys() == DATA.keys()
    for name, points in wanted.items():
        mixture = target(name)
        size = points.std()
        assert mixture.mean == pytest.approx(points.mean(0), abs=0.01 * size), name
        assert mixture.covariance == pytest.approx(np.cov(points.T), abs=0.02 * size**2), name
    density = np.exp(two_moons(0.05).log_prob(upper[:50]))
    assert density.std() < 0.25 * density.mean(), "no gaps between the Gaussians along an arc"


def test_the_fingerprint_of_the_data():
    """The exact path energy of independent pairs is within the published spread where the data are the table's."""
    found = []
    for dataset in PROBLEMS.values():
        flow = ExactFlow(target(dataset), source(dataset))
        w2, _ = squared_w2_and_error(flow.source, flow.target, draws=4)
        away = np.square(flow.target.mean - flow.source.mean).sum()
        total = np.trace(flow.source.covariance) + np.trace(flow.target.covariance) + away
        found.append((total - flow.loss_floor_and_error(scrambles=2, points=256)[0] - w2) / w2)
    assert found == pytest.approx([0.22, 2.85, 1.03, 0.93], rel=0.06)


def test_a_path_and_its_energy():
    """Euler's steps of a straight flow end where it ends, and have its energy."""

    class Straight(LearntFlow):
        seeds = 1

        def __init__(self):
            pass

        def velocity(self, x, s):
            return np.full_like(x, 2.0)

    z = np.random.default_rng(0).standard_normal((50, 2))
    ends, energy = walk(Straight(), z)
    assert np.allclose(ends[0], z + 2) and energy == pytest.approx([8.0])


def test_exact_answers():
    found = of_exact("table_moons", 300, [0, 1])
    assert len(found["samples"]) == len(found["flow"]) == 2 and 0.9 < found["npe"] < 1.15
    assert np.mean(found["samples"]) < 0.6


def test_points_are_those_of_the_paper():
    class Asked:
        device, methods, problems = "cpu", tuple(OF_TABLE), tuple(PROBLEMS)

    points = points_of(Asked, {"epochs": 1000, "n_seeds": 5, "seed": 0, "w2_points": 10_000})
    assert [place for place, _ in points] == [(problem, method) for problem in PROBLEMS for method in OF_TABLE]
    for (problem, method), point in points:
        settings = json.loads(point.text)
        assert restored(settings["dataset"]) == PROBLEMS[problem] and settings["model"] == OF_TABLE[method]
        chosen = {name: settings[name] for name in ("hidden", "activation", "n_samples", "batch_size", "weight_decay")}
        assert [*chosen.values()] == [[64, 64, 64], "selu", 10_000, 512, 1e-5]
        assert settings.get("sigma", 0.1) == 0.1 and settings["proportions"] == "iid"
    assert PUBLISHED.keys() == OF_TABLE.keys()


def test_the_command(tmp_path, monkeypatch):
    """A tiny table: every cell, kept points, and the refusal of flags that it does not have."""
    flags = ["--quick", "--epochs", "1", "--n-seeds", "1", "--w2-points", "50", "--output-dir", "out"]
    flags += ["--methods", "I-CFM"]
    done = command("run_table.py", *flags, cwd=tmp_path)
    assert done.stdout.startswith("4 points, 0 of them finished before")
    rows = list(csv.DictReader((tmp_path / "out/table/table.csv").read_text().splitlines()))
    measured = {(row["problem"], row["method"], row["measure"]) for row in rows}
    kinds = ("w2", "npe", "raw_w2", "raw_npe")
    assert {(problem, method, kind) for problem in PROBLEMS for method in ["I-CFM"] for kind in kinds} <= measured
    assert all(np.isfinite(float(row["value"])) for row in rows)
    assert {row["nfe"] for row in rows if row["method"] == "I-CFM"} == {str(STEPS)}
    again = command("run_table.py", *flags, cwd=tmp_path)
    assert again.stdout.startswith("4 points, 4 of them finished before")
    assert again.stdout.partition("\n#")[2] == done.stdout.partition("\n#")[2]
    one = command("run_table.py", *flags, "--problems", "N to s-curve", cwd=tmp_path)
    assert one.stdout.startswith("1 point, 1 of them finished before")
    assert "| | N to s-curve |" in one.stdout and "| I-CFM, published | 0.24 ± 0.14 |" in one.stdout
    command("run_table.py", *flags, "--problems", "N to s-curve", "--seed", "3", "--n-seeds", "2", cwd=tmp_path)
    rows = list(csv.DictReader((tmp_path / "out/table/table.csv").read_text().splitlines()))
    exact, learnt = ([row["seed"] for row in rows if row["method"] == method and row["measure"] == "w2"]
                     for method in ("exact samples", "I-CFM"))  # fmt: skip
    assert exact == learnt == ["3", "4"], "the same seeds, whose test points are the same"
    refused = command("run_table.py", "--lr", "1e-2", cwd=tmp_path, status=2)
    assert refused.stderr.count("\n") == 1 and "--lr" in refused.stderr


@pytest.mark.parametrize("script", [["run_table.py"], ["run_sweep.py", "--sweep", "lr=1"]], ids=["table", "sweep"])
def test_a_device_is_that_of_the_workers(script, tmp_path):
    """This machine need not have it if others compute."""
    pytest.importorskip("distributed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    refused = command(*script, "--device", "cuda", "--scheduler", address, cwd=tmp_path, status=2)
    assert address in refused.stderr and "CUDA" not in refused.stderr

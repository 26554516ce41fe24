"""Sweeps: the same table from processes and from a dask cluster, whichever worker dies on the way."""

import csv
import json
import multiprocessing
import os
import signal
import socket
import sys
from pathlib import Path

import pytest
from PIL import Image

from commands import cli, sweep, workers
from commands.cli import parse
from commands.sweep import Store, SweepConfig, plan, records, table_text
from commands.work import do
from commands.workers import TRIES, Crew, Processes, local
from data import Failure
from evaluation.labels import ONE_NUMBER
from tests.running import command

ROOT = Path(__file__).resolve().parent.parent
TINY = ["--models", "ae", "fm", "--dim", "1d", "--n-samples", "40", "--n-seeds", "2"]
SWEEP = ["--sweep", "lr=1e-3,1e-2", "hidden=8,8-8", *TINY, "--epochs", "60"]
POINTS = 8


def read(folder):
    """The table that a sweep left, without the times."""
    with (folder / "sweep" / "sweep.csv").open(encoding="utf-8", newline="") as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def answer(capsys, *flags):
    """(exit status, stderr) of run_sweep.py."""
    try:
        status = sweep.main("", [str(flag) for flag in flags])
    except SystemExit as stop:
        status = stop.code
    return status, capsys.readouterr().err


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The table of the points computed one by one in this process."""
    config, given = parse("", SweepConfig(), SWEEP)
    points = plan(config, given)
    assert len(points) == len(set(points)) == POINTS
    results = {point: json.loads(json.dumps(do(point))) for _, point in points}
    folder = tmp_path_factory.mktemp("expected")
    (folder / "sweep").mkdir()
    (folder / "sweep" / "sweep.csv").write_text(table_text(config, records(config, points, results)))
    return read(folder)


@pytest.fixture
def at_first_save(monkeypatch):
    """Call a function once, when the first point of a sweep is saved."""
    todo, save = [], Store.save

    def save_and_do(store, point, result):
        save(store, point, result)
        if todo:
            todo.pop()()

    monkeypatch.setattr(Store, "save", save_and_do)
    return todo.append


def test_command_leaves_a_tidy_table_and_a_chart(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    sweep = ["--sweep", "lr=1e-3,1e-3,1e6", "beta=1,10", "--models", "ae", "vae_beta", *TINY[3:], "--epochs", "20"]

    words = ["run_comparison.py", *sweep, "--output-dir", "../out"]
    done = command(*words, cwd=tmp_path / "elsewhere", cold=True)
    table = read(tmp_path / "out")
    assert list(table[0])[:7] == ["lr", "beta", "model", "dim", "dataset", "seed", "nfe"]
    assert done.stdout.startswith("6 points, 0 of them"), "the autoencoder has no beta: one point for both"
    w2 = [row for row in table if row["measure"] == "w2"]
    order = [(row["lr"], row["beta"], row["model"], row["seed"]) for row in w2]
    models = ("ae", "vae_beta")
    seeds = ("0", "1")
    assert order == [
        (lr, b, m, s) for lr in ("0.001", "1000000.0") for b in ("1.0", "10.0") for m in models for s in seeds
    ]
    assert any(row["trouble"] for row in w2) and "became NaN" in done.stderr, "divergence is in the table"
    with Image.open(tmp_path / "out" / "sweep" / "sweep.png") as image:
        image.load()
        assert image.width == 1600
    assert [path.name for path in (tmp_path / "out").rglob(".*")] == [".gen_study.lock"]
    assert not list((tmp_path / "elsewhere").iterdir())
    again = command(*words, cwd=tmp_path / "elsewhere")
    assert again.stdout.startswith("6 points, 6 of them finished before") and read(tmp_path / "out") == table


def test_local_worker_killed_in_mid_sweep(tmp_path, expected, at_first_save, monkeypatch, capsys):
    calls, submit = [], Processes.submit
    monkeypatch.setattr(Processes, "submit", lambda self, *call: calls.append(call[2]) or submit(self, *call))
    at_first_save(lambda: os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL))
    assert answer(capsys, *SWEEP, "--workers", 2, "--output-dir", tmp_path) == (0, "")
    assert len(calls) == POINTS + 2 and len(set(calls)) == POINTS + 1, "only its point is tried again; and the chart"
    assert read(tmp_path) == expected and {row["hidden"] for row in expected} == {"8", "8-8"}
    victim = next((tmp_path / "sweep" / "points").glob("*.json"))
    victim.write_text(victim.read_text()[:-9])
    status, told = answer(capsys, *SWEEP, "--workers", 1, "--output-dir", tmp_path)
    assert status == 0 and told.count("\n") == 1 and "damaged" in told
    assert len(calls) == POINTS + 4 and read(tmp_path) == expected


def _evaluated(by, text, number):
    return eval(text)


def test_a_task_that_kills_its_workers_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "_do", _evaluated)
    monkeypatch.setattr(cli, "_folder", tmp_path)
    tasks = ["__import__('os')._exit(1)", "1 / 0", *(f"{n} * {n}" for n in range(5))]
    with local(2) as crew:
        results = dict(crew.run(tasks))
    assert f"died {TRIES} times" in str(results.pop(tasks[0]))
    assert str(results.pop(tasks[1])).startswith("ZeroDivisionError: division by zero (traceback in ")
    assert sorted(results.values()) == [0, 1, 4, 9, 16]


def test_a_failed_point_is_one_line_and_the_others_go_on(tmp_path, monkeypatch, capsys):
    def run(crew, points):
        yield points[0], Failure("first line second line")
        yield from ((point, do(point)) for point in points[1:])

    monkeypatch.setattr(Crew, "run", run)
    monkeypatch.setattr(Crew, "complete", lambda crew, jobs: ({job: do(job) for job in jobs}, False))
    sweep = ["--sweep", "lr=1e-3,1e-2", "--models", "ae", *TINY[3:], "--epochs", "2"]
    assert answer(capsys, *sweep, "--output-dir", tmp_path) == (1, "ae 1d lr=0.001: first line second line\n")
    assert {row["lr"] for row in read(tmp_path)} == {"0.01"} and (tmp_path / "sweep" / "sweep.png").exists()


def test_dask_worker_killed_in_mid_sweep(tmp_path, expected, at_first_save, capsys):
    distributed = pytest.importorskip("distributed")
    options = {"processes": True, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(n_workers=2, host="127.0.0.1", **options) as cluster:
        killed = []

        def kill():
            busy = next(worker for worker in cluster.scheduler.workers.values() if worker.processing)
            nanny = next(nanny for nanny in cluster.workers.values() if nanny.worker_address == busy.address)
            killed.append(nanny.pid)
            os.kill(nanny.pid, signal.SIGKILL)

        at_first_save(kill)
        flags = ["--scheduler", cluster.scheduler_address, "--output-dir", tmp_path]
        assert answer(capsys, *SWEEP, *flags) == (0, "")
        assert killed and read(tmp_path) == expected


def test_no_scheduler(tmp_path, monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    flags = ["--sweep", "lr=1", "--output-dir", tmp_path, "--scheduler", address]
    pytest.importorskip("distributed")
    status, told = answer(capsys, *flags)
    assert status == 2 and told.count("\n") == 1 and address in told
    monkeypatch.setitem(sys.modules, "distributed", None)
    status, told = answer(capsys, *flags)
    assert status == 2 and told.count("\n") == 1 and "requirements-sweep.txt" in told


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], ["--sweep lr="]),
        (["--sweep", "speed=1,2"], ["speed", "lr", "hidden"]),
        (["--sweep", "seed=1,2"], ["seed", "lr"]),
        (["--sweep", "lr="], ["lr", "values"]),
        (["--sweep", "lr=0.1,,1"], ["lr", "''"]),
        (["--sweep", "hidden=32-0"], ["hidden", "32-0"]),
        (["--sweep", "lr=1", "lr=2"], ["lr", "twice"]),
        (["--sweep", "lr=1", "--lr", "2"], ["lr", "twice"]),
        (["--sweep", "beta=1", "--model", "fm"], ["vae_beta"]),
        (["--sweep", "dataset=moons"], ["--dim 2d"]),
        (["--sweep", "dataset=missing.csv"], ["missing.csv", "No such file"]),
        (["--sweep", f"epochs={','.join(map(str, range(1, 1000)))}"], ["15,984", "10,000"]),
        (["--sweep", "lr=1", "--scheduler", "http://host:80"], ["--scheduler", "tcp://"]),
        (["--sweep", "lr=1", "--measure", "beauty"], ["beauty", "w2"]),
    ],
)
def test_wrong_flags_get_one_line(flags, words, tmp_path, capsys):
    status, told = answer(capsys, *flags, "--output-dir", tmp_path / "out")
    assert status == 2 and told.count("\n") == 1 and all(word in told for word in words), told
    assert not (tmp_path / "out").exists()


def test_every_measure_of_the_chart_is_measured(expected):
    of_some = {"kl", "w2_with_noise"}  # of the variational autoencoders only
    assert set(ONE_NUMBER) - of_some <= {row["measure"] for row in expected}

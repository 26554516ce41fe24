"""What a user sees: in a terminal a line that never stops for long, in a log a line per finished task."""

import errno
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from dataclasses import replace

import pytest

from commands.config import Config
from commands.jobs import Page, Train
from commands.study import cells
from commands.terminal import Screen, Task, clock, phases
from models import MODELS
from models.source import title
from tests.running import ROOT, command

SMALL = ["--epochs", "3", "--n-samples", "40", "--n-seeds", "1", "--hidden", "8", "--w2-points", "64"]
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_a_terminal(words, columns, cwd):
    """Run a command on a pseudo-terminal: [(seconds since its start, what it wrote)], and its exit status."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    begun, seen = time.monotonic(), []
    streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    process = subprocess.Popen([sys.executable, *words], cwd=cwd, start_new_session=True, **streams)
    os.close(terminal)
    while True:
        ready, _, _ = select.select([controller], [], [], 60)
        try:
            content = os.read(controller, 65536) if ready else b""
        except OSError as error:  # the other end is closed
            assert error.errno == errno.EIO
            content = b""
        if not content:
            break
        seen.append((time.monotonic() - begun, content.decode()))
    os.close(controller)
    return seen, process.wait(60)


def looks(seen):
    """Every state of a line: what was written between carriage returns and line ends."""
    text = CONTROLS.sub("", "".join(content for _, content in seen))
    return [line for line in re.split(r"[\r\n]+", text) if line.strip()]


@pytest.mark.parametrize("columns", [80, 120])
def test_main_on_a_terminal(columns, tmp_path):
    dims = ("1d", "2d") if columns == 80 else ("1d",)
    flags = [*SMALL, "--models", "fm", "decoder", *(["--dim", "1d"] if len(dims) == 1 else []), "--output-dir", "out"]
    seen, status = on_a_terminal([ROOT / "main.py", *flags], columns, tmp_path)
    assert status == 0
    times = [0, *(at for at, _ in seen)]
    silences = [b - a for a, b in zip(times[:-1], times[1:], strict=True)]
    assert max(silences) < 2, "never silent"
    lines = looks(seen)
    assert max(map(len, lines)) <= columns, "nothing is cut or wrapped"
    assert lines[-1] == "open out/report.html" and lines[-2].startswith("done in 0:")
    assert any("closest to the data" in line for line in lines[-8:])
    states = [line for line in lines if " done · " in line]
    assert any("left" in line for line in states)
    assert any(re.match(r"0 of \d+ done", line) for line in states), "from the first second"
    rows = [line.split("  ")[0] for line in lines]
    for dim in dims:
        table = [line for line in lines if line[23:28] == f"{dim}   "]
        assert table[0].startswith("exact samples") and {line[:22].strip() for line in table[1:]} == {
            "Flow matching",
            "Decoder",
        }
    assert rows.count("model") == 1


def test_main_into_a_log(tmp_path):
    done = command("main.py", *SMALL, "--models", "fm", "meanflow", "--dim", "1d", "--output-dir", "out", cwd=tmp_path)
    assert done.stderr == "" and not CONTROLS.search(done.stdout) and "\r" not in done.stdout
    lines = done.stdout.splitlines()
    tasks = [line for line in lines if line.startswith(("Flow matching ", "MeanFlow ", "done: "))]
    pages = ["losses_1d", "steps_1d", "maps_1d", "couplings_1d", "fields_1d", "identities_1d", "memorised_1d"]
    expected = [*(f"out/{page}.png" for page in [*pages, "scoreboard", "adaptive"]), "out/report.html"]
    expected += [
        f"adaptive: {name} 1D, p = {p}" for name in ("Flow matching", "MeanFlow") for p in ("0", "0.5", "0.75", "1")
    ]
    assert sorted(line.removeprefix("done: ") for line in tasks if line.startswith("done: ")) == sorted(expected)
    assert len(tasks) == 2 + len(expected) and lines[-1] == "open out/report.html"


def test_rows_fit_80_columns():
    longest = max((title(name) for name in MODELS), key=len)
    assert len(cells(f"{longest} (2)", "1d", "0.00000123", "2.9440 ± 0.0008 (4 of 5 seeds)", "1234.5 s")) <= 80


def test_the_time_left(monkeypatch):
    """By the speed so far; as expected until there is one."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    plan = [Page("losses", 1, ROOT / str(i)) for i in range(80)]
    whole = sum(sum(phases(page).values()) for page in plan) / 2
    screen = Screen(plan, workers=2)
    assert screen.left() is None, "nothing is known in the first second"
    now[0] = 3.0
    assert screen.left() == pytest.approx(whole, rel=0.2)
    for page in plan[:40]:
        screen.begin(page)
        screen.finish(page)
    now[0] = 3.0 + whole  # half of the work, at half the expected speed
    assert screen.left() == pytest.approx(whole, rel=0.2)
    for page in plan[40:]:
        screen.finish(page)
    assert screen.left() == 0


def test_the_time_left_of_a_run():
    """A run is trained, measured and drawn; what is saved costs little, unless it turns out to be of no use."""
    job = Train("fm", 2, replace(Config(), epochs=2000), ROOT, draws=True)
    training, measuring, drawing = phases(job).values()
    task = Task(job)
    assert training > measuring > drawing > 0 and task.cost == training + measuring + drawing
    for note, done in (
        ("epoch 1000 of 2000, loss 3", training / 2),
        ("measuring", training),
        ("drawing 1 of 2", training + measuring + drawing / 2),
    ):
        task.report(*((0, 1) if note == "measuring" else (1, 2)), note)
        assert task.done == pytest.approx(done) and str(task) == f"Flow matching 2D: {note}"
    task.phases = phases(job, saved=True)
    assert task.cost < 1
    task.report(1, 2, "measuring")
    assert task.cost < 1
    task.report(1, 2000, "epoch 1 of 2000, loss 3")
    assert task.cost > training


def test_the_line_drops_details_before_it_is_too_long():
    jobs = [Train(name, 2, Config(), ROOT) for name in ("fm", "vae_beta")]
    screen = Screen(jobs, workers=2)
    for job in jobs:
        screen.report(screen.begin(job), 640, 2000, "epoch 640 of 2000, loss 2.86")
    lines = {width: screen.line(width) for width in (40, 60, 80, 120, 200)}
    assert all(len(line) <= width for width, line in lines.items())
    assert "Flow matching 2D: epoch 640 of 2000, loss 2.86 | VAE, β = 10 2D: epoch 640" in lines[200]
    assert "Flow matching 2D: epoch 640 of 2000, loss 2.86 + 1" in lines[80] and "0 of 2 done" in lines[40]


def test_a_sweep_in_a_log_and_on_a_terminal(tmp_path):
    """A line per finished point in a log; on a terminal the points are told apart, and no line runs into another."""
    flags = ["--sweep", "lr=1e-3,1e-2", "--models", "fm", "--dim", "1d", *SMALL, "--output-dir"]
    done = command("run_sweep.py", *flags, "log", cwd=tmp_path)
    finished = [line for line in done.stdout.splitlines() if line.startswith("done: ")]
    assert sorted(finished) == ["done: fm 1d lr=0.001", "done: fm 1d lr=0.01"] and not CONTROLS.search(done.stdout)
    seen, status = on_a_terminal([ROOT / "run_sweep.py", *flags, "out"], 80, tmp_path)
    lines = looks(seen)
    assert status == 0 and max(map(len, lines)) <= 80
    assert lines[-1] == "written: out/sweep/sweep.png"
    named = {value for line in lines for value in re.findall(r"fm 1d lr=([\d.]+)", line)}
    assert named and named <= {"0.001", "0.01"}  # a point so small may be over before the line is drawn again


def test_clock():
    assert [clock(seconds) for seconds in (0, 7.4, 754, 3723)] == ["0:00", "0:07", "12:34", "1:02:03"]

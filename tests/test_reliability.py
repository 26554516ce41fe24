"""Nothing is lost: commands that are killed, interrupted, run twice at once, or given a disk that is full."""

import gc
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from commands import cli, files, study, terminal, workers
from commands.cli import ERRORS
from commands.config import Config
from commands.jobs import Train
from commands.work import obtain, write_frames
from models import model_class
from tests.running import ROOT, command, loaded, pictures
from training.runs import train
from visualization.animation import shared_palette
from visualization.figure import Comparison

FILM = ["--dim", "1d", "--models", "decoder", "--epochs", "150", "--viz-freq", "10"]
SMALL = ["--n-samples", "100", "--n-seeds", "2", "--hidden", "16-16"]
KILLS = 20


def start(flags, out):
    """A command in a session of its own, as from a terminal."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / flags[0]), *flags[1:], "--output-dir", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def session(pid):
    """The processes of a session, by /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == pid and fields[0] not in "ZX":
            found.append(int(stat.parent.name))
    return found


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def content(out):
    """What must not depend on interruptions: weights, histories, snapshots, metrics and pictures of every run."""
    found = {}
    for path in sorted(out.rglob("*_model.pt")):
        run = torch.load(path, weights_only=True)
        state = {name: value for name, value in run["state"].items() if name != "generators"}
        found[path.name] = str([state, run["history"], run["snapshots"], run["measures"]])
        found[path.name, "weights"] = run["state"]["weights"].numpy().tobytes()
    for path in sorted([*out.rglob("*.png"), *out.rglob("*.gif"), *out.rglob("*.csv")]):
        found[str(path.relative_to(out))] = path.read_bytes()
    return found


def test_killed_at_any_moment_it_goes_on_as_if_nothing_had_happened(tmp_path):
    """SIGKILL at random moments of training, saving, drawing and encoding."""
    command("run_comparison.py", *FILM, *SMALL, "--output-dir", tmp_path / "whole", cwd=tmp_path, cold=True)
    expected, runs = content(tmp_path / "whole"), loaded()
    rng, kills, finished, seconds = random.Random(5), 0, 0, 1.0
    while kills < KILLS or not finished:
        out, begun = tmp_path / str(finished), time.monotonic()
        pid = runs.begin("run_comparison.py", [*FILM, *SMALL, "--save-every", "0.1", "--output-dir", out], tmp_path)
        kill = rng.choice([os.kill, os.killpg])  # the command alone, whose workers must leave by themselves, or all
        ended = threading.Timer(rng.uniform(0, seconds), kill, (pid, signal.SIGKILL))
        if kills < KILLS:
            ended.start()
        status = runs.status()
        ended.cancel()
        if status:
            assert status == -signal.SIGKILL
            kills += 1
            wait_for(lambda pid=pid: not session(pid), 10)
            continue
        seconds = time.monotonic() - begun  # what was left to do: no kill is spent on a time when all is done
        assert content(out) == expected
        assert {path.name for path in out.rglob(".*")} == {".gen_study.lock"}, "no temporary file is left"
        assert not list(out.rglob("*_progress.pt"))
        finished += 1


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_stops_it_in_order(name, tmp_path):
    """Within 2 seconds, with a line on how to go on, and no process left; meanwhile a second command is refused."""
    flags = [
        "training/train_decoder.py",
        "--dim",
        "1d",
        "--epochs",
        "1000000",
        "--viz-freq",
        "1000",
        "--save-every",
        "0.2",
    ]
    process = start([*flags, *SMALL], tmp_path)
    wait_for(lambda: (tmp_path / "decoder_progress.pt").exists() or process.poll() is not None)
    second = command("training/train_fm.py", "--output-dir", tmp_path, cwd=tmp_path, status=1)
    assert second.stderr.count("\n") == 1 and f"process {process.pid} is at work" in second.stderr
    (os.killpg if name != "SIGTERM" else os.kill)(process.pid, getattr(signal, name))
    begun = time.monotonic()
    out, err = process.communicate(timeout=10)
    assert time.monotonic() - begun < 2
    assert process.returncode == 128 + getattr(signal, name) and out == ""
    assert err.count("\n") == 1 and "the same command goes on from there" in err, err
    wait_for(lambda: not session(process.pid), 2)
    if name == "SIGINT":
        epochs = len(torch.load(tmp_path / "decoder_progress.pt", weights_only=True)["history"]["loss"])
        done = command(*flags[:4], str(epochs + 20), *flags[5:], *SMALL, "--output-dir", tmp_path, cwd=tmp_path)
        assert f"continued from epoch {epochs}" in done.stderr


def test_longer_is_an_extension_and_shorter_is_not(tmp_path):
    config = Config(n_samples=40, n_seeds=2, hidden=(8,), viz_freq=4)
    for name in ("fm", "vae"):
        path, whole = tmp_path / f"{name}_model.pt", train(replace(config, epochs=10).run_settings(name, 1))
        obtain(Train(name, 1, replace(config, epochs=6), path.parent))
        run, notes = obtain(Train(name, 1, replace(config, epochs=10), path.parent))
        assert notes == ["continued from epoch 6"]
        assert torch.equal(run.state["weights"], whole.state["weights"])
        assert torch.equal(run.history["loss"], whole.history["loss"])
        for key, value in whole.snapshots.items():
            assert torch.equal(run.snapshots[key], value), key
        _, notes = obtain(Train(name, 1, replace(config, epochs=5), path.parent))
        assert notes == [f"{name}_model.pt had other settings (epochs 10 -> 5): retrained, in its place"]


def test_a_lock_of_a_killed_process_does_not_block(tmp_path):
    code = "import time; from pathlib import Path; from commands.files import only_command\n"
    code += "with only_command(Path('.').resolve()): print('held', flush=True); time.sleep(60)"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    holder = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=env, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    assert (
        f"process {holder.pid}"
        in command("run_pages.py", "data", "--dim", "1d", "--output-dir", ".", cwd=tmp_path, status=1).stderr
    )
    holder.kill()
    holder.communicate()
    assert (tmp_path / ".gen_study.owner").exists()
    command("run_pages.py", "data", "--dim", "1d", "--output-dir", ".", cwd=tmp_path)


def few_bytes():
    resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))


def test_a_disk_that_is_full_leaves_earlier_files_as_they_were(tmp_path):
    """A limit on the size of files, which fails in the middle of a write as a full disk does."""
    flags = ["training/train_decoder.py", "--dim", "1d", "--epochs", "4", *SMALL, "--output-dir", "."]
    command(*flags, cwd=tmp_path)
    before = content(tmp_path)
    done = command(*flags, "--seed", "7", cwd=tmp_path, status=1, preexec_fn=few_bytes)
    assert "decoder 1d: [Errno 27] File too large" in done.stderr
    assert content(tmp_path) == before
    assert {path.name for path in tmp_path.rglob(".*")} == {".gen_study.lock"}, "nothing half-written is left"


@pytest.fixture
def read_only(tmp_path):
    """(A folder, a function that makes it read-only, one that undoes it): by attribute, because root obeys no mode."""
    folder = tmp_path / "out"
    folder.mkdir()
    as_root = os.geteuid() == 0
    lock, free = (["chattr", "+i"], ["chattr", "-i"]) if as_root else (["chmod", "555"], ["chmod", "755"])
    if as_root and subprocess.run([*lock, folder], capture_output=True).returncode:
        pytest.skip("root, but without the right to make a folder read-only")
    subprocess.run([*free, folder], check=True)
    yield folder, lambda: subprocess.run([*lock, folder], check=True), lambda: subprocess.run([*free, folder])
    subprocess.run([*free, folder])


def test_a_folder_that_becomes_read_only(read_only, tmp_path):
    out, lock, free = read_only
    flags = ["training/train_decoder.py", "--dim", "1d", "--viz-freq", "1000", *SMALL, "--save-every", "0.1"]
    process = start([*flags, "--epochs", "1000000"], out)
    wait_for((out / "decoder_progress.pt").exists)
    lock()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1 and ("not permitted" in err or "denied" in err), err
    assert "Traceback" not in err and err.startswith("decoder 1d: [Errno ")
    done = command(*flags, "--output-dir", out, cwd=tmp_path, status=2)
    assert "cannot write in" in done.stderr and "--output-dir" in done.stderr
    free()
    epochs = len(torch.load(out / "decoder_progress.pt", weights_only=True)["history"]["loss"])
    done = command(*flags, "--epochs", epochs + 20, "--output-dir", out, cwd=tmp_path)
    assert f"continued from epoch {epochs}" in done.stderr


def peak(flags, out):
    """The largest peak of resident memory among the processes of a command, in bytes."""
    pid, highest, ended = (
        loaded().begin(flags[0], [*flags[1:], "--output-dir", out], out.parent),
        [0],
        threading.Event(),
    )

    def watch():
        while not ended.wait(0.05):
            for process in session(pid):
                with suppress(OSError):
                    lines = Path(f"/proc/{process}/status").read_text().splitlines()
                    highest.extend(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert loaded().status() == 0
    ended.set()
    watcher.join()
    return max(highest)


def test_memory_does_not_grow_with_the_frames(tmp_path):
    """400 frames against 40; few samples, because only the frames matter."""
    flags = ["run_comparison.py", "--dim", "1d", "--n-samples", "20", "--batch-size", "20", "--n-seeds", "1"]
    flags += ["--hidden", "8", "--models", "decoder"]
    short, long = (peak([*flags, "--epochs", epochs], tmp_path / epochs) for epochs in ("40", "400"))
    assert long < 1.3 * short
    assert len(pictures(tmp_path / "400" / "comparison_1d" / "comparison_frames")) == 401


WATCH = """
import os, sys
log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def hook(event, args):
    if event == "open" and (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        name = "-" if isinstance(args[0], int) else os.path.abspath(os.fsdecode(args[0]))
        os.write(log, f"write {name}\\n".encode())
    elif event in ("os.mkdir", "os.rename", "os.remove"):
        name = os.path.abspath(os.fsdecode(args[event == "os.rename"]))
        os.write(log, f"write {name}\\n".encode())
    elif event in ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"):
        os.write(log, f"socket {args!r}\\n".encode())
    elif event in ("os.system", "os.exec", "pty.spawn"):
        os.write(log, f"run {args!r}\\n".encode())
sys.addaudithook(hook)
"""


@pytest.fixture
def temporary():
    """An empty folder with a short name: the path of a socket may have about a hundred letters."""
    with tempfile.TemporaryDirectory() as folder:
        yield folder


def test_no_network_and_nothing_written_elsewhere(tmp_path, temporary):
    """main.py under an audit hook in every one of its processes."""
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    log, home = tmp_path / "log", tmp_path / "home"
    env = os.environ | {"PYTHONPATH": str(tmp_path / "watch"), "WATCH_LOG": str(log), "PYTHONDONTWRITEBYTECODE": "1"}
    env |= {"MPLCONFIGDIR": str(home), "HOME": str(home), "TMPDIR": temporary}
    flags = ["--dim", "1d", "--model", "decoder", "--epochs", "2", *SMALL]
    command("main.py", *flags, "--output-dir", tmp_path / "out", cwd=tmp_path, env=env)
    lines = log.read_text().splitlines()
    written = {Path(line.removeprefix("write ")) for line in lines if line.startswith("write ")}
    assert any(path.name == "metrics.csv" for path in written), "the hook sees what is written"
    # matplotlib's list of fonts; the socket at which Python's processes meet (seen by its name in its folder, too)
    allowed = (tmp_path / "out", home, Path(temporary), Path("/dev"), Path("-"))
    written = {path for path in written if not path.name.startswith("listener-")}
    assert not list(Path(temporary).iterdir())
    assert not {path for path in written if not any(path.is_relative_to(place) for place in allowed)}
    sockets = [line for line in lines if line.startswith("socket ")]
    assert all("listener-" in line for line in sockets), "only between its own processes"
    assert not [line for line in lines if line.startswith("run ")]


def test_no_figure_and_no_file_stays_open(tmp_path):
    """Drawing films one after the other leaves neither behind."""
    config = Config(epochs=2, n_samples=20, hidden=(8,), n_seeds=1, viz_freq=1)
    run = train(config.run_settings("decoder", 1))

    def film():
        figure = Comparison([run])
        with open(tmp_path / "gif", "wb") as gif:
            write_frames(figure, range(2), tmp_path, shared_palette(figure, range(2)), lambda *_: None, None, gif)
        return weakref.ref(figure.figure)

    film()
    before = len(list(Path("/proc/self/fd").iterdir()))
    figures = [film() for _ in range(5)]
    gc.collect()
    assert not any(figure() for figure in figures)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_worker_that_is_killed_costs_only_its_job(tmp_path, monkeypatch, capfd):
    """The job is tried again, and goes on from where it was saved: the same bits, status 0, and no message."""
    flags = ["--model", "decoder", "ae", "--dim", "1d", *SMALL, "--epochs", "40", "--save-every", "0"]
    config, _ = cli.parse("", argv=[*flags, "--output-dir", str(tmp_path / "whole")])
    assert study.run(config) is False
    killed = []

    def report(screen, name, done, total, note):
        if not killed and note.startswith("epoch"):
            killed.append(os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL))

    monkeypatch.setattr(terminal.Screen, "report", report)
    config, _ = cli.parse("", argv=[*flags, "--output-dir", str(tmp_path / "killed")])
    assert study.run(config) is False and killed
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
    assert "Traceback" not in capfd.readouterr().err


# ---- what nobody foresaw --------------------------------------------------------------------------------------------


def test_an_unforeseen_error_is_one_line_and_a_traceback_in_a_file(tmp_path, monkeypatch, capsys):
    """In a worker, and in the command itself; other jobs go on; the file has the errors of this command only."""

    def broken(self, z):
        return z.no_such_attribute

    flags = ["--model", "decoder", "ae", "--dim", "1d", *SMALL, "--epochs", "2", "--output-dir", str(tmp_path)]
    monkeypatch.setattr(model_class("decoder"), "generate", broken)
    monkeypatch.setattr(
        workers, "_context", lambda _: multiprocessing.get_context("fork")
    )  # so that workers have it, too
    assert study.main("", flags) == 1
    said = capsys.readouterr()
    what = "AttributeError: 'Tensor' object has no attribute 'no_such_attribute'"
    line = f"decoder 1d: {what} (traceback in {tmp_path / ERRORS})\n"
    assert said.err == line and (tmp_path / "ae_visualization.png").exists()
    text = (tmp_path / ERRORS).read_text()
    assert text.count("Traceback") == 1 and "in broken" in text and files.is_ours(tmp_path / ERRORS)
    monkeypatch.undo()
    monkeypatch.setattr(study.Rows, "conclude", lambda *_: 1 / 0)
    assert study.main("", flags) == 1
    said = capsys.readouterr()
    assert said.err == f"error: ZeroDivisionError: division by zero (traceback in {tmp_path / ERRORS})\n"
    assert "in broken" not in (tmp_path / ERRORS).read_text() and "1 / 0" in (tmp_path / ERRORS).read_text()


def test_an_errors_file_of_the_user_is_left(tmp_path, monkeypatch, capsys):
    (tmp_path / ERRORS).write_text("mine")
    monkeypatch.setattr(cli, "_folder", tmp_path)
    assert "traceback is above" in cli.unforeseen("KeyError: 1", "Traceback ...")
    assert (tmp_path / ERRORS).read_text() == "mine" and capsys.readouterr().err == "Traceback ...\n"

"""A user's environment must not affect the commands: settings, working folder, streams, ways to start."""

import ast
import io
import multiprocessing
import os
import subprocess
import sys
import tempfile
import warnings
from multiprocessing.connection import Listener
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

from commands.config import Config
from commands.jobs import Page
from commands.surroundings import NO_READER, make_room_for_sockets, settle
from commands.work import do, save
from tests.running import ROOT, TINY, command
from training.runs import train
from visualization import style
from visualization import text as texts
from visualization.figure import Comparison, Film
from visualization.pages import layout, sweep
from visualization.text import drawable

INLINE = "module://matplotlib_inline.backend_inline"  # what `!python main.py` in a notebook inherits
SETTINGS = {  # of a user, for figures of their own
    "text.usetex": True,
    "figure.facecolor": "red",
    "axes.facecolor": "red",
    "axes.grid": True,
    "lines.linewidth": 9,
    "lines.antialiased": False,
    "font.weight": "bold",
    "font.family": "monospace",
    "legend.fontsize": 30,
    "savefig.dpi": 30,
}
INVALID = "nonsense: 3\nlines.linewidth: x\nno colon\n"
MATPLOTLIBRC = "".join(f"{name}: {value}\n" for name, value in SETTINGS.items()) + INVALID
SMALL = ["--dim", "1d", *TINY]
FEW = ["--n-samples", "40"]
DECOYS = ("training/__init__", "training/startup", "data/__init__", "multiprocessing/__init__", "signal")


def pixels(folder):
    """Every picture below a folder, by its name."""
    return {str(path.relative_to(folder)): np.asarray(Image.open(path)).tobytes() for path in folder.rglob("*.png")}


def start(*words, env=(), **options):
    """A finished Python of its own, whose output is text."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | dict(env)
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    words = [sys.executable, *map(str, words)]
    return subprocess.run(words, env=environment, timeout=170, text=True, encoding="utf-8", errors="replace", **options)


def lay_decoys(folder):
    """Modules in a folder that bear names of ours and of Python's, and write a file when they are imported."""
    for name in DECOYS:
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"open({str(folder / 'imported')!r}, 'w').close()\nraise SystemExit(__file__)\n")


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """(Its folder, the finished command): one that trains, measures and draws, where everything is odd."""
    folder = tmp_path_factory.mktemp("strange")
    temporary = folder / ("t" * (149 - len(str(folder))))
    temporary.mkdir()
    lay_decoys(folder / "here")
    (folder / "here" / "matplotlibrc").write_text(MATPLOTLIBRC)
    env = {"MPLBACKEND": INLINE, "PYTHONIOENCODING": "ascii", "TMPDIR": str(temporary)}
    words = ["-W", "error", ROOT / "training/train_decoder.py", *SMALL, "--output-dir", folder / "out"]
    return folder, start(*words, cwd=folder / "here", env=env)


# ---- matplotlib's settings ------------------------------------------------------------------------------------------


def test_workers_draw_the_same_pictures(strange, tmp_path):
    folder, done = strange
    assert (done.returncode, done.stderr) == (0, "")
    command("training/train_decoder.py", *SMALL, "--output-dir", "out", cwd=tmp_path)
    assert len(pixels(tmp_path)) == 4 and pixels(tmp_path / "out") == pixels(folder / "out")


@pytest.fixture(scope="module")
def data_picture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    command("run_pages.py", "data", "--dim", "1d", *FEW, "--output-dir", folder, cwd=folder)
    return pixels(folder)


@pytest.mark.parametrize("variable", ["", "MATPLOTLIBRC", "MPLCONFIGDIR"])
def test_a_command_that_draws_by_itself(variable, data_picture, tmp_path):
    """A user's matplotlibrc in the working folder, or where a variable says."""
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "matplotlibrc").write_text(MATPLOTLIBRC)
    env = {"MPLBACKEND": INLINE} | ({variable: str(tmp_path / "settings")} if variable else {})
    words = [ROOT / "run_pages.py", "data", "--dim", "1d", *FEW, "--output-dir", tmp_path / "out"]
    done = start(*words, cwd=tmp_path if variable else tmp_path / "settings", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert pixels(tmp_path / "out") == data_picture


def test_a_notebook_keeps_its_settings(tmp_path):
    """Our drawing functions in a process with other settings: the same pictures, and the settings stay."""
    config = Config(epochs=3, n_samples=40, batch_size=20, hidden=(8,), n_seeds=2, viz_freq=1)
    run = train(config.run_settings("fm", 1))
    save(run, tmp_path / "fm_model.pt")

    def drawn():
        texts._font.cache_clear(), style.font_file.cache_clear()
        film = Comparison([run])
        do(Page("losses", 1, tmp_path, again=True))
        return [film.render(k).tobytes() for k in (1, 0)], pixels(tmp_path)

    expected = drawn()
    with matplotlib.rc_context(SETTINGS):
        before = dict(matplotlib.rcParams)
        assert drawn() == expected
        assert dict(matplotlib.rcParams) == before


# ---- ways to start --------------------------------------------------------------------------------------------------


def test_the_working_folder_is_not_imported_from(strange):
    folder, done = strange
    assert done.returncode == 0 and not (folder / "here" / "imported").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["-P", ROOT / "run_pages.py", "data", "--dim", "1d"],
        ["-I", "-m", "cProfile", ROOT / "main.py", "--model", "decoder"],
        ["-P", "-", "--model", "decoder"],
    ],
    ids=["safe path", "isolated, under a profiler", "from standard input"],
)
def test_however_python_is_started(words, tmp_path):
    words = words if sys.version_info >= (3, 11) else [word for word in words if word != "-P"]
    with open(ROOT / "main.py", "rb") as text:
        flags = FEW if "data" in words else SMALL
        done = start(*words, *flags, "--output-dir", tmp_path, cwd=ROOT, stdin=text)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert pixels(tmp_path)


THREAD = """
import sys, threading
from commands import comparison, study, sweep

def work():
    words = [*sys.argv[1:], "--model", "decoder"]
    at = words.index("--viz-freq")  # which a sweep has no use for
    fewer = [*words[:at], *words[at + 2 :], "--sweep", "lr=1e-3,1e-2"]
    print([study.main("", words), comparison.main("", words), sweep.main("", fewer)])

if __name__ == "__main__":
    thread = threading.Thread(target=work)
    thread.start(), thread.join()
"""


def test_in_a_thread(tmp_path):
    """The commands as functions of a larger program."""
    (tmp_path / "program.py").write_text(THREAD)
    lay_decoys(tmp_path / "here")
    words = [tmp_path / "program.py", *SMALL, "--output-dir", tmp_path / "out"]
    done = start(*words, cwd=tmp_path / "here", env={"PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.endswith("[0, 0, 0]\n")
    assert not (tmp_path / "here" / "imported").exists()


BLOCK = 'if __name__ == "__main__":'
PLACES = (ROOT / name for name in (".", "data", "training", "evaluation", "visualization"))
SCRIPTS = [path for place in PLACES for path in sorted(place.glob("*.py")) if BLOCK in path.read_text("utf-8")]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_finds_the_repository_before_it_imports_from_it(path):
    """And then runs as a module, so that workers find there what it sends them."""
    _, first, *_ = ast.parse(path.read_text("utf-8")).body
    root = "Path(__file__).resolve().parent" + ".parent" * (path.parent != ROOT)
    assert ast.unparse(first.test) == "__name__ == '__main__'"
    assert ast.unparse(first.body[:3]) == f"import sys\nfrom pathlib import Path\nsys.path.insert(0, str({root}))"


# ---- streams --------------------------------------------------------------------------------------------------------


def test_a_table_on_a_terminal_that_knows_only_ascii(strange):
    assert " +- 0." in strange[1].stdout


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("ascii", "+- beta x 2 e ? ? ?"), ("cp866", "+- beta x 2 e я ? ?"), ("utf-8", "± β × ₂ é я 時 ?")],
)
def test_what_a_stream_cannot_write(encoding, written, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    settle()
    print("± β × ₂ é я 時 \udcff", end="", flush=True)
    assert stream.buffer.getvalue().decode(encoding) == written


def closing(*numbers):
    """What a process does before it becomes a command whose streams are closed."""
    return lambda: [os.close(number) for number in numbers]


def test_no_file_takes_the_place_of_a_closed_stream(tmp_path):
    code = "import os, sys; from commands.surroundings import settle; settle(); file = open(os.devnull); print()\n"
    code += "sys.exit(file.fileno() < 3 or not all(map(os.get_inheritable, range(3))))"
    assert start("-c", code, cwd=ROOT, preexec_fn=closing(0, 1, 2)).returncode == 0


@pytest.mark.parametrize(
    ("closed", "script", "flags", "status", "pictures"),
    [
        ([1], "run_pages.py", ["data", *FEW], 0, 2),
        ([2], "run_pages.py", ["data", "--seed", "-1"], 2, 0),
        ([0, 1, 2], "training/train_decoder.py", SMALL, 0, 4),
    ],
)
def test_closed_streams(closed, script, flags, status, pictures, tmp_path):
    done = start(ROOT / script, *flags, "--output-dir", "out", cwd=tmp_path, preexec_fn=closing(*closed))
    assert (done.returncode, done.stderr) == (status, "")
    assert len(pixels(tmp_path)) == pictures


@pytest.mark.parametrize("unbuffered", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])
def test_a_reader_that_goes_away(unbuffered, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    done = start(
        ROOT / "run_pages.py",
        "data",
        "--dim",
        "1d",
        *FEW,
        "--output-dir",
        ".",
        cwd=tmp_path,
        stdout=writer,
        env=unbuffered,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (NO_READER, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_an_output_that_is_full(tmp_path):
    with open("/dev/full", "w") as full:
        done = start(ROOT / "run_pages.py", "data", "--dim", "1d", *FEW, "--output-dir", ".", cwd=tmp_path, stdout=full)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "No space left" in done.stderr


# ---- the temporary folder -------------------------------------------------------------------------------------------


def test_a_temporary_folder_with_a_long_name(strange):
    folder, done = strange
    (temporary,) = folder.glob("ttt*")
    assert done.returncode == 0 and len(str(temporary)) == 150 and not list(temporary.iterdir())


@pytest.mark.parametrize("letters", [79, 150])
def test_sockets_get_a_shorter_one(letters, monkeypatch):
    process = multiprocessing.current_process()._config
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / ("t" * (letters - len(place) - 1))
        folder.mkdir()
        monkeypatch.setenv("TMPDIR", str(folder))
        monkeypatch.setattr(tempfile, "tempdir", None)
        monkeypatch.setitem(process, "tempdir", None)
        make_room_for_sockets()
        with Listener(family="AF_UNIX") as listener:
            assert Path(listener.address).parent == Path(process["tempdir"])
        assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(folder) and not list(folder.iterdir())


# ---- names without glyphs -------------------------------------------------------------------------------------------


def test_drawable():
    assert drawable("a_b é ẑ W₂ β") == "a_b é ẑ W₂ β"
    assert drawable("時\n\t\x85\u200b\udcff$x$") == "□□□□□□" + r"\$x\$"


def test_names_that_the_font_lacks_are_drawn_without_a_warning():
    name = "時間\udcff $x$"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layout.image_of(layout.page(100, name))
        Film((400, 100), name, [1])
        figure = layout.page(400, "")
        axes = layout.place(figure, (50, 50, 300, 300))
        sweep.ticks(axes, ("dataset", (name, "moons")), 300)
        layout.image_of(figure)
    assert [label.get_text() for label in axes.get_xticklabels()] == [drawable(name), "moons"]

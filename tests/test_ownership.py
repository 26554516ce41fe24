"""What is the user's stays as it was, and what is shown was drawn from what is there now."""

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

import commands.files as files
from commands.config import Config
from commands.files import Busy, NotOurs, drawn_from, empty_folder, is_ours, only_command, replace_file, write_text
from commands.jobs import Train
from commands.work import obtain, reread, save
from tests.running import TINY, command
from training.runs import load, train
from training.settings import run_file

SHORT = [*TINY, "--dim", "1d"]
SWEPT = [*TINY[:-2], "--dim", "1d"]  # a sweep draws no frames


def tree(folder):
    """Everything below a folder except folders: what each file holds, where each link points, and their modes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = "link", os.readlink(path)
        elif path.is_file():
            found[name] = path.read_bytes(), path.stat().st_mode
    return found


FOREIGN = (
    ".vimrc.2024-01-01",
    ".env.1",
    ".backup.7z",
    ".lock",
    ".lock_owner",
    ".gen_study.notes",
    ".gen_study.0123456789abcdef.1.1",
    "notes.txt",
    "2024-11-25.csv",
    "epoch_0001.png",
    "fm_epochs/epoch_first.png",
    "fm_epochs/.epoch_0002.png.3",
    "fm_epochs/epoch_9999.png",
    "comparison_1d/comparison_frames/epoch_mine.png",
    "comparison_1d/comparison_frames/epoch_0009.png",
    "comparison_1d/.comparison_1d.gif.0",
    "sweep/points/.mine.1",
    "sweep/points/mine.json",
    "adaptive_runs/p_0/.x.1",
    "deep/er/.tool.4",
    "transformer_model.pt",
)


@pytest.fixture
def full(tmp_path):
    """An output folder full of the user's files: hidden, dated, with digits, read-only, links, folders."""
    out = tmp_path / "out"
    for name in FOREIGN:
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"mine: {name}")
    (out / ".tool.3").mkdir()
    (out / ".tool.3" / "inside").write_text("mine")
    (out / "empty.5").mkdir()
    (out / "read_only.txt").write_text("mine")
    (out / "read_only.txt").chmod(0o400)
    (out / "link.1").symlink_to("notes.txt")
    (out / ".broken.2").symlink_to("nowhere")
    (tmp_path / "outside.png").write_text("mine")
    (out / "fm_epochs" / "epoch_0077.png").symlink_to(tmp_path / "outside.png")
    return out


COMMANDS = [
    ["run_pages.py", "data", "--dim", "1d"],
    ["run_pages.py", "data", "--dim", "2d", "--dataset", "moons"],
    ["main.py", *SHORT, "--models", "fm", "meanflow"],
    ["main.py", *SHORT, "--models", "fm", "--seed", "5"],
    ["run_comparison.py", *SHORT[2:], "--epochs", "3", "--viz-freq", "1", "--models", "decoder", "fm"],
    ["run_sweep.py", *SWEPT, "--models", "ae", "--sweep", "lr=1e-3,1e-2"],
    ["visualization/viz_fm.py", *SHORT],
    ["run_pages.py", "losses", "--dim", "1d"],
    ["run_pages.py", "scoreboard"],
    ["run_pages.py", "report"],
]


def test_no_command_touches_what_is_not_its_own(full, tmp_path):
    before = tree(tmp_path)
    for words in COMMANDS:
        command(*words, "--output-dir", full, cwd=tmp_path)
        after = tree(tmp_path)
        assert {name: after.get(name) for name in before} == before, words
        ours = {Path(name) for name in after.keys() - before.keys()}
        assert all(is_ours(tmp_path / name) or name.name == ".gen_study.lock" for name in ours), words
        assert all(name.is_relative_to("out") for name in ours), words
    assert (full / ".tool.3" / "inside").exists() and (full / "empty.5").is_dir()


IN_THE_WAY = [
    (["main.py", *SHORT, "--models", "fm"], "fm_visualization.png", "file"),
    (["main.py", *SHORT, "--models", "fm"], "metrics.csv", "link"),
    (["main.py", *SHORT, "--models", "fm"], "report.html", "folder"),
    (["run_comparison.py", *SHORT, "--models", "fm"], "comparison_1d/comparison_1d.gif", "file"),
    (["run_comparison.py", *SHORT, "--models", "fm"], "comparison_1d/comparison_frames", "file"),
    (["run_comparison.py", *SHORT, "--models", "fm"], "comparison_1d/comparison_frames/epoch_0002.png", "link"),
    (["main.py", *SHORT, "--models", "fm"], "fm_epochs/epoch_0004.png", "file"),
    (["run_comparison.py", *SHORT, "--models", "fm"], "comparison_1d", "file"),
    (["run_sweep.py", *SWEPT, "--models", "ae", "--sweep", "lr=1e-3"], "sweep/sweep.csv", "file"),
    (["run_pages.py", "data", "--dim", "1d"], "data_1d.png", "file"),
    (["training/train_fm.py", *SHORT, "--restart"], "fm_model.pt", "file"),
    (["training/train_fm.py", *SHORT, "--restart"], "fm_model.pt", "link"),
    (["training/train_fm.py", *SHORT], "fm_progress.pt", "file"),
    (["training/train_fm.py", *SHORT], "fm_epochs", "file"),
]


@pytest.mark.parametrize(("words", "name", "kind"), IN_THE_WAY, ids=lambda value: value if type(value) is str else "")
def test_what_is_in_the_way_stops_the_command(words, name, kind, tmp_path):
    """It says which one and what to do, and leaves it as it was, before any time is spent on training."""
    path = tmp_path / "out" / name
    path.parent.mkdir(parents=True)
    (tmp_path / "target").write_text("mine")
    if kind == "file":
        path.write_text("mine")
    elif kind == "link":
        path.symlink_to(tmp_path / "target")
    else:
        path.mkdir()
    before = tree(tmp_path)
    done = command(*words, "--output-dir", tmp_path / "out", cwd=tmp_path, status=1)
    assert name in done.stderr and "move it away" in done.stderr, done.stderr
    after = tree(tmp_path)
    assert {key: after.get(key) for key in before} == before and path.is_dir() == (kind == "folder")
    assert not list((tmp_path / "out").rglob(".gen_study.*.*.*"))
    if not words[0].startswith("training"):
        assert not list((tmp_path / "out").rglob("*_model.pt")), "before anything is trained"


def test_temporary_files_of_a_dead_command_are_removed_and_no_others(tmp_path):
    """Only those of the killed command that held the folder; one in an inner folder lives, and so do its files."""
    inner = tmp_path / "comparison_1d"
    inner.mkdir()
    dead, alive = "0" * 16, "1" * 16
    (tmp_path / ".gen_study.owner").write_text(f"1 {dead}")
    for folder in (tmp_path, inner):
        for name in (dead, alive):
            (folder / f".gen_study.{name}.7.0").write_text("half")
    with only_command(tmp_path):
        left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob(".gen_study.*.7.0")}
    assert left == {f".gen_study.{alive}.7.0", f"comparison_1d/.gen_study.{alive}.7.0"}
    assert not (tmp_path / ".gen_study.owner").exists(), "it ended in order"


@pytest.mark.parametrize("name", ["sweep", "comparison_1d", "adaptive_runs/p_0"])
def test_a_command_inside_and_one_outside_exclude_each_other(name, tmp_path):
    """If the outer one writes the inner one's folder as well; whichever begins first."""
    inner = tmp_path / name
    inner.mkdir(parents=True)
    for first, second in ((inner, tmp_path), (tmp_path, inner)):
        with only_command(first), pytest.raises(Busy), only_command(second):
            pass
        with only_command(second):
            pass


def test_a_command_in_a_folder_of_the_users_does_not_disturb(tmp_path, monkeypatch):
    inner = tmp_path / "mine"
    inner.mkdir()
    with only_command(inner):
        half = inner / f".gen_study.{files.command}.7.0"
        half.write_text("half")
        monkeypatch.setattr(files, "command", "2" * 16)
        with only_command(tmp_path):
            assert half.exists()


@pytest.mark.parametrize("name", [".gen_study.owner", ".gen_study.lock"])
@pytest.mark.parametrize("link", [False, True])
def test_not_even_files_called_like_the_lock_are_touched(name, link, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    out = tmp_path / "out"
    out.mkdir()
    if link:
        (out / name).symlink_to(tmp_path / "thesis.txt")
    else:
        (out / name).write_text("precious")
    before = tree(tmp_path)
    with pytest.raises(NotOurs, match="move it away"), only_command(out):
        pass
    assert tree(tmp_path) == before


def test_links_to_folders_are_not_followed(tmp_path):
    """The frames of another output folder stay what they are."""
    words = ["training/train_decoder.py", *SHORT]
    command(*words, "--output-dir", "a", cwd=tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "decoder_epochs").symlink_to(tmp_path / "a" / "decoder_epochs")
    before = tree(tmp_path / "a")
    done = command(*words, "--seed", 3, "--output-dir", "b", cwd=tmp_path, status=1)
    assert "decoder_epochs is in the place of a folder; move it away" in done.stderr
    assert tree(tmp_path / "a") == before


def test_what_is_ours_and_what_is_not(tmp_path):
    mine, link = tmp_path / "a.md", tmp_path / "b.md"
    write_text(mine, f"ours <!-- {files.stamp('0' * 16)} -->")
    assert is_ours(mine) and drawn_from(mine) == "0" * 16
    link.symlink_to(mine)
    assert not is_ours(link) and not is_ours(tmp_path) and not is_ours(tmp_path / "none")
    mine.write_text("# Notes\n")
    with pytest.raises(NotOurs, match=r"a\.md was not written by this version of Gen_Study; move it away"):
        write_text(mine, "new")
    assert mine.read_text() == "# Notes\n" and [path.name for path in tmp_path.iterdir() if path.name[0] == "."] == []
    with pytest.raises(NotOurs, match=r"b\.md was not"):
        replace_file(link, lambda path: path.write_text("new"))


def test_frames_of_ours_go_and_others_stay(tmp_path):
    Image.new("L", (2, 2)).save(tmp_path / "epoch_0001.png")
    command("training/train_decoder.py", *SHORT, "--output-dir", tmp_path / "out", cwd=tmp_path)
    shutil.copy(next((tmp_path / "out" / "decoder_epochs").iterdir()), tmp_path / "epoch_0002.png")
    shutil.copy(tmp_path / "epoch_0002.png", tmp_path / "epoch_0002_for_my_talk.png")
    empty_folder(tmp_path)
    assert {path.name for path in tmp_path.glob("epoch_*")} == {"epoch_0001.png", "epoch_0002_for_my_talk.png"}


# ---- nothing stale --------------------------------------------------------------------------------------------------


def shown(folder):
    """What the pictures, tables and pages of a folder hold."""
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".png", ".csv", ".md", ".html")
    }


def test_no_time_decides_what_is_drawn(tmp_path):
    """A run that is copied in with its old times shows everywhere; times in the future freeze nothing."""
    words = ["main.py", *SHORT, "--models", "fm", "decoder"]
    a, b = tmp_path / "a", tmp_path / "b"
    for out, seed in ((a, 0), (b, 3)):
        command(*words, "--seed", seed, "--output-dir", out, cwd=tmp_path)
    assert shown(a)["fm_visualization.png"] != shown(b)["fm_visualization.png"]
    for name in ("fm_model.pt", "decoder_model.pt"):
        shutil.copy2(a / name, b / name)
    future = time.time() + 1e5
    for path in b.rglob("*"):
        os.utime(path, (future, future))
    command(*words, "--seed", 0, "--output-dir", b, cwd=tmp_path)
    for name, content in shown(a).items():
        assert shown(b)[name] == content, name
    frames = [tree(out / "fm_epochs") for out in (a, b)]
    assert frames[0] == frames[1]
    before = {path: path.stat().st_mtime_ns for path in b.rglob("*.*") if path.is_file()}
    command(*words, "--seed", 0, "--output-dir", b, cwd=tmp_path)
    assert before == {path: path.stat().st_mtime_ns for path in before}, "nothing is drawn twice"
    (b / "metrics.csv").unlink()
    command(*words, "--seed", 0, "--output-dir", b, cwd=tmp_path)
    assert shown(b)["metrics.csv"] == shown(a)["metrics.csv"], "what is missing comes back"


def test_a_picture_never_stands_beside_frames_of_another_run(tmp_path, monkeypatch):
    """A command that is killed while it draws leaves no old picture, which would say that everything is drawn."""
    from commands import work
    from commands.jobs import Train

    config = Config(epochs=2, n_samples=20, hidden=(8,), n_seeds=1, viz_freq=1)

    def task(seed):
        work.do(Train("decoder", 1, replace(config, seed=seed, output_dir=tmp_path), tmp_path, draws=True))

    task(0)
    picture = (tmp_path / "decoder_visualization.png").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(work, "draw_frames", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            task(1)
    assert not (tmp_path / "decoder_visualization.png").exists()
    task(0)
    assert (tmp_path / "decoder_visualization.png").read_bytes() == picture
    assert len(list((tmp_path / "decoder_epochs").iterdir())) == 3


def test_a_table_of_another_folder_is_written_again(tmp_path):
    words = ["main.py", *SHORT, "--models", "decoder"]
    for out, seed in (("a", 0), ("b", 3)):
        command(*words, "--seed", seed, "--output-dir", out, cwd=tmp_path)
    expected = (tmp_path / "b" / "metrics.csv").read_bytes()
    for names in (("metrics.csv",), ("metrics.csv", "scoreboard.md")):
        for name in names:
            shutil.copy2(tmp_path / "a" / name, tmp_path / "b" / name)
        command(*words, "--seed", 3, "--output-dir", "b", cwd=tmp_path)
        assert (tmp_path / "b" / "metrics.csv").read_bytes() == expected
    frames = tree(tmp_path / "b" / "decoder_epochs")
    shutil.copy2(tmp_path / "a" / "decoder_epochs" / "epoch_0002.png", tmp_path / "b" / "decoder_epochs")
    (tmp_path / "b" / "decoder_epochs" / "epoch_0004.png").unlink()
    command(*words, "--seed", 3, "--output-dir", "b", cwd=tmp_path)
    assert tree(tmp_path / "b" / "decoder_epochs") == frames, "frames, too"


def test_an_unfinished_run_is_not_taken_for_a_finished_one(tmp_path):
    """Not even if its file is given the other name, and it is not replaced silently."""
    config = Config(epochs=4, n_samples=20, hidden=(8,), n_seeds=1, viz_freq=1)
    path = run_file(tmp_path, "decoder", 1)
    half = train(replace(config, epochs=2).run_settings("decoder", 1))
    half.settings = half.settings | {"epochs": 4}
    save(half, path)
    run, notes = obtain(Train("decoder", 1, config, path.parent))
    assert len(run.history["loss"]) == 4 and notes == ["continued from epoch 2"]
    path.unlink()
    save(half, tmp_path / "decoder_progress.pt")
    _, notes = obtain(Train("decoder", 1, replace(config, epochs=3, lr=0.1), path.parent))
    assert notes == ["decoder_progress.pt, 2 epochs with other settings (epochs 4 -> 3, lr 0.001 -> 0.1), is replaced"]


def test_one_damaged_run_costs_no_page(tmp_path):
    words = ["main.py", *SHORT, "--models"]
    command(*words, "fm", "decoder", "--output-dir", ".", cwd=tmp_path)
    (tmp_path / "decoder_model.pt").write_bytes(b"damaged")
    done = command(*words, "fm", "--seed", 3, "--output-dir", ".", cwd=tmp_path, status=1)
    assert "drawn, but decoder_model.pt is not a run" in done.stderr and "written, but" in done.stderr
    table = (tmp_path / "metrics.csv").read_text()
    assert "fm,1,two_gaussians_1d,3," in table and "decoder" not in table


def test_a_comparison_of_copied_runs_is_drawn_again(tmp_path):
    words = ["run_comparison.py", *SHORT, "--models", "decoder"]
    for out, seed in (("a", 0), ("b", 3)):
        command(*words, "--seed", seed, "--output-dir", out, cwd=tmp_path)
    a, b = (tmp_path / out / "comparison_1d" for out in "ab")
    shutil.copy2(a / "decoder_model.pt", b / "decoder_model.pt")
    command(*words, "--seed", 0, "--output-dir", "b", cwd=tmp_path)
    assert (a / "comparison_1d.gif").read_bytes() == (b / "comparison_1d.gif").read_bytes()
    assert tree(a / "comparison_frames") == tree(b / "comparison_frames")


def test_a_run_that_is_exchanged_is_read_again(tmp_path):
    """Also with the same size and time."""
    config = Config(epochs=2, n_samples=20, hidden=(8,), n_seeds=1, viz_freq=1)
    path, stamp = run_file(tmp_path, "decoder", 1), (1e9, 1e9)
    for seed in (0, 1):
        run = train(Config(**(vars(config) | {"seed": seed})).run_settings("decoder", 1))
        save(run, path)
        os.utime(path, stamp)
        assert torch.equal(reread(path).data, run.data) and reread(path) is reread(path)


def test_the_key_is_of_the_content_and_not_of_the_time_it_took(tmp_path):
    run = train(Config(epochs=2, n_samples=20, hidden=(8,), n_seeds=1, viz_freq=1).run_settings("fm", 1))
    keys = []
    for seconds in (1.0, 2.0):
        run.seconds = seconds
        save(run, tmp_path / "fm_model.pt")
        keys.append(files.content_key(tmp_path / "fm_model.pt"))
    run.data += 1
    save(run, tmp_path / "fm_model.pt")
    assert keys[0] == keys[1] != files.content_key(tmp_path / "fm_model.pt")


def test_runs_on_different_data_are_not_mixed(tmp_path):
    """A page that was not told which data to show says so; with --dataset it shows those."""
    for dataset, model in (("moons", "fm"), ("circles", "decoder")):
        words = [f"training/train_{model}.py", *TINY, "--dim", "2d", "--dataset", dataset]
        command(*words, "--output-dir", ".", cwd=tmp_path)
    done = command("run_pages.py", "losses", "--dim", "2d", "--output-dir", ".", cwd=tmp_path, status=1)
    assert "(circles, moons); choose with --dataset" in done.stderr
    words = ["run_pages.py", "losses", "--dim", "2d", "--dataset", "moons", "--output-dir", "."]
    assert "losses_2d.png" in command(*words, cwd=tmp_path).stdout
    done = command("run_pages.py", "report", "--output-dir", ".", cwd=tmp_path, status=1)
    assert "choose with --dataset" in done.stderr


def test_outputs_move_without_the_users_file(tmp_path):
    """The run holds its points: on another machine it is loaded and drawn, and a sweep's worker needs no file."""
    (tmp_path / "p.csv").write_text(
        "waiting,eruptions\n" + "".join(f"{50 + i % 40}.5,{1.5 + i % 7}\n" for i in range(60))
    )
    command("training/train_fm_2d.py", *TINY, "--dataset", "p.csv", "--output-dir", "out", cwd=tmp_path)
    (tmp_path / "out").rename(tmp_path / "moved")
    (tmp_path / "p.csv").unlink()
    run = load(run_file(tmp_path / "moved", "fm", 2))
    assert run.settings["dataset"].columns == ("waiting", "eruptions")
    command("visualization/viz_fm_2d.py", "--output-dir", "moved", cwd=tmp_path)
    done = command("run_pages.py", "losses", "--dim", "2d", "--output-dir", "moved", cwd=tmp_path)
    assert "losses_2d.png" in done.stdout


def test_a_sweeps_point_carries_its_data(tmp_path, monkeypatch):
    import json

    from commands.cli import parse
    from commands.sweep import SweepConfig, plan
    from commands.work import do

    monkeypatch.chdir(tmp_path)
    for name, shift in (("a.csv", 0), ("b.csv", 5)):
        Path(name).write_text("x,y\n" + "".join(f"{i % 9}.5,{i % 7 + shift * i}.25\n" for i in range(40)))
    flags = ["--sweep", "dataset=a.csv,b.csv", *TINY, "--dim", "2d", "--models", "decoder"]
    config, given = parse("", SweepConfig(), flags)
    for name in ("a.csv", "b.csv"):
        Path(name).unlink()
    results = [json.loads(json.dumps(do(point))) for _, point in plan(config, given)]
    assert [result["settings"]["dataset"]["name"] for result in results] == ["a.csv", "b.csv"]
    assert results[0]["rows"] != results[1]["rows"]


def test_a_film_stays_if_its_models_are_refused(tmp_path):
    words = ["run_comparison.py", *TINY, "--dim", "1d", "--models", "decoder", "ae", "--output-dir", "."]
    command(*words, cwd=tmp_path)
    folder = tmp_path / "comparison_1d"
    (folder / "ae_model.pt").write_bytes(b"damaged")
    before = tree(folder / "comparison_frames"), (folder / "comparison_1d.gif").read_bytes()
    done = command(*words, cwd=tmp_path, status=1)
    assert "ae_model.pt is not a run" in done.stderr and "comparison_1d.gif: left as it is" in done.stderr
    assert (tree(folder / "comparison_frames"), (folder / "comparison_1d.gif").read_bytes()) == before

"""The commands for real, with tiny budgets, from a foreign working folder."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from models import MODELS

ROOT = Path(__file__).resolve().parent.parent
TINY = ["--epochs", "4", "--n-samples", "40", "--n-seeds", "2", "--hidden", "8-8", "--viz-freq", "2"]
TRAIN = sorted(path.name for path in (ROOT / "training").glob("train_*.py"))
PAGES = sorted(f"visualization/{path.name}" for path in (ROOT / "visualization").glob("page_*.py"))
VIZ = sorted(path.name for path in (ROOT / "visualization").glob("viz_*.py"))


def command(script, *flags, cwd, status=0):
    """Run a script with Python warnings as errors; its standard output. The exit status must be as expected."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / script), *map(str, flags)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=170,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


def pictures(folder):
    """Sizes of all pictures below a folder, by name; opening them shows that they are whole."""
    sizes = {}
    for path in sorted(folder.rglob("*.png")):
        with Image.open(path) as image:
            image.load()
            sizes[str(path.relative_to(folder))] = image.size
    return sizes


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """main.py with all models in both dimensions: (output folder, its standard output)."""
    folder = tmp_path_factory.mktemp("everything")
    (folder / "elsewhere").mkdir()
    done = command("main.py", *TINY, "--output-dir", "../out", cwd=folder / "elsewhere")
    assert list((folder / "elsewhere").iterdir()) == [], "nothing is written but in the output folder"
    return folder / "out", done.stdout


def test_main_leaves_every_file(everything):
    out, table = everything
    sizes = pictures(out)
    for name in MODELS:
        for stem in (name, f"{name}_2d"):
            assert (out / f"{stem}_model.pt").exists()
            width, height = sizes[f"{stem}_visualization.png"]
            assert width == 1600 and 600 <= height <= 1200
            assert [key for key in sizes if key.startswith(f"{stem}_epochs/")] == [
                f"{stem}_epochs/epoch_000{n}.png" for n in (2, 4)
            ]
    for page in ("losses", "steps", "maps", "couplings", "fields"):
        assert {f"{page}_1d.png", f"{page}_2d.png"} <= set(sizes)
    assert {"scoreboard.png", "adaptive.png"} <= set(sizes)
    assert "exact samples" in (out / "scoreboard.md").read_text(encoding="utf-8")
    assert (out / "metrics.csv").read_text().startswith("model,dim,dataset,seed,nfe,measure,value,floor\n")
    assert not list(out.rglob(".*")), "no temporary file is left"
    assert 100_000 < (out / "report.html").stat().st_size < 8_000_000
    lines = table.splitlines()
    assert all(word in lines[0] for word in ("model", "dim", "final loss", "W2", "files"))
    assert [line.split()[:2] for line in lines[1:17]] == [[name, dim] for dim in ("1d", "2d") for name in MODELS]
    assert all("±" in line for line in lines[1:17])


def test_main_again_uses_what_is_there(everything):
    out, table = everything
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    done = command("main.py", *TINY, "--output-dir", out, cwd=out.parent)
    assert done.stdout.splitlines()[1:17] == table.splitlines()[1:17]
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("script", [*PAGES, "evaluation/scoreboard.py", "visualization/explorer.py"])
def test_page_scripts_draw_from_saved_runs(script, everything):
    out, _ = everything
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.pt")}
    done = command(script, *TINY, "--dim", "1d", "--output-dir", out, cwd=out.parent)
    name = {"explorer": "report"}.get(Path(script).stem, Path(script).stem.removeprefix("page_"))
    assert f"{name}" in done.stdout and "written" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in before} == before, "no training"


@pytest.mark.parametrize("script", ["evaluation/scoreboard.py", "visualization/explorer.py"])
def test_pages_without_runs(script, tmp_path):
    done = command(script, "--output-dir", "empty", cwd=tmp_path, status=2)
    assert done.stderr.count("\n") == 1 and "main.py" in done.stderr


@pytest.mark.parametrize("script", VIZ)
def test_viz_scripts_draw_the_saved_run(script, everything):
    out, _ = everything
    before = {path: path.stat().st_mtime_ns for path in out.glob("*.pt")}
    command(f"visualization/{script}", "--output-dir", out, cwd=out.parent)
    assert {path: path.stat().st_mtime_ns for path in before} == before, "no training"
    family = script.removeprefix("viz_").removesuffix(".py")
    assert max((path.stat().st_mtime_ns, path.name) for path in out.glob("*.png"))[1].startswith(family)


@pytest.mark.parametrize("script", TRAIN)
def test_train_scripts(script, tmp_path):
    """In 1D, or in 2D where that is all they do; main.py has shown the rest."""
    name = script.removeprefix("train_").removesuffix(".py")
    dim = [] if name.endswith("_2d") else ["--dim", "1d"]
    command(f"training/{script}", *TINY, *dim, "--output-dir", "out", cwd=tmp_path)
    files = [path.name for path in (tmp_path / "out").iterdir()]
    assert sorted(files) == sorted(f"{name}_{ending}" for ending in ("model.pt", "visualization.png", "epochs"))


def test_viz_script_trains_if_there_is_no_run(tmp_path):
    command("visualization/viz_facm.py", *TINY, "--output-dir", "out", cwd=tmp_path)
    assert (tmp_path / "out" / "facm_model.pt").exists() and (tmp_path / "out" / "facm_visualization.png").exists()


def test_beta_chooses_the_vae(tmp_path):
    command("training/train_vae.py", *TINY, "--beta", "10", "--dim", "1d", "--output-dir", ".", cwd=tmp_path)
    assert (tmp_path / "vae_beta_model.pt").exists() and not (tmp_path / "vae_model.pt").exists()


@pytest.mark.parametrize("script", ["synthetic", "synthetic_2d"])
def test_data_scripts(script, tmp_path):
    done = command(f"data/{script}.py", "--n-samples", "40", "--output-dir", "out", cwd=tmp_path)
    assert "components" in done.stdout and len(pictures(tmp_path / "out")) == 1


def test_comparison(tmp_path):
    flags = ["--epochs", "5", *TINY[2:8], "--output-dir", "out"]
    done = command("run_comparison.py", *flags, cwd=tmp_path)
    for dim in ("1d", "2d"):
        folder = tmp_path / "out" / f"comparison_{dim}"
        sizes = pictures(folder / "comparison_frames")
        assert list(sizes) == [f"epoch_000{n}.png" for n in range(1, 6)]
        with Image.open(folder / f"comparison_{dim}.gif") as gif:
            assert gif.n_frames == 5 and {gif.size} == set(sizes.values()) and gif.info["loop"] == 0
    assert len(done.stdout.splitlines()) >= 17
    assert (tmp_path / "out" / "report.html").exists()
    stamp = (tmp_path / "out" / "comparison_1d" / "comparison_1d.gif").stat().st_mtime_ns
    command("run_comparison.py", *flags, cwd=tmp_path)
    assert (tmp_path / "out" / "comparison_1d" / "comparison_1d.gif").stat().st_mtime_ns == stamp, "already done"
    some = ["--models", "backflow", "fm", "--dim", "1d"]
    command("run_comparison.py", *flags, *some, cwd=tmp_path)
    assert (tmp_path / "out" / "comparison_1d" / "comparison_1d.gif").stat().st_mtime_ns > stamp, "other models"


def test_workers_change_nothing(tmp_path):
    import torch

    def content(workers):
        out = tmp_path / str(workers)
        command(
            "main.py",
            *TINY,
            "--model",
            "fm",
            "vae",
            "--dim",
            "1d",
            "--workers",
            workers,
            "--output-dir",
            out,
            cwd=tmp_path,
        )
        runs = {path.name: torch.load(path, weights_only=True) for path in out.glob("*.pt")}
        return [
            (name, run["state"]["average"].tolist(), str(run["measures"]["rows"])) for name, run in sorted(runs.items())
        ]

    assert content(1) == content(3)


def test_divergence_stops_one_model_and_not_the_others(tmp_path):
    flags = [
        "--lr",
        "1e6",
        *TINY,
        "--epochs",
        "60",
        "--hidden",
        "8-8-8-8",
        "--dim",
        "1d",
        "--models",
        "fm",
        "decoder",
        "meanflow",
    ]
    done = command("main.py", *flags, "--output-dir", ".", cwd=tmp_path, status=1)
    assert "no longer a number at epoch" in done.stderr
    assert len(done.stdout.splitlines()) == 4
    for name in ("fm", "decoder", "meanflow"):
        assert (tmp_path / f"{name}_visualization.png").exists()


def test_a_corrupt_checkpoint_is_named_and_left(tmp_path):
    (tmp_path / "fm_model.pt").write_bytes(b"something else")
    done = command("main.py", *TINY, "--model", "fm", "ae", "--dim", "1d", "--output-dir", ".", cwd=tmp_path, status=1)
    assert "fm_model.pt is not a run of Gen_Study" in done.stderr and "--restart" in done.stderr
    assert (tmp_path / "fm_model.pt").read_bytes() == b"something else"
    assert (tmp_path / "ae_visualization.png").exists(), "the other model goes on"
    done = command("visualization/explorer.py", "--output-dir", ".", cwd=tmp_path, status=1)
    assert done.stderr.count("\n") == 1 and "fm_model.pt is not a run of Gen_Study" in done.stderr
    command("main.py", *TINY, "--model", "fm", "--dim", "1d", "--output-dir", ".", "--restart", cwd=tmp_path)


WRONG = [
    (["--models", "gan"], ["gan", "facm"]),
    (["--dim", "3d"], ["3d", "both"]),
    (["--dataset", "cats"], ["cats", "moons"]),
    (["--epochs", "-3"], ["--epochs", "-3"]),
    (["--epochs", "0"], ["--epochs", "0"]),
    (["--lr", "nan"], ["--lr", "nan"]),
    (["--n-samples", "many"], ["--n-samples", "many"]),
    (["--hidden", "32-0"], ["--hidden", "32-0"]),
    (["--n_seeds", "0"], ["seeds", "0"]),
    (["--nonsense"], ["--nonsense"]),
    (["--output-dir", str(ROOT / "LICENSE" / "sub")], ["cannot write", "--output-dir"]),
]
OTHERS = ["run_comparison.py", "training/train_fm.py", "visualization/viz_vae.py", "data/synthetic.py"]


@pytest.mark.parametrize(
    ("script", "flags", "names"),
    [("main.py", *case) for case in WRONG] + [(script, *case) for script in OTHERS for case in (WRONG[3], WRONG[-1])],
)
def test_wrong_flags_get_one_line_and_status_2(script, flags, names, tmp_path):
    """Every command reads its flags by one function, so main.py shows them all and the others two."""
    done = command(script, *flags, cwd=tmp_path, status=2)
    assert done.stdout == "" and done.stderr.count("\n") == 1, done.stderr
    assert all(name in done.stderr for name in names), done.stderr


@pytest.mark.parametrize(
    "script", ["main.py", "run_comparison.py", "training/train_fm_2d.py", "visualization/viz_ae.py"]
)
def test_help_names_every_flag(script, tmp_path):
    done = command(script, "--help", cwd=tmp_path)
    for flag in [
        "--dim",
        "--epochs",
        "--n-samples",
        "--batch-size",
        "--lr",
        "--seed",
        "--n-seeds",
        "--output-dir",
        "--device",
        "--workers",
        "--viz-freq",
        "--dataset",
        "--models",
    ]:
        assert flag in done.stdout

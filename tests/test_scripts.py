"""The commands for real, with tiny budgets, from a foreign working folder."""

import ast
import os
import re
from pathlib import Path

import pytest
from PIL import Image

from commands.config import own_flags
from commands.jobs import USUAL
from commands.study import variant
from models import MODELS, STUDY
from models.source import own_settings, title
from tests.running import ROOT, TINY, command, pictures, stamps

TRAIN = sorted(path.name for path in (ROOT / "training").glob("train_*.py"))
VIZ = sorted(path.name for path in (ROOT / "visualization").glob("viz_*.py"))


def test_what_main_leaves(tmp_path):
    """main.py with all models in both dimensions, and what builds on its results, in order, because it is expensive."""
    (tmp_path / "elsewhere").mkdir()
    done = command("main.py", *TINY, "--output-dir", "../out", cwd=tmp_path / "elsewhere")
    assert done.stderr == ""
    assert list((tmp_path / "elsewhere").iterdir()) == [], "nothing is written but in the output folder"
    for check in (leaves_every_file, again_uses_what_is_there, run_pages_draws, viz_scripts_draw_the_saved_run):
        check((tmp_path / "out", done.stdout))


def leaves_every_file(everything):
    out, table = everything
    sizes = pictures(out)
    for name in STUDY:
        for stem in (name, f"{name}_2d"):
            assert (out / f"{stem}_model.pt").exists()
            width, height = sizes[f"{stem}_visualization.png"]
            assert width == 1600 and 600 <= height <= 1200
            assert [key for key in sizes if key.startswith(f"{stem}_epochs/")] == [
                f"{stem}_epochs/epoch_000{n}.png" for n in (0, 2, 4)
            ]
    for page in ("losses", "steps", "maps", "couplings", "fields", "identities", "memorised"):
        assert {f"{page}_1d.png", f"{page}_2d.png"} <= set(sizes)
    assert {"scoreboard.png", "adaptive.png"} <= set(sizes)
    assert "exact samples" in (out / "scoreboard.md").read_text(encoding="utf-8")
    assert (out / "metrics.csv").read_text().startswith("model,dim,dataset,seed,nfe,measure,value,floor\n")
    assert {path.name for path in out.rglob(".*")} == {".gen_study.lock"}, "no temporary file is left"
    assert 100_000 < (out / "report.html").stat().st_size < 8_000_000
    assert [line.split() for line in table.splitlines() if line.startswith("model ")] == [
        ["model", "dim", "final", "loss", "W2", "of", "samples", "training"]
    ]
    rows = rows_of(table)
    assert {(line[:22].strip(), line[23:25]) for line in rows} == {
        (each, dim) for dim in ("1d", "2d") for each in ("exact samples", *map(title, STUDY))
    }
    assert len(rows) == 18 and all("±" in line for line in rows if not line.startswith("exact"))
    assert table.splitlines()[-1] == "open ../out/report.html"


def rows_of(table):
    """The rows of models and of exact samples, without the time that training took."""
    return [line[:66].rstrip() for line in table.splitlines() if line[23:28] in ("1d   ", "2d   ")]


def again_uses_what_is_there(everything):
    out, table = everything
    before = {path: stamp for path, stamp in stamps(out).items() if path.name != ".gen_study.lock"}
    done = command("main.py", *TINY, "--output-dir", out, cwd=out.parent)
    assert sorted(rows_of(done.stdout)) == sorted(rows_of(table))
    assert {path: stamp for path, stamp in stamps(out).items() if path.name != ".gen_study.lock"} == before


def run_pages_draws(everything):
    out, _ = everything
    before = stamps(out, "*.pt")
    for names in (["losses"], []):
        done = command("run_pages.py", *names, "--dim", "1d", "--output-dir", out, cwd=out.parent)
        drawn = [Path(line).stem.removesuffix("_1d") for line in done.stdout.splitlines()]
        assert drawn == (names or [*(page for page in USUAL if page != "targets"), "report"]), "it has no runs"
    assert stamps(out, "*.pt") == before, "no training"


@pytest.mark.parametrize("page", ["scoreboard", "report"])
def test_pages_without_runs(page, tmp_path):
    done = command("run_pages.py", page, "--output-dir", "empty", cwd=tmp_path, status=2)
    assert done.stderr.count("\n") == 1 and "main.py" in done.stderr


def viz_scripts_draw_the_saved_run(everything):
    out, _ = everything
    before, pictures_before = stamps(out, "*.pt"), stamps(out, "*_visualization.png")
    some = ["viz_vae.py", "viz_backflow_2d.py"]
    for script in some:
        command(f"visualization/{script}", "--output-dir", out, cwd=out.parent)
    assert stamps(out, "*.pt") == before, "no training"
    drawn = {path.name for path, stamp in stamps(out, "*_visualization.png").items() if stamp > pictures_before[path]}
    assert drawn == {"vae_visualization.png", "vae_2d_visualization.png", "backflow_2d_visualization.png"}


def test_train_scripts(tmp_path):
    """In 1D, or in 2D if that is all they do; main.py has shown the rest."""
    for script, name, dim in (("train_ae.py", "ae", ["--dim", "1d"]), ("train_meanflow_2d.py", "meanflow_2d", [])):
        command(f"training/{script}", *TINY, *dim, "--output-dir", script, cwd=tmp_path, cold=True)
        files = [path.name for path in (tmp_path / script).iterdir() if path.name != ".gen_study.lock"]
        assert sorted(files) == sorted(f"{name}_{ending}" for ending in ("model.pt", "visualization.png", "epochs"))


@pytest.mark.parametrize("script", [*TRAIN, *VIZ])
def test_every_script_is_main_with_its_model_chosen(script):
    """The others differ from the scripts above in one word; --help shows that they start."""
    kind, _, family = Path(script).stem.partition("_")
    text = (ROOT / {"train": "training", "viz": "visualization"}[kind] / script).read_text(encoding="utf-8")
    _, first, *_ = ast.parse(text).body  # before anything heavy is imported: it ends the program
    name = family.removesuffix("_2d")
    dim = (
        ", dim='2d'" if family.endswith("_2d") else ", dim='1d'" if f"viz_{name}_2d.py" in VIZ and kind == "viz" else ""
    )
    only = ", draw_only=True" if kind == "viz" else ""
    assert ast.unparse(first.test) == "__name__ == '__main__'"
    assert ast.unparse(first.body[-2:]) == f"from commands.study import script\nscript('{name}'{dim}{only})"


def test_viz_script_trains_if_there_is_no_run(tmp_path):
    command("visualization/viz_facm.py", *TINY, "--output-dir", "out", cwd=tmp_path)
    assert (tmp_path / "out" / "facm_model.pt").exists() and (tmp_path / "out" / "facm_visualization.png").exists()


def test_a_setting_chooses_the_variant_that_has_it():
    assert variant("vae", ("epochs", "beta")) == "vae_beta"
    assert variant("vae", ("epochs",)) == "vae" and variant("fm", ("beta",)) == "fm"


def test_the_ends_of_a_range_are_in_it():
    """Of the models' own settings: a default may be an end."""
    for name in MODELS:
        for key, (default, *ends, _) in own_settings(name).items():
            for value in (default, *(ends if len(ends) == 2 else ends[0])):
                assert own_flags()[key][0](str(value)) == value


def test_beta_chooses_the_vae(tmp_path):
    command("training/train_vae.py", *TINY, "--beta", "10", "--dim", "1d", "--output-dir", ".", cwd=tmp_path)
    assert (tmp_path / "vae_beta_model.pt").exists() and not (tmp_path / "vae_model.pt").exists()


@pytest.mark.parametrize("dim", ["1d", "2d"])
def test_data_page(dim, tmp_path):
    done = command("run_pages.py", "data", "--dim", dim, "--n-samples", "40", "--output-dir", "out", cwd=tmp_path)
    assert "components" in done.stdout and len(pictures(tmp_path / "out")) == 1


def test_comparison(tmp_path):
    flags = ["--epochs", "5", *TINY[:2], *TINY[4:10], "--models", "vae", "fm", "--output-dir", "out"]
    done = command("run_comparison.py", *flags, cwd=tmp_path)
    for dim in ("1d", "2d"):
        folder = tmp_path / "out" / f"comparison_{dim}"
        sizes = pictures(folder / "comparison_frames")
        assert list(sizes) == [f"epoch_000{n}.png" for n in range(6)]
        with Image.open(folder / f"comparison_{dim}.gif") as gif:
            assert (
                gif.n_frames == 6
                and gif.size[0] == 960
                and {size[0] for size in sizes.values()} == {1600}
                and gif.info["loop"] == 0
            )
    assert len(done.stdout.splitlines()) >= 5
    assert (tmp_path / "out" / "report.html").exists()
    stamp = (tmp_path / "out" / "comparison_1d" / "comparison_1d.gif").stat().st_mtime_ns
    command("run_comparison.py", *flags, cwd=tmp_path)
    assert (tmp_path / "out" / "comparison_1d" / "comparison_1d.gif").stat().st_mtime_ns == stamp, "already done"
    some = ["--models", "fm", "decoder", "--dim", "1d"]
    command("run_comparison.py", *flags, *some, cwd=tmp_path)
    assert (tmp_path / "out" / "comparison_1d" / "comparison_1d.gif").stat().st_mtime_ns > stamp, "other models"


def test_company_and_workers_change_nothing(tmp_path):
    """Other --workers, another order of --models, alone or with others: the same bits."""
    import torch

    def content(workers, *models):
        out = tmp_path / f"{workers}-{'-'.join(models)}"
        some = ["--model", *models, "--dim", "1d", "--workers", workers, "--output-dir", out]
        command("main.py", *TINY, *some, cwd=tmp_path)
        runs = {path.name: torch.load(path, weights_only=True) for path in out.glob("*.pt")}
        return {name: (run["state"]["average"].tolist(), str(run["measures"]["rows"])) for name, run in runs.items()}

    one, three, alone = content(1, "fm", "vae"), content(3, "vae", "decoder", "fm"), content(2, "fm")
    assert len(one) == 2 and all(three[name] == each for name, each in one.items())
    assert alone["fm_model.pt"] == one["fm_model.pt"]


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
    ]
    done = command("main.py", *flags, "--output-dir", ".", cwd=tmp_path, status=1)
    assert "became NaN" in done.stderr
    rows = [line[:22].strip() for line in done.stdout.splitlines()]
    assert {"exact samples", "Flow matching", "Decoder"} <= set(rows)
    for name in ("fm", "decoder"):
        assert (tmp_path / f"{name}_visualization.png").exists()


def test_a_corrupt_checkpoint_is_named_and_left(tmp_path):
    (tmp_path / "fm_model.pt").write_bytes(b"something else")
    some = [*TINY, "--dim", "1d", "--output-dir", "."]
    done = command("main.py", *some, "--model", "fm", "decoder", cwd=tmp_path, status=1)
    assert "fm_model.pt is not a run of Gen_Study" in done.stderr and "move it away" in done.stderr
    assert (tmp_path / "fm_model.pt").read_bytes() == b"something else"
    assert (tmp_path / "decoder_visualization.png").exists(), "the other model goes on"
    done = command("run_pages.py", "report", "--output-dir", ".", cwd=tmp_path, status=1)
    assert done.stderr.count("\n") == 1 and "fm_model.pt is not a run of Gen_Study" in done.stderr
    done = command("training/train_fm.py", *some, "--restart", cwd=tmp_path, status=1)
    assert "fm_model.pt was not written by this version of Gen_Study; move it away" in done.stderr
    assert (tmp_path / "fm_model.pt").read_bytes() == b"something else", "not even with --restart"
    (tmp_path / "fm_model.pt").unlink()
    command("training/train_fm.py", *some, cwd=tmp_path)
    damaged = bytearray((tmp_path / "fm_model.pt").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "fm_model.pt").write_bytes(damaged)
    assert "is damaged" in command("training/train_fm.py", *some, cwd=tmp_path, status=1).stderr
    command("training/train_fm.py", *some, "--restart", cwd=tmp_path)


WRONG = [
    (["--models", "glow"], ["glow", "facm"]),
    (["--dim", "3d"], ["3d", "both"]),
    (["--dataset", "cats"], ["cats", "moons"]),
    (["--epochs", "-3"], ["--epochs", "-3"]),
    (["--epochs", "0"], ["--epochs", "0"]),
    (["--lr", "nan"], ["--lr", "nan"]),
    (["--n-samples", "many"], ["--n-samples", "many"]),
    (["--hidden", "32-0"], ["--hidden", "32-0"]),
    (["--n_seeds", "0"], ["seeds", "0"]),
    (["--nonsense"], ["--nonsense"]),
    (["--models", "fm", "ae", "--beta", "3"], ["--beta", "vae_beta", "--models"]),
    (["--models", "nflow", "--adaptive-power", "0.5"], ["nflow", "adaptive_power"]),
    (["--models", "fm", "--coupling", "ot", "--target", "marginal"], ["coupling ot", "choose conditional"]),
    (["--models", "fm", "--sigma", "0.1", "--target", "exact"], ["sigma", "choose conditional"]),
    (["--models", "fm", "decoder", "--source", "moons"], ["decoder", "no flow", "choose from"]),
    (["--models", "fm", "--source", "moons", "--dim", "1d"], ["--source moons", "2D"]),
    (["--output-dir", str(ROOT / "LICENSE" / "sub")], ["cannot write", "--output-dir"]),
]
OTHERS = ["run_comparison.py", "training/train_fm.py", "visualization/viz_vae.py", "run_pages.py"]


@pytest.mark.parametrize(
    ("script", "flags", "names"),
    [("main.py", *case) for case in WRONG] + [(script, *case) for script in OTHERS for case in (WRONG[3], WRONG[-1])],
)
def test_wrong_flags_get_one_line_and_status_2(script, flags, names, tmp_path):
    """Every command reads its flags by one function, so main.py shows them all and the others two."""
    done = command(script, *flags, cwd=tmp_path, status=2)
    assert done.stdout == "" and done.stderr.count("\n") == 1, done.stderr
    assert all(name in done.stderr for name in names), done.stderr


ALWAYS = {"--dim", "--epochs", "--n-samples", "--batch-size", "--lr", "--seed", "--n-seeds", "--output-dir"}
ALWAYS |= {"--activation", "--weight-decay", "--weights", "--proportions"}
ALWAYS |= {"--device", "--workers", "--dataset", "--format", "--columns", "--hidden", "--restart"}
TRAINING = {"--viz-freq", "--adaptive-power", "--save-every", "--source"}
OWN = {f"--{key.replace('_', '-')}" for name in MODELS for key in own_settings(name)}
SOME = {  # of each command, the others that do something for it
    "main.py": {*TRAINING, *OWN, "--models"},
    "run_comparison.py": {*TRAINING, *OWN, "--models", "--film", "--film-width"},
    "run_sweep.py": {*OWN, "--models", "--source", "--adaptive-power", "--sweep", "--scheduler", "--measure"},
    "run_pages.py": {"--save-every"},
    "training/train_fm_2d.py": {*TRAINING, "--target", "--coupling", "--sigma"},
    "visualization/viz_vae.py": {*TRAINING, "--beta"},
}


@pytest.mark.parametrize("script", SOME)
def test_help_names_the_flags_that_do_something(script, tmp_path):
    done = command(script, "--help", cwd=tmp_path)
    named = set(re.findall(r"--[a-z][a-z-]+", done.stdout)) - {
        "--help",
        "--model",
        "--decimal",
        "--heading",
        "--drop-missing",
    }
    if script == "run_comparison.py":
        named.remove("--sweep")  # which makes it run_sweep.py
    assert named - {"--standardize"} == ALWAYS | SOME[script]


@pytest.mark.parametrize("columns", [60, 80])
def test_help_fits_the_terminal(columns, tmp_path):
    done = command("main.py", "--help", cwd=tmp_path, env=os.environ | {"COLUMNS": str(columns)})
    assert all(len(line) <= columns for line in done.stdout.splitlines() if not line.startswith("python "))
    assert " X " not in done.stdout and "--epochs INT" in done.stdout and "how it is trained:" in done.stdout


MEANT = [
    ("main.py", ["--model", "fcam"], "facm"),
    ("main.py", ["--dataset", "mons"], "moons"),
    ("main.py", ["--dim", "3d"], "choose from 1d, 2d, both"),
    ("main.py", ["--epohcs", "3"], "--epochs"),
    ("run_pages.py", ["loses"], "losses"),
    ("run_sweep.py", ["--sweep", "lrr=1"], "lr"),
    ("run_sweep.py", ["--sweep", "lr=1", "--measure", "sliced_w3"], "sliced_w2"),
]


@pytest.mark.parametrize(("script", "flags", "wanted"), MEANT)
def test_a_name_that_is_almost_right_is_suggested(script, flags, wanted, tmp_path):
    done = command(script, *flags, cwd=tmp_path, status=2)
    assert done.stderr.count("\n") == 1 and wanted in done.stderr
    assert "did you mean " + wanted in done.stderr or wanted.startswith("choose")


@pytest.mark.parametrize(("flags", "page"), [(["losses", "--epochs", "3"], "adaptive"), (["--seed", "1"], "data")])
def test_a_page_refuses_flags_that_it_does_not_use(flags, page, tmp_path):
    done = command("run_pages.py", *flags, cwd=tmp_path, status=2)
    assert done.stderr.count("\n") == 1 and page in done.stderr and flags[-2] in done.stderr

"""docs/ADD_A_MODEL.md, done as it says to a copy of the project: the contract of a model, tried from outside."""

import base64
import csv
import json
import math
import os
import re
import shutil

import pytest

from tests.running import ROOT, run_cold

TEXT = (ROOT / "docs" / "ADD_A_MODEL.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^\*\*`([\w/]+\.py)`\*\*[^\n]*\n\n```python\n(.*?)```", TEXT, re.M | re.S)
REGISTRY = "models/__init__.py"
NEW = ("imle", "sorted_fm", "fm_even", "ae_mmd")
FILES = "imle or sorted_fm or sorted_pairs or fm_even or even_times or ae_mmd"  # pytest -k
TINY = ["--epochs", "4", "--n-samples", "40", "--n-seeds", "1", "--hidden", "8-8", "--viz-freq", "4"]
TINY += ["--w2-points", "64"]
WEIGHT = "weight of the latents' distance to the prior, of ae_mmd (default: 10)"
PRINTED = """
import json, sys
from importlib import import_module
from pathlib import Path
from commands.jobs import pages_of
from training.runs import load

found = {}
for page in pages_of(Path("out"), {1: None, 2: None}):
    if page.dim and page.name not in ("adaptive", "critic", "drift", "gap", "identities", "targets"):
        runs = [load(path) for path in page.sources()]
        numbers = import_module(f"visualization.pages.{page.name}").numbers(runs)
        shown = {"steps": "own", "memorised": "courses"}.get(page.name, "models")
        found[f"{page.name}_{page.dim}d"] = [*numbers[shown]]
print(json.dumps(found))
"""


def copy_with_the_new_models(folder):
    """A copy of the project, with the page's files added and its lines in the registry."""
    ignored = shutil.ignore_patterns(".*", "outputs", "__pycache__", "images", "shared")
    shutil.copytree(ROOT, folder, ignore=ignored)
    lines = []
    for name, code in BLOCKS:
        path = folder / name
        if name == REGISTRY:
            lines.append(code)
            continue
        assert not path.exists(), "a new model changes no file but the registry"
        path.write_text(code, encoding="utf-8")
    text = (folder / REGISTRY).read_text(encoding="utf-8")
    head, _, tail = text.partition("\n}\n")  # of MODELS, the first dict of the file
    assert head.rpartition("\n")[2].strip().startswith('"') and len(lines) == len(NEW)
    (folder / REGISTRY).write_text(f"{head}\n{''.join(lines)}}}\n{tail}", encoding="utf-8")


def run(folder, *words):
    """Python in the copy, as a user starts it: what it printed."""
    done = run_cold([str(word) for word in words], folder, timeout=170, env=os.environ | {"PYTHONPATH": str(folder)})
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stdout + done.stderr
    return done.stdout


def test_the_page_adds_four_models(tmp_path):
    """In turn, in one process each: contract, main.py, the pages, the comparison and a sweep."""
    project = tmp_path / "project"
    copy_with_the_new_models(project)
    pytest_words = ["-m", "pytest", "-p", "no:xdist", "-p", "no:cacheprovider", "-o", "addopts=", "-q", "-k", FILES]
    assert " passed" in run(project, *pytest_words, "tests/test_models.py", "tests/test_structure.py")
    flags = [*TINY, "--model", "fm", *NEW, "--output-dir", "out"]
    table = run(project, "main.py", *flags).splitlines()
    titles = ["Flow matching", *map(title, NEW)]
    assert {(line[:22].strip(), line[23:25]) for line in table if line[25:28] == "   "} - {("model", "di")} == {
        (each, dim) for dim in ("1d", "2d") for each in ("exact samples", *titles)
    }
    measures(project / "out" / "metrics.csv")
    report(project / "out" / "report.html")
    pages(json.loads(run(project, "-c", PRINTED)))
    drawn = {path.name for path in (project / "out").iterdir()}
    assert {"losses_1d.png", "maps_1d.png", "fields_1d.png", "scoreboard.png", "report.html"} <= drawn
    table = run(project, "run_comparison.py", *flags, "--dim", "1d").splitlines()
    assert (
        len([line for line in table if line[23:28] == "1d   "]) == 6
        and (project / "out/comparison_1d/comparison_1d.gif").exists()
    )
    sweep(project)


def measures(path):
    """Every model has what its kind is measured by, and none is held against an answer that is not its own."""
    rows = list(csv.DictReader(path.read_text().splitlines()))
    for dim in ("1", "2"):
        floors = {
            name: {(row["measure"], row["nfe"]): float(row["floor"]) for row in rows if key(row) == (name, dim)}
            for name in ("fm", *NEW)
        }
        exact = {"excess_error", "map_error", "average_velocity_error"}
        of = {name: {measure for measure, _ in found} for name, found in floors.items()}
        assert not of["sorted_fm"] & exact and {"nll", "straightness", "path_energy"} <= of["sorted_fm"]
        held = ("final_loss", "straightness", "path_energy")
        assert all(math.isnan(floors["sorted_fm"][name, "0"]) for name in held)
        assert all(math.isfinite(floors["fm_even"][name, "0"]) for name in held)
        assert floors["fm_even"] == floors["fm"], "the variant has everything that its parent has"
        assert not of["imle"] & (exact | {"nll", "straightness"}) and math.isnan(floors["imle"]["final_loss", "0"])
        assert {"reconstruction_error", "latent_w2"} < of["ae_mmd"] and not of["ae_mmd"] & exact
        assert math.isnan(floors["ae_mmd"]["final_loss", "0"])


def key(row):
    return row["model"], row["dim"]


def report(path):
    """The explorer holds them: networks of those that run in the page, recorded samples of the others."""
    page = path.read_text(encoding="utf-8")
    content = json.loads(re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.S)[1])
    for each in content["dims"]:
        models = {model["name"]: model for model in each["models"]}
        assert list(models) == ["fm", *NEW] and each["table"]["rows"].keys() == models.keys()
        live = {name for name, model in models.items() if "nets" in model}
        assert live == {"fm", "fm_even", "ae_mmd", "sorted_fm"}
        assert {name for name, model in models.items() if model["exact"] == "flow"} == {"fm", "fm_even"}
        assert base64.b64decode(models["imle"]["samples"])
        for name, answer in (("fm_even", True), ("sorted_fm", False), ("imle", False)):
            losses = models[name]["losses"]
            assert (losses["floor"] is not None) == ("excess" in losses) == answer


def pages(found):
    """Which models each page shows, by their titles."""
    fm, imle, ordered, even, ae = "Flow matching", *(title(name) for name in NEW)
    many = [f"{ordered}, 100 evaluations", f"{even}, 100 evaluations"]
    couplings = [f"{fm}, 100 evaluations", f"{imle}, 1 evaluation", *many]
    for dim in ("1d", "2d"):
        assert found[f"losses_{dim}"] == found[f"steps_{dim}"] == [fm, imle, ordered, even, ae]
        assert found[f"maps_{dim}"] == found[f"fields_{dim}"] == [fm, even]
        assert found[f"couplings_{dim}"] == couplings


def title(name):
    """The title of a new model, as its code says."""
    (stem,) = re.findall(rf'"{name}": "(\w+)\.', TEXT)
    return re.search(r'title = "(.*)"', dict(BLOCKS)[f"models/{stem}.py"])[1]


def sweep(project):
    """A setting that no other file names is a flag, is saved, and can be swept."""
    stdout = " ".join(run(project, "main.py", "--help").split())
    shown = re.search(r"\$ python main.py --help\n\.\.\.\n  (--prior-weight NUMBER) +(.*)\n", TEXT)
    assert shown.group(1, 2) == ("--prior-weight NUMBER", WEIGHT)
    assert f"--prior-weight NUMBER {WEIGHT}" in stdout
    flags = [*TINY[:-4], "--models", "ae_mmd", "--dim", "1d", "--output-dir", "out"]
    run(project, "run_sweep.py", "--sweep", "prior_weight=0.1,100", *flags)
    rows = list(csv.DictReader((project / "out/sweep/sweep.csv").read_text().splitlines()))
    assert {row["prior_weight"] for row in rows} == {"0.1", "100.0"} and (project / "out/sweep/sweep.png").exists()
    w2 = [row["value"] for row in rows if row["measure"] == "latent_w2"]
    assert len({*w2}) == 2, "the setting reaches the model"


@pytest.mark.parametrize(("name", "code"), BLOCKS, ids=[name for name, _ in BLOCKS])
def test_the_code_is_in_the_style_of_the_project(name, code):
    assert all(len(line) <= 120 for line in code.splitlines())
    if name != REGISTRY:
        compile(code, name, "exec")
        assert code.startswith('"""') and code.endswith("\n") and not code.endswith("\n\n")


@pytest.mark.parametrize(
    "page", sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")]), ids=lambda page: page.name
)
def test_every_link_of_the_documentation_leads_somewhere(page):
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert link.startswith("http") or (page.parent / link).exists(), link

"""The explorer in a real browser: what it computes, what its controls change, and that it makes no requests."""

import base64
import os
import re
import shutil
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from benchmarks.browser import resize
from commands.jobs import Report
from commands.work import do, measured
from data.exact import ExactFlow
from data.sources import FromSource
from data.synthetic import source, target
from evaluation.evaluate import evaluate
from evaluation.labels import evaluations, number, plus_minus
from evaluation.metrics import sliced_w2
from evaluation.reference import Reference
from evaluation.scoreboard import table
from evaluation.summary import summary
from models import MODELS
from models.base import Flow, MeanVelocity
from models.sampling import euler, heun, jumps, ode, rk4
from models.source import group
from tests import fakes
from tests.explorer import TINY, few_points, first, pixels, screenshot, settled, state
from tests.test_labels import NUMBERS, SPREADS
from training.runs import train
from visualization import config
from visualization.explorer.build import EXPORT, IMPORT, WEB, assemble, beside, modules, read, script
from visualization.explorer.payload import chosen, payload
from visualization.explorer.payload import mixture as written_mixture
from visualization.scene import Scene
from visualization.views import some

HOSTILE = "<img src=x onerror=alert(1)>"
LAYERS = ("data", "source", "samples", "trajectories", "field", "truth", "error", "density", "couplings", "jumps")


@pytest.fixture(scope="module", autouse=True)
def measured_as_the_report():
    with few_points():
        yield


# ---- without a browser ---------------------------------------------------------------------------------------------


def test_sources_are_modules_that_fit_together():
    """Each import names an export and is used, nothing else is imported or exported, and the page needs every file."""
    needed = {*modules("main"), *modules("live/worker")}
    exports = {}
    for name in needed:
        text = read(f"{name}.js")
        exports[name] = set(EXPORT.findall(text))
        assert text.count("import {") == len(IMPORT.findall(text)), name
        assert len(re.findall(r"^export ", text, re.M)) == len(exports[name]), (
            f"{name}: only `export function|class|const`"
        )
        assert text.startswith("// "), f"{name} does not say what it is"
        assert len(text.splitlines()) < 400, name
    for name in needed:
        for names, origin in IMPORT.findall(read(f"{name}.js")):
            taken = {each.split(" as ")[0].strip() for each in names.split(",")}
            assert taken <= exports[beside(name, origin)], f"{name} takes {taken} from {origin}"
            own = re.sub(r"/\*.*?\*/|//[^\n]*", "", IMPORT.sub("", read(f"{name}.js")), flags=re.S)
            unused = [each for each in names.split(",") if not re.search(rf"\b{each.split()[-1]}\b", own)]
            assert not unused, f"{name} does not use {unused} from {origin}"
    assert {path.relative_to(WEB).with_suffix("").as_posix() for path in WEB.rglob("*.js")} == needed
    sources = [path for path in WEB.rglob("*") if path.is_file()]
    text = "".join(path.read_text("utf-8") for path in sources)
    assert not re.search(r"https?://(?!www\.w3\.org/(2000/svg|1998/Math/MathML))", text)


def test_modules_keep_their_names_and_circles_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("visualization.explorer.build.WEB", tmp_path)
    (tmp_path / "live").mkdir()
    (tmp_path / "one.js").write_text('import { f as g } from "./live/two.js";\n\nexport const a = g();\n')
    (tmp_path / "live" / "two.js").write_text(
        'import { b } from "../three.js";\n\nexport function f() {\n  return b;\n}\n'
    )
    (tmp_path / "three.js").write_text("export const b = 1;\n")
    assert modules("one") == ("three", "live/two", "one")
    assert 'const { f: g } = module["live/two"];' in script("one")
    (tmp_path / "three.js").write_text('import { a } from "./one.js";\n\nexport const b = a;\n')
    with pytest.raises(ValueError, match="one imports live/two imports three imports one"):
        script("one")


def test_the_budget_is_kept(runs):
    """Small budgets leave out epochs first, then models; the last epoch and the numbers always stay."""
    full, few, none = (payload({2: runs[2]}, budget=budget)["dims"][0]["models"] for budget in (5e6, 4e3, 10))
    assert [len(m["epochs"]) for m in full] == [5] * len(MODELS) and [m["name"] for m in full if "live" not in m] == [
        "nflow"
    ]
    assert {len(m["epochs"]) for m in few if "live" in m} == {1} and any("why" in m for m in few)
    assert all(m["why"] == "too large for this file" or m["name"] == "nflow" for m in none)
    assert all(m["epochs"][-1] == 4 for m in none)
    assert chosen(200, 24)[-1] == 199 and len(chosen(200, 24)) <= 24 and chosen(3, 24) == [0, 1, 2]
    steps = np.diff(chosen(200, 24))
    assert steps[:5].mean() < steps[-5:].mean(), "closer together early"


def test_report_takes_the_runs_of_its_command(runs, tmp_path):
    """In each dimension those of main.py or run_comparison.py, if there are none the other's; times do not matter."""
    (tmp_path / "comparison_2d").mkdir()
    for name in ("fm_model.pt", "fm_2d_model.pt"):
        shutil.copy(runs["folder"] / name, tmp_path)
    other = tmp_path / "comparison_2d" / "ae_2d_model.pt"
    shutil.copy(runs["folder"] / other.name, other)
    for seconds in (-60, 60):
        os.utime(other, (time.time() + seconds,) * 2)
        assert Report(tmp_path).sources() == {1: [tmp_path / "fm_model.pt"], 2: [tmp_path / "fm_2d_model.pt"]}
        assert Report(tmp_path, comparison=True).sources() == {1: [tmp_path / "fm_model.pt"], 2: [other]}
    (tmp_path / "fm_2d_model.pt").unlink()
    assert Report(tmp_path).sources()[2] == [other]
    assert Report(tmp_path / "none").sources() == {} and do(Report(tmp_path / "none")) is None


def test_a_finished_report_is_left(report, runs):
    assert do(Report(runs["folder"])) is None
    assert do(Report(runs["folder"], again=True)) == report


# ---- what it computes ----------------------------------------------------------------------------------------------

ASK = """
const [dim, name, points, questions] = arguments, model = explorer.model(dim, name);
model.use(model.entry.epochs.length - 1);
const x = Float64Array.from(points.flat()), n = points.length;
const answer = (what, rest) => (what === "path" ? model.path(x, n, ...rest).at(-1) : model[what](x, n, ...rest));
return questions.map(([what, ...rest]) => [...answer(what, rest)]);
"""


def questions(model):
    """((function of the page, arguments), the same in PyTorch) for everything that a model can do."""
    flow = hasattr(model, "velocity")
    yield ("generate",), model.generate
    if not flow:
        yield ("decode",), model.generate
    if hasattr(model, "encode"):
        yield ("encode",), (lambda x: model.posterior(x)[0]) if hasattr(model, "posterior") else model.encode
    if not flow:
        return
    yield ("velocity", 0.3), lambda x: model.velocity(x, 0.3)
    if model.sampler != "renoising":  # whose noise on the way is the page's own
        yield ("path", "own", 4), lambda x: model.sample(x, 4)
    yield ("path", "own", 1), lambda x: model.sample(x, 1)
    for method in (euler, heun, rk4):
        for back in (False, True):
            yield ("path", method.__name__, 5, back), partial(end_of_ode, model, method, back)
    if hasattr(model, "jump"):
        yield ("jump", 0.8, 0.1), lambda x: model.jump(x, 0.8, 0.1)
    if hasattr(model, "encode"):
        yield ("path", "own", 3, True), lambda x: jumps(model, x, 3, backward=True)[-1]
    else:
        yield ("path", "own", 3, True), lambda x: ode(model, x, 3, euler, True)[-1]


def end_of_ode(model, method, back, x):
    return ode(model, x, 5, method, back)[-1]


@pytest.mark.parametrize("dim", [1, 2])
def test_networks_agree_with_pytorch(dim, page, runs):
    """Every function of every model to 1e-5: forward, velocity, jump, encode, decode, samplers, both ways."""
    driver, points = page(), np.random.default_rng(0).normal(size=(7, dim))
    for run in runs[dim]:
        if run.settings["model"] == "nflow":  # which does not run in the page
            continue
        asked, functions = zip(*questions(run.model), strict=True)
        answers = driver.execute_script(
            ASK, dim, run.settings["model"], points.tolist(), [list(each) for each in asked]
        )
        for question, function, answer in zip(asked, functions, answers, strict=True):
            expected = first(run.model, function, points)
            assert np.abs(np.reshape(answer, expected.shape) - expected).max() < 1e-5 * max(
                1, np.abs(expected).max()
            ), (run.settings["model"], question)


def test_weights_of_an_earlier_epoch(page, runs):
    """They are those of the snapshot, in half precision."""
    driver, run = page(), runs[2][list(MODELS).index("fm")]
    found = driver.execute_script("const m = explorer.model(2, 'fm'); return [...m.vector(1)]")
    assert np.array_equal(np.float32(found), run.snapshots["weights"][1].float().numpy())


SOURCED = FromSource("eight_gaussians", "moons")


@pytest.mark.parametrize("dataset", ["two_gaussians_1d", "two_gaussians", "spiral", "pinwheel", SOURCED], ids=str)
def test_exact_side_agrees(dataset, page):
    """Velocity and density to rounding, the flow map to 1e-4, forwards and backwards."""
    mixture, driver = target(dataset), page()
    flow, rng = ExactFlow(mixture, source(dataset)), np.random.default_rng(0)
    z = flow.source.sample(24, rng)
    ask = """const [laws, points, what, ...rest] = arguments, x = Float64Array.from(points.flat());
    return [...new (explorer.world(2).exact.constructor)(...laws)[what](x, points.length, ...rest)]"""
    laws = [written_mixture(law) for law in (mixture, flow.source)]

    def found(points, what, *rest):
        return np.reshape(driver.execute_script(ask, laws, points.tolist(), what, *rest), (len(z), -1))

    assert np.abs(found(z, "velocity", 0.6) - flow.velocity(z, 0.6)).max() < 1e-9
    assert np.abs(found(z, "logDensity", 0.9)[:, 0] - flow.log_density(z, 0.9)).max() < 1e-9
    end = flow.flow_map(z, 0, 1)
    assert np.abs(found(z, "map") - end).max() < 1e-4
    assert np.abs(found(end, "map", True) - z).max() < 1e-3, "backwards errors grow"


@pytest.mark.parametrize("dim", [1, 2])
def test_live_distance_is_that_of_the_frames(dim, page, runs):
    driver = page(f"#dim={dim}&models=backflow,vae&solver=own&steps=1&crowd=256&time=1")
    settled(driver)
    for run in runs[dim]:
        if run.settings["model"] in ("backflow", "vae"):
            expected = sliced_w2(run.snapshots["samples"][-1].numpy(), target(run.settings["dataset"]))[0]
            found = driver.execute_script(f"return explorer.panel('{run.settings['model']}').distance")
            assert found == pytest.approx(expected, rel=1e-4)


# ---- one measure, one value ----------------------------------------------------------------------------------------


def said_of(driver, name, part=".number"):
    return driver.execute_script(f"return explorer.panel('{name}').root.querySelector('{part}').textContent")


@pytest.mark.parametrize("dim", [1, 2])
def test_the_live_number_is_that_of_metrics_csv(dim, page, runs):
    """At the last epoch, with its own sampler: the first seed's sliced W2, next to its floor; a page opens with 256."""
    driver = page(f"#dim={dim}&models={','.join(MODELS)}&time=1")
    settled(driver)
    opened = [state(driver, key) for key in ("solver", "crowd", "steps")]
    assert opened == ["own", 256, 0], "each model with its own sampler"
    floor = Reference(runs[dim][0].settings["dataset"]).sliced_w2_floor
    for run in runs[dim]:
        name, rows = run.settings["model"], run.measures["rows"]
        steps, spread = run.model.steps, plus_minus(*summary(rows)["sliced_w2", None][:2])
        (measured,) = (
            row["value"] for row in rows if (row["measure"], row["nfe"], row["seed"]) == ("sliced_w2", steps, 0)
        )
        text = said_of(driver, name)
        live = float(re.match(r"sliced W2(?: at t = 1)?: ([\d.e-]+) \(exact", text)[1])
        assert live == pytest.approx(measured, rel=0.02), name
        assert driver.execute_script(f"return explorer.panel('{name}').distance") == pytest.approx(measured, rel=1e-3)
        assert re.fullmatch(rf"sliced W2.*: {number(live)} \(exact( samples)? {number(floor, 2)}\)", text), "one number"
        title = driver.execute_script(f"return explorer.panel('{name}').root.querySelector('.number').title")
        assert f"Over 2 seeds, 256 particles and the model's own sampler ({evaluations(steps)}) it is {spread}" in title
        assert said_of(driver, name, "small").endswith((evaluations(steps), f"{steps} eval.")), "as it fits"
        full = driver.execute_script(f"return explorer.panel('{name}').root.querySelector('.name').title")
        assert f"{evaluations(steps)}. " in full, "and whole under the pointer"


@pytest.mark.parametrize("steps", [1, 2, 16])
def test_the_live_number_is_that_of_the_quality_chart(steps, page, runs):
    """Own samplers and ODEs with as many evaluations; consistency steps draw other noise than in Python."""
    flows = [run for run in runs[2] if isinstance(run.model, Flow)]
    for solver, measure in (("own", "sliced_w2"), ("euler", "ode_sliced_w2")):
        driver = page(
            f"#dim=2&models={','.join(r.settings['model'] for r in flows)}&solver={solver}&steps={steps}&time=1"
        )
        settled(driver)
        for run in flows:
            wanted = measure if isinstance(run.model, MeanVelocity) else "sliced_w2"
            if run.model.sampler == "renoising" and wanted == "sliced_w2" and steps > 8:
                continue  # it is not measured
            key = wanted, steps, 0
            (row,) = (r for r in run.measures["rows"] if (r["measure"], r["nfe"], r["seed"]) == key)
            name, random = run.settings["model"], run.model.sampler == "renoising" and solver == "own" and steps > 1
            found = driver.execute_script(f"return explorer.panel('{name}').distance")
            assert found == pytest.approx(row["value"], rel=0.35 if random else 1e-3), (name, solver)
            words = driver.execute_script(f"return explorer.panel('{name}').root.querySelector('.name').title")
            assert ("fresh noise of this page" in words) == random
            assert ("by chance" in said_of(driver, name, ".readout")) == random
            assert (" off " in said_of(driver, name, ".readout")) == (run.model.exact is not None and not random)
            inverts = isinstance(run.model, MeanVelocity) and run.model.inverts
            back = solver == "own" and run.model.sampler != "ODE" and not inverts
            words = f" by {steps} Euler step"
            assert (words in said_of(driver, name, ".readout")) == back, "the way back is not its own sampler's"


def test_another_number_of_particles_is_named_and_has_its_own_floor(page, runs):
    driver = page("#dim=2&models=fm&time=1&crowd=500&steps=2")
    settled(driver)
    reference = Reference(runs[2][0].settings["dataset"])
    floor = number(reference.sliced_w2_floor_of(500), 2)
    assert re.match(rf"sliced W2 at t = 1: [\d.]+ of 500 particles \(exact samples {floor}\)$", said_of(driver, "fm"))
    choose(driver, "crowd", 256)
    settled(driver)
    floor = number(reference.sliced_w2_floor_of(256), 2)
    assert "particles" not in said_of(driver, "fm") and said_of(driver, "fm").endswith(f" (exact samples {floor})")


@pytest.mark.parametrize(
    ("solver", "name", "words"),
    [
        ("euler", "fm", "Euler, 8 evaluations"),
        ("heun", "fm", "Heun, 16 evaluations"),
        ("rk4", "meanflow", "Runge-Kutta 4, 32 evaluations"),
        ("own", "meanflow", "jumps, 8 evaluations"),
        ("own", "fm", "Euler, 8 evaluations"),
        ("own", "facm", "consistency steps with fresh noise of this page, 8 evaluations"),
        ("own", "decoder", "1 evaluation"),
    ],
)
def test_samplers_are_counted_in_evaluations(solver, name, words, page):
    driver = page(f"#dim=1&models={name}&solver={solver}&steps=8&time=1")
    settled(driver)
    assert said_of(driver, name, "small") == words
    each = {"heun": 2, "rk4": 4}.get(solver, 1)
    shown = driver.find_element("id", "stepsValue").text
    assert shown == (f"8 = {8 * each} evaluations" if each > 1 else "8 evaluations")
    slide(driver, "steps", 0)
    assert driver.find_element("id", "stepsValue").text == "each model's own"


@pytest.mark.parametrize("dim", [1, 2])
def test_noise_of_consistency_steps(dim, page):
    """It is N(0, I), other for every particle and step, and the same whatever is computed at once."""
    driver = page(f"#dim={dim}&models=facm&solver=own&steps=3&time=1")
    settled(driver)
    ask = """const [dim, n, first] = arguments, model = explorer.model(dim, "facm"), zero = new Float64Array(n * dim);
    return [0, 1].map((i) => [...model.renoise(zero, n, 0, first, i)])"""
    noise = np.array(driver.execute_script(ask, dim, 4000, 0)).reshape(2, 4000, dim)
    assert np.abs(noise.mean(1)).max() < 0.06 and noise.std(1) == pytest.approx(np.ones((2, dim)), abs=0.05)
    columns = np.concatenate([*noise, [*noise[0, 1:].tolist(), [0.0] * dim]], 1).T
    assert np.abs(np.corrcoef(columns) - np.eye(len(columns))).max() < 0.06
    part = np.array(driver.execute_script(ask, dim, 10, 50)).reshape(2, 10, dim)
    assert np.array_equal(part, noise[:, 50:60])
    other = {
        "weights": [0.25, 0.75],
        "means": [[-3.0] * dim, [1.0] * dim],
        "covariances": [np.diag([4.0] * dim).tolist()] * 2,
    }
    driver.execute_script("explorer.model(arguments[0], 'facm').source = arguments[1]", dim, other)
    drawn = np.array(driver.execute_script(ask, dim, 4000, 0)).reshape(2, 4000, dim)
    driver.execute_script(
        "const { model } = explorer; model(arguments[0], 'facm').source = explorer.world(arguments[0]).content.source",
        dim,
    )
    assert np.abs(drawn.mean(1)).max() < 0.15 and drawn.std(1) == pytest.approx(np.full((2, dim), 7**0.5), abs=0.1)
    assert np.cov(drawn[0].T).min() == pytest.approx(3.0 if dim == 2 else 7.0, abs=0.4), "one component for both axes"
    again = "const p = explorer.panel('facm'); return [...p.path.at(-1)]"
    before = driver.execute_script(again)
    driver.execute_script("explorer.panel('facm').restart(); while (explorer.panel('facm').work());")
    assert driver.execute_script(again) == before


@pytest.mark.parametrize("dim", [1, 2])
def test_the_floor_of_consistency_steps_is_that_of_exact_jumps(dim, page, runs):
    """With the same fresh noise, which costs even exact jumps something; one step draws none."""
    driver = page(f"#dim={dim}&models=facm&solver=own&steps=3&time=1")
    settled(driver)
    ask = """const { crowd, model } = explorer.panel("facm"), zero = new Float64Array(crowd.z.length);
    return [[...crowd.z], ...[0, 1].map((i) => [...model.renoise(zero, crowd.n, 0, 0, i)])]"""
    z, *fresh = np.array(driver.execute_script(ask)).reshape(3, -1, dim)
    (until,) = {run.model.renoise_until for run in runs[dim] if run.settings["model"] == "facm"}
    reference, s = Reference(runs[dim][0].settings["dataset"]), [0, until / 3, 2 * until / 3]
    x = reference.exact.flow_map(z, 0, 1)
    for noise, progress in zip(fresh, s[1:], strict=True):
        x = reference.exact.flow_map(progress * x + (1 - progress) * noise, progress, 1)
    floor = float(sliced_w2(x[None], reference.target)[0])
    assert driver.execute_script("return explorer.panel('facm').floor") == pytest.approx(floor, rel=5e-3)
    assert floor > 2 * driver.execute_script("return explorer.panel('facm').crowd.floor")
    assert said_of(driver, "facm").endswith(f"(exact jumps {number(floor, 2)})")
    driver.execute_script("explorer.act.set({ steps: 1 })")
    settled(driver)
    assert "(exact samples " in said_of(driver, "facm")


def test_numbers_are_written_as_in_python(page):
    """The twin of labels.py on its own table, and on numbers of every size, halves included."""
    driver, rng = page(), np.random.default_rng(0)
    values = [*NUMBERS, *(10 ** rng.uniform(-9, 8, 300)), *(np.arange(1, 400) / 8), *(np.arange(1, 60) * 50.5)]
    values += [-value for value in values]
    finite = [float(value) if np.isfinite(value) else None for value in values]
    for digits in (2, 3):
        ask = "return arguments[0].map((v) => explorer.written.number(v ?? NaN, arguments[1]))"
        assert driver.execute_script(ask, finite, digits) == [number(value, digits) for value in values]
    pairs = [*SPREADS, *zip(10 ** rng.uniform(-7, 5, 400), 10 ** rng.uniform(-9, 4, 400), strict=True)]
    shown = [[float(v) if np.isfinite(v) else None for v in pair] for pair in pairs]
    ask = "return arguments[0].map(([m, s]) => explorer.written.plusMinus(m ?? NaN, s ?? NaN))"
    assert driver.execute_script(ask, shown) == [plus_minus(*pair) for pair in pairs]


@pytest.mark.parametrize("dim", [1, 2])
def test_the_table_is_written_as_the_scoreboard(dim, page, runs):
    driver = page(f"#dim={dim}&models=fm&time=1")
    settled(driver, "document.querySelector('#table table')")
    head, lines = table([(run.settings, run.measures["rows"]) for run in runs[dim]])
    cells = "return [...document.querySelectorAll('#table tr')].map((row) => [...row.cells].map((c) => c.textContent))"
    assert driver.execute_script(cells) == [head, *lines]


def test_nothing_but_the_table_is_called_w2_alone(page):
    """The cheap measure is sliced W2 in both dimensions; W2 proper is in the table, its sentences and the lessons."""
    text = "".join(path.read_text(encoding="utf-8") for path in WEB.rglob("*.*"))
    assert not re.search(r"W₂|W<sub>2|\bw2 \d", text)
    for dim in (1, 2):
        driver = page(f"#dim={dim}&models={','.join(MODELS)}&time=1&steps=2")
        settled(driver)
        for name in MODELS:
            assert said_of(driver, name).startswith(("sliced W2 ", "sliced W2: "))
        settled(driver, "document.querySelector('#quality svg')")
        axes = driver.find_elements("css selector", "#quality svg .axis")
        assert [text.text for text in axes] == ["network evaluations per sample", "sliced W2"]
        assert "one in 1D" in driver.find_element("id", "notes").text


def test_charts_of_two_samplers_and_of_training(page, runs):
    """Models with two samplers have two lines; flows have the excess error first, on axes of its own, from epoch 0."""
    for dim in (1, 2):
        driver = page(f"#dim={dim}&models={','.join(MODELS)}&time=1&steps=2")
        settled(driver, "document.querySelector('#losses figure')")
        legend = [item.text for item in driver.find_elements("css selector", "#quality .legend span")]
        two = [run.model.title for run in runs[dim] if isinstance(run.model, MeanVelocity)]
        assert [words for words in legend if words.endswith(", ODE")] == [f"{title}, ODE" for title in two]
        dashes = driver.execute_script(
            "return [...document.querySelectorAll('#quality svg g')].filter((g) => g.querySelector('title')"
            ".textContent.endsWith(', ODE')).map((g) => g.querySelector('polyline').getAttribute('stroke-dasharray'))"
        )
        assert dashes == ["5 3"] * len(two)
        for run, figure in zip(runs[dim], driver.find_elements("css selector", "#losses figure"), strict=True):
            charts = [svg.get_attribute("aria-label") for svg in figure.find_elements("css selector", "svg")]
            title, flow = run.model.title, isinstance(run.model, Flow) and run.model.exact
            assert charts == [*([f"excess error of {title}"] if flow else []), f"loss of {title}"]
            axes = [text.text for text in figure.find_elements("css selector", ".axis")]
            assert axes == [*(["epoch", "excess error"] if flow else []), "epoch", "loss"]
            notes = [note.text for note in figure.find_elements("css selector", ".note")]
            spread = plus_minus(*summary(run.measures["rows"])["final_loss", None][:2])
            assert notes[-1].startswith(f"loss at the end {spread}, exact "), "of the last epoch"
            if flow:
                spread = plus_minus(*summary(run.measures["rows"])["excess_error", None][:2])
                assert notes[0] == f"excess error at the end {spread}, exact 0"


def test_unevenly_spaced_epochs_play_evenly(page, tmp_path):
    """The slider goes from snapshot to snapshot; playing shows each for the same time, whatever lies between."""
    run = train(replace(TINY, epochs=21, viz_freq=0).run_settings("fm", 1))
    measured(run, tmp_path / "fm_model.pt")
    path = tmp_path / "uneven.html"
    path.write_text(assemble(payload({1: [run]}), ""), encoding="utf-8")
    driver, kept = page("#models=fm&steps=2&time=1&crowd=256", path), [0, 1, 2, 3, 5, 8, 13, 21]
    settled(driver)
    for i, epoch in enumerate(kept):
        slide(driver, "epoch", i)
        assert state(driver, "epoch") == epoch and driver.find_element("id", "epochValue").text == str(epoch)
    driver.execute_script(
        "window.seen = []; let last, clock = 0; const look = (now) => { const e = explorer.page.state.epoch;"
        "clock += Math.min(100, now - (last ?? now)); last = now;"  # as the page counts, on however busy a machine
        "if (seen.at(-1)?.[0] !== e) seen.push([e, clock]); requestAnimationFrame(look) };"
        "explorer.act.set({ epochSpeed: 2, epoch: 0 }); requestAnimationFrame(look); explorer.act.playEpoch()"
    )
    settled(driver, "explorer.page.state.epoch === 21 && !explorer.page.playing.epoch")
    epochs, times = zip(*driver.execute_script("return seen"), strict=True)
    assert list(epochs) == kept
    waits = np.diff(times)[1:]
    assert waits.max() - waits.min() <= 205, waits  # a frame of at most 100 ms at either end


# ---- what its controls change --------------------------------------------------------------------------------------


def click(driver, selector):
    driver.find_element("css selector", selector).click()


def slide(driver, name, value):
    """Set a range input as a user would."""
    driver.execute_script(
        "const i = document.getElementById(arguments[0]); i.value = arguments[1];"
        "i.dispatchEvent(new Event('input', { bubbles: true }))",
        name,
        value,
    )


def choose(driver, name, value):
    click(driver, f"#{name} option[value='{value}']")


def test_models_and_dimension(page):
    driver = page("#models=fm&time=1")
    assert len(driver.find_elements("css selector", "#panels figure")) == 1
    click(driver, "#models input[value=vae]")
    assert state(driver, "models") == ["vae", "fm"]
    click(driver, "#models input[value=fm]")
    click(driver, "#dimension button[value='1']")
    assert state(driver, "dim") == 1 and state(driver, "models") == ["vae"]
    click(driver, "#all")
    assert len(driver.find_elements("css selector", "#panels figure")) == len(MODELS) + 1, "and the exact flow"
    click(driver, "#flows")
    assert state(driver, "models") == [*group("flows"), "exact"]
    settled(driver)
    assert pixels(driver, "facm")[..., 3].any()


@pytest.mark.parametrize("dim", [1, 2])
def test_layers_change_pixels(dim, page):
    driver = page(f"#dim={dim}&models=ae,facm&layers=&time=0.5&crowd=256")
    settled(driver)
    for layer in LAYERS:
        before = {name: (pixels(driver, name), pixels(driver, name, "front")) for name in ("ae", "facm")}
        click(driver, f"#layers input[value={layer}]")
        settled(driver)
        time.sleep(0.05)
        for name, (back, front) in before.items():
            changed = (pixels(driver, name) != back).any() or (pixels(driver, name, "front") != front).any()
            assert changed != (name == "ae" and layer in ("jumps", "truth", "error")), (layer, name)
        click(driver, f"#layers input[value={layer}]")
        settled(driver)


def test_epoch_and_time(page):
    driver = page("#models=fm,ae&time=1&steps=4")
    settled(driver)
    ask = "return explorer.panel('fm').distance"
    before = driver.execute_script(ask)
    slide(driver, "epoch", 1)
    assert state(driver, "epoch") == 1
    settled(driver)
    assert driver.execute_script(ask) != before
    before = pixels(driver, "fm", "front")
    slide(driver, "time", 250)
    assert state(driver, "time") == 0.25
    time.sleep(0.1)
    assert (pixels(driver, "fm", "front") != before).any()


def test_play_pause_and_speed(page):
    driver = page("#models=fm&time=0&steps=2")
    settled(driver)
    click(driver, "#playTime")
    settled(driver, "explorer.page.state.time > 0.02")
    click(driver, "#playTime")
    now = state(driver, "time")
    time.sleep(0.1)
    assert state(driver, "time") == now, "paused"

    def run(speed):
        choose(driver, "timeSpeed", speed)
        start = driver.execute_script("explorer.page.state.time = 0; explorer.act.playTime(); return performance.now()")
        settled(driver, "explorer.page.state.time > 0.4")
        now, end = driver.execute_script(
            "explorer.act.playTime(); return [explorer.page.state.time, performance.now()]"
        )
        return now / (end - start)

    assert run(4) > 1.8 * run(1)
    slide(driver, "epoch", 0)
    choose(driver, "epochSpeed", 4)
    click(driver, "#playEpoch")
    settled(driver, "explorer.page.state.epoch === 4 && !explorer.page.playing.epoch")
    assert driver.find_element("id", "playEpoch").get_attribute("aria-label") == "Play training"


def test_solver_steps_and_particles(page):
    driver = page("#models=fm,backflow&time=1&steps=3&solver=euler&crowd=500")
    settled(driver)
    ask = "const p = explorer.panel('fm'); return [p.path.length, p.distance, p.crowd.n]"
    seen = [driver.execute_script(ask)]
    for act in (
        lambda: slide(driver, "steps", 64),
        lambda: choose(driver, "solver", "heun"),
        lambda: choose(driver, "solver", "rk4"),
        lambda: choose(driver, "crowd", 256),
    ):
        act()
        settled(driver)
        seen.append(driver.execute_script(ask))
    assert [row[0] for row in seen] == [4, 65, 65, 65, 65] and seen[-1][2] == 256
    assert len({row[1] for row in seen}) == 5, "W2 changes with each"
    assert "W" in driver.find_element("css selector", ".number").text


def test_dragged_points_land_where_pytorch_sends_them(page, runs):
    """A real drag on the canvas: the readout of every panel against PyTorch, and the exact side."""
    from selenium.webdriver import ActionChains

    driver = page("#dim=2&models=ae,vae,fm,meanflow,facm,backflow&time=1&solver=own&steps=4&layers=data")
    settled(driver)
    models = {run.settings["model"]: run.model for run in runs[2]}
    exact = ExactFlow(target("two_gaussians"))
    for handle, panel in (("z", "fm"), ("x", "fm"), ("z", "ae"), ("x", "vae")):
        where = driver.execute_script(
            "const [h, n] = arguments, p = explorer.panel(n), b = p.front.getBoundingClientRect();"
            "const [u, v] = p.space.at(explorer.page.state[h][2], 0, h === 'x' ? 1 : 0);"
            "return [u - b.width / 2, v - b.height / 2]",
            handle,
            panel,
        )
        canvas = driver.execute_script(f"return explorer.panel('{panel}').front")
        moves = (
            ActionChains(driver, duration=20).move_to_element_with_offset(canvas, *map(round, where)).click_and_hold()
        )
        before = state(driver, f"{handle}[2]")
        moves.move_by_offset(-14, 9).move_by_offset(-6, 4).release().perform()
        assert np.abs(np.subtract(state(driver, f"{handle}[2]"), before)).min() > 0.05, "it moved"
        for name, model in models.items():
            if name not in ("ae", "vae", "fm", "meanflow", "facm", "backflow"):
                continue
            found = driver.execute_script(f"return explorer.panel('{name}').landings()")
            z, x = np.array([found["z"]]), np.array([found["x"]])
            flow = hasattr(model, "velocity")
            landing = first(model, (lambda z, m=model: m.sample(z, 4)) if flow else model.generate, z)
            if name != "facm":  # its consistency steps draw noise
                assert np.abs(landing - found["landing"]).max() < 1e-5, name
            if flow:
                assert np.abs(exact.flow_map(z, 0, 1) - found["exact"]).max() < 1e-4
                assert np.abs(exact.flow_map(x, 1, 0) - found["exactEncoded"]).max() < 1e-3
            else:
                assert found["exact"] is None and found["exactEncoded"] is None, "a latent may be mirrored and be right"
            if name in ("ae", "vae"):
                encode = model.encode if name == "ae" else lambda x, m=model: m.posterior(x)[0]
                latent = first(model, encode, x)
                assert np.abs(latent - found["encoded"]).max() < 1e-5
                assert np.abs(first(model, model.decode, latent) - found["decoded"]).max() < 1e-5
            if name == "backflow":
                back = first(model, lambda x, m=model: jumps(m, x, 4, backward=True)[-1], x)
                assert np.abs(back - found["encoded"]).max() < 1e-5
            words = driver.execute_script(f"return explorer.panel('{name}').root.querySelector('.readout').textContent")
            words = words.replace("−", "-")
            assert "({:.2f}, {:.2f})".format(*found["landing"]) in words.replace("-0.00", "0.00") or "-0.00" in words


def test_touch_moves_a_point(page):
    driver = page("#dim=1&models=fm&time=1&steps=4")
    resize(driver, 390, 844, mobile=True)
    settled(driver)
    ask = (
        "const p = explorer.panel('fm'), b = p.front.getBoundingClientRect();"
        "const [u, v] = p.space.at([arguments[0]], 0, 0); return { x: b.x + u, y: b.y + v }"
    )
    handle, there, tap = (driver.execute_script(ask, z) for z in (state(driver, "z[1][0]"), 0.9, -1.7))
    for kind, points in (("touchStart", [handle]), ("touchMove", [there]), ("touchEnd", [])):
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    settled(driver, "Math.abs(explorer.page.state.z[1][0] - 0.9) < 0.1")
    for kind, points in (("touchStart", [tap]), ("touchEnd", [])):
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    settled(driver, "Math.abs(explorer.page.state.z[1][0] + 1.7) < 0.1")


def test_keyboard(page):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    driver = page("#dim=2&models=fm&time=0.5&steps=2")
    press = lambda key: ActionChains(driver, duration=20).send_keys(key).perform()  # noqa: E731
    press(Keys.ARROW_RIGHT)
    assert state(driver, "time") == pytest.approx(0.52)
    press(Keys.ARROW_LEFT)
    press(Keys.ARROW_DOWN)
    assert state(driver, "epoch") == 3 and state(driver, "time") == pytest.approx(0.5)
    press(Keys.ARROW_UP)
    press(Keys.SPACE)
    assert state(driver, "epoch") == 4 and driver.execute_script("return explorer.page.playing.time")
    press(Keys.SPACE)
    assert not driver.execute_script("return explorer.page.playing.time")
    before = state(driver, "z[2]")
    driver.execute_script("explorer.panel('fm').front.focus()")
    press(Keys.ARROW_UP)
    assert state(driver, "z[2]") == pytest.approx([before[0], before[1] + 0.1])


def test_table_sorts_by_click_and_by_key(page):
    from selenium.webdriver.common.keys import Keys

    driver = page("#dim=2&models=fm,decoder&time=1")
    settled(driver, "document.querySelector('#table table')")
    rows = lambda: [row.text for row in driver.find_elements("css selector", "#table tbody th")]  # noqa: E731
    assert rows()[0] == "exact samples" and len(rows()) == len(MODELS) + 1
    numbers = driver.execute_script("return explorer.world(2).content.table.rows")
    titles = {name: driver.execute_script(f"return explorer.model(2, '{name}').entry.title") for name in numbers}
    names = [name for name in MODELS if name in numbers]  # the order of the rows, which ties keep
    best = sorted(names, key=lambda name: numbers[name]["values"][1])
    worst = sorted(names, key=lambda name: -numbers[name]["values"][1])
    button = "#table thead th:nth-child(3) button"
    driver.execute_script(f"document.querySelector('{button}').click()")
    assert rows()[1:] == [" ".join(titles[name].split()) for name in best]
    assert driver.find_element("css selector", "#table th:nth-child(3)").get_attribute("aria-sort") == "ascending"
    driver.find_element("css selector", button).send_keys(Keys.ENTER)
    assert driver.find_element("css selector", "#table th:nth-child(3)").get_attribute("aria-sort") == "descending"
    assert rows()[1:] == [" ".join(titles[name].split()) for name in worst]
    cell = driver.find_element("css selector", "#table tbody tr:nth-child(2) td:nth-child(3)").text
    assert "±" in cell and len(driver.find_elements("css selector", "#quality polygon, #quality circle")) > 8
    assert driver.find_elements("css selector", "#losses .floor") and driver.find_element("id", "sentences").text


def test_theme_and_grab(page):
    driver = page("#dim=2&models=fm,vae&time=1&steps=2")
    settled(driver)
    before = screenshot(driver)
    click(driver, "#theme")
    settled(driver)
    assert np.abs(screenshot(driver) - before).mean() > 60, "dark is dark"
    click(driver, "#grab button[value=x]")
    assert state(driver, "grab") == "x"


def test_colours_and_marks_are_those_of_config(page):
    """In both themes those of the page and of its charts; a switch draws the charts again."""
    driver = page("#dim=2&models=fm&time=1&steps=2")
    for name in ("light", "dark"):
        driver.execute_script(f"if (document.documentElement.dataset.theme !== '{name}') explorer.act.theme()")
        for meaning, color in config.themes()[name].items():
            ask = f"return getComputedStyle(document.documentElement).getPropertyValue('--{meaning}')"
            assert driver.execute_script(ask) == color
        shades = {config.look(model)["color"] for model in MODELS}
        shades = shades if name == "light" else {config.on_dark(color) for color in shades}
        marks = "[...document.querySelectorAll('#quality polygon')].map((mark) => mark.getAttribute('stroke'))"
        settled(driver, f"[...new Set({marks})].sort().join() === '{','.join(sorted(shades))}'")
    looks = driver.execute_script("return explorer.world(2).content.models.map(({ look }) => look.mark)")
    assert len({str(mark) for mark in looks}) == min(len(MODELS), 12)
    square = looks[list(MODELS).index("ae")]
    assert sorted(map(tuple, square)) == [(-1, -1), (-1, 1), (1, -1), (1, 1)]


def test_fragment_restores_the_view(page):
    """What the address says after some clicks gives the same view in another visit; nonsense is left out."""
    driver = page("#dim=1&models=facm,ae&time=0.25&steps=7&solver=heun&layers=data,density&epoch=2&z=0.5")
    click(driver, "#layers input[value=jumps]")
    settled(driver, "location.hash.includes('density,jumps')")
    address = driver.execute_script("return location.hash")
    keys = ("dim", "models", "time", "steps", "solver", "epoch", "z[1]", "crowd")
    before = [state(driver, key) for key in keys]
    page(address)
    assert [state(driver, key) for key in keys] == before
    assert before == [1, ["ae", "facm"], 0.25, 7, "heun", 2, [0.5], 256]
    assert driver.execute_script("return [...explorer.page.state.layers]") == ["data", "density", "jumps"]
    driver.execute_script("location.hash = '#models=fm&steps=2'")
    settled(driver, "explorer.page.state.models.join() === 'fm' && explorer.page.state.steps === 2")
    page("#dim=7&models=glow&time=nan&epoch=-3&layers=x&steps=900&z=a,b&solver=magic")
    assert [state(driver, key) for key in ("models", "steps", "dim")] == [["fm", "meanflow", "facm", "backflow"], 0, 2]


def test_every_control_has_a_name(page):
    driver = page()
    unnamed = driver.execute_script(
        "return [...document.querySelectorAll('button, input, select, canvas[tabindex]')]"
        ".filter(e => !(e.textContent.trim()"
        " || e.getAttribute('aria-label') || e.labels?.[0]?.textContent.trim())).map(e => e.outerHTML)"
    )
    assert unnamed == []


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_both_sizes_are_filled(width, height, page):
    driver = page("#dim=2&models=ae,fm,facm,backflow&time=1&steps=4")
    resize(driver, width, height, mobile=width < 500)
    settled(driver)
    time.sleep(0.1)
    picture = screenshot(driver)
    assert picture.shape[:2] == (height, width)
    ink = (np.abs(picture - picture[0, 0]) > 40).any(-1)
    assert all(part.mean() > 0.01 for part in np.array_split(ink, 4, 0)), "no empty part"
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width, "nothing sticks out"
    cut = "return [...document.querySelectorAll('.number')].filter((e) => e.scrollWidth > e.clientWidth).length"
    assert driver.execute_script(cut) == 0, "no number is cut"
    assert driver.find_element("id", "playTime").is_displayed()


# ---- answers that are not a model's own ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def variants(runs, tmp_path_factory):
    """A page with fm, and the two models of tests/fakes.py; one without its network."""
    with pytest.MonkeyPatch.context() as patch:
        fakes.register(patch)
        patch.setattr("evaluation.reference.N_W2", {1: 128, 2: 128})
        found = {dim: [runs[dim][list(MODELS).index(name)] for name in ("decoder", "ae", "fm")] for dim in (1, 2)}
        for dim, name in ((dim, name) for dim in (1, 2) for name in ("onestep", "fm_ot")):
            found[dim].append(train(TINY.run_settings(name, dim)))
            found[dim][-1].measures["rows"] = evaluate(found[dim][-1])
        path = tmp_path_factory.mktemp("variants") / "report.html"
        path.write_text(assemble(payload(found), ""), encoding="utf-8")
        yield path, found


def said(driver, name):
    return driver.execute_script(f"return explorer.panel('{name}').root.querySelector('.missing').textContent")


@pytest.mark.parametrize("dim", [1, 2])
def test_no_model_is_held_against_the_exact_flow_unless_it_is_its_own(dim, page, variants):
    """Layers of exact answers leave the others' pixels as they are, and the panel says what it lacks."""
    names = ("decoder", "ae", "fm", "onestep", "fm_ot")
    driver = page(f"#dim={dim}&models={','.join(names)}&layers=&time=0.5&crowd=256", variants[0])
    settled(driver)
    for layer, words in (("truth", "exact field"), ("error", "error map"), ("trajectories", "exact paths")):
        before = {name: pixels(driver, name) for name in names}
        click(driver, f"#layers input[value={layer}]")
        settled(driver)
        for name in names:
            has = name == "fm" or (layer == "trajectories" and name != "fm_ot")  # "onestep" does not run here
            assert (words in said(driver, name)) != has, (layer, name)
            if layer != "trajectories":
                assert (pixels(driver, name) != before[name]).any() == has, (layer, name)
        click(driver, f"#layers input[value={layer}]")
        settled(driver)
        assert said(driver, "fm_ot") == ""


def test_exact_paths_are_black_only_where_they_belong(page, variants):
    """Exact paths are the only black lines of a plane: also of a recorded generator, which shares it."""
    driver = page("#dim=2&models=fm,onestep,fm_ot&layers=&time=1&crowd=256", variants[0])
    driver.execute_script("if (document.documentElement.dataset.theme === 'dark') explorer.act.theme()")
    settled(driver)
    names, ink = ("fm", "onestep", "fm_ot"), {}
    for layer in ("", "trajectories"):
        driver.execute_script("explorer.act.set({ layers: new Set([arguments[0]]) })", layer)
        settled(driver)
        for name in names:
            found = pixels(driver, name)
            ink[name, layer] = ((found[..., :3].max(-1) < 60) & (found[..., 3] > 60)).sum()
    black = {name: ink[name, "trajectories"] - ink[name, ""] for name in names}
    assert black["fm"] > 500 and black["onestep"] > 500 and black["fm_ot"] < 20, black
    assert (
        driver.execute_script("return ['fm', 'onestep', 'fm_ot'].map((n) => explorer.panel(n).space.islands)")
        == [False] * 3
    )


def test_probes_have_the_answer_that_is_the_models_own(page, variants):
    driver = page("#dim=2&models=decoder,ae,fm,fm_ot&time=1", variants[0])
    settled(driver)
    ask = "return Object.fromEntries(explorer.page.panels.map((p) => [p.name, p.landings().exact]))"
    found = driver.execute_script(ask)
    assert found["decoder"] == pytest.approx(target("two_gaussians").mean) and found["fm"]
    assert found["ae"] is None and found["fm_ot"] is None
    text = driver.find_element("css selector", "#panels").get_attribute("textContent")  # of x, too, where room lacks
    assert text.count(", exact (") == 2 and text.count("mean of the data (") == 1, "of fm the map and its inverse"


@pytest.mark.parametrize("dim", [1, 2])
def test_couplings_are_the_models_own(dim, page, variants):
    path, found = variants
    driver = page(f"#dim={dim}&models=fm,fm_ot&layers=couplings&time=0&crowd=256", path)
    settled(driver)
    ours = [some(points) for points in Scene(found[dim][-1]).pairs]
    shown = driver.execute_script("return explorer.panel('fm_ot').pairs.map((each) => [...each])")
    assert np.allclose([np.reshape(each, (-1, dim)) for each in shown], ours)
    assert driver.execute_script("return explorer.panel('fm').pairs") is None
    assert (pixels(driver, "fm") != pixels(driver, "fm_ot")).any()


def test_couplings_of_a_recorded_encoder_are_left_out_with_a_word(page, runs, tmp_path):
    path = tmp_path / "recorded.html"
    path.write_text(assemble(payload({2: runs[2]}, budget=10), ""), encoding="utf-8")
    driver = page("#models=ae,decoder&layers=couplings", path)
    settled(driver)
    assert said(driver, "ae") == "No couplings: it does not run here. " and said(driver, "decoder") == ""
    with_them = {name: pixels(driver, name) for name in ("ae", "decoder")}
    click(driver, "#layers input[value=couplings]")
    settled(driver)
    changed = {name: (pixels(driver, name) != found).any() for name, found in with_them.items()}
    assert changed == {"ae": False, "decoder": True}


# ---- what may go wrong ---------------------------------------------------------------------------------------------


def test_one_model_in_one_dimension(page, runs, tmp_path):
    path = tmp_path / "one.html"
    path.write_text(assemble(payload({1: runs[1][:1]}), ""), encoding="utf-8")
    driver = page("", path)
    settled(driver)
    assert state(driver, "dim") == 1 and state(driver, "models") == ["decoder"]


def test_models_that_do_not_run_here_show_what_was_recorded(page, runs, tmp_path):
    path = tmp_path / "recorded.html"
    path.write_text(assemble(payload({2: runs[2]}, budget=10), ""), encoding="utf-8")
    driver = page(f"#models={','.join(MODELS)}&layers={','.join(LAYERS)}", path)
    settled(driver)
    assert driver.find_element("css selector", ".trouble").text == "Recorded, not live: too large for this file."
    slide(driver, "epoch", 1)
    settled(driver)


def test_a_diverged_run_says_so(page, runs, tmp_path):
    content = payload({1: runs[1]})
    size = len(base64.b64decode(content["dims"][0]["models"][4]["final"])) // 4
    content["dims"][0]["models"][4]["final"] = base64.b64encode(np.full(size, np.nan, "<f4").tobytes()).decode()
    path = tmp_path / "diverged.html"
    path.write_text(assemble(content, ""), encoding="utf-8")
    driver = page(f"#models=fm,ae&layers={','.join(LAYERS)}&time=1", path)
    settled(driver)
    assert "Diverged" in driver.find_element("css selector", "figure:nth-child(2) .trouble").text
    run = train(replace(TINY, lr=1e6, epochs=60, hidden=(8,) * 4, viz_freq=10).run_settings("fm", 1))
    measured(run, tmp_path / "meanflow_model.pt")
    path.write_text(assemble(payload({1: [run]}), ""), encoding="utf-8")
    driver = page("", path)
    settled(driver)
    assert run.trouble in driver.find_element("css selector", ".trouble").text


@pytest.mark.parametrize("damage", ["changed", "cut"])
def test_damaged_data_show_a_message(damage, page, report, tmp_path):
    text = report.read_text(encoding="utf-8")
    middle = text.index('"final":"') + 40
    text = text[:middle] + ("#" if damage == "changed" else "") + text[middle + (1 if damage == "changed" else 900) :]
    path = tmp_path / "damaged.html"
    path.write_text(text, encoding="utf-8")
    driver = page("", path)
    assert "cannot be shown" in driver.find_element("id", "damage").text
    assert "damaged" in driver.find_element("id", "damage").text
    assert not driver.find_element("id", "app").is_displayed()


def test_hostile_names_are_text(page, runs, tmp_path, monkeypatch):
    monkeypatch.setattr("visualization.explorer.payload.data_name", lambda config: HOSTILE)
    monkeypatch.setattr(type(runs[2][0].model), "title", f"{HOSTILE}</script><b>{{{{data}}}}")
    content = payload({2: runs[2]})
    content["dims"][0]["sentences"].append(f"{HOSTILE}\u2028")
    path = tmp_path / "hostile.html"
    path.write_text(assemble(content, ""), encoding="utf-8")
    driver = page(f"#models=decoder&time=1&layers={','.join(LAYERS)}", path)
    settled(driver)
    settled(driver, "document.querySelector('#table table')")
    assert driver.find_elements("css selector", "img") == []
    assert HOSTILE in driver.title and driver.find_element("id", "dataset").text == HOSTILE
    assert driver.find_element("css selector", ".panel b").text.startswith(HOSTILE)


def test_the_last_model_stays(page):
    driver = page("#dim=2&models=fm&time=1")
    box = driver.find_element("css selector", "#models input[value=fm]")
    box.click()
    assert state(driver, "models") == ["fm"] and box.is_selected()
    driver.find_element("css selector", "#models input[value=ae]").click()
    box.click()
    assert state(driver, "models") == ["ae"] and not box.is_selected()


def test_a_reload_goes_on_playing(page):
    """The address holds a time only while it stands still."""
    driver = page("#dim=1&models=fm")
    settled(driver, "explorer.page.playing.time === false || location.hash.length > 1")
    driver.execute_script("explorer.page.playing.time || document.getElementById('playTime').click()")
    settled(driver, "location.hash.includes('models=') && !location.hash.includes('time=')")
    driver.execute_script("document.getElementById('playTime').click()")
    settled(driver, "location.hash.includes('time=')")


def test_a_slow_machine_computes_however_long_it_draws(page):
    """A frame in which drawing takes longer than all that panels may compute for still brings them on."""
    driver = page("#dim=2&models=fm&time=0.5&steps=2")
    settled(driver)
    driver.execute_script(
        "const p = explorer.panel('fm'), draw = p.drawFront, wait = (end) => { while (performance.now() < end); };"
        "p.drawFront = () => { wait(performance.now() + 2 * explorer.page.budget); draw.call(p); };"
        "explorer.act.set({ steps: 3 })"
    )
    settled(driver)
    assert driver.execute_script("return explorer.panel('fm').path.length") == 4


def test_no_point_is_out_of_reach(page):
    driver = page("#dim=2&models=fm&time=1&z=1e9,-1e9")
    (low_x, high_x), (low_y, high_y) = driver.execute_script("return explorer.world(2).space.limits")
    assert state(driver, "z[2]") == [high_x, low_y] and low_x < high_x < 20 and -20 < low_y < high_y


def test_a_copied_link_holds_no_private_path(page):
    driver = page("#dim=1&models=fm&time=1")
    driver.execute_script(
        "window.copied = ''; navigator.clipboard.writeText = async (text) => { window.copied = text; };"
        "document.getElementById('link').click()"
    )
    settled(driver, "window.copied")
    assert driver.execute_script("return window.copied").startswith("#dim=1&models=fm")
    assert "Settings copied" in driver.find_element("id", "said").text

"""Training in the page: its controls, runs side by side, links that repeat a training, and what it says meanwhile."""

import time

import numpy as np
import pytest
import torch
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from benchmarks.browser import resize
from data.synthetic import DEFAULT_2D
from evaluation.metrics import sliced_w2
from evaluation.reference import Reference
from models import model_class
from tests.explorer import TINY, settled, state
from training.snapshots import FieldProbe
from training.trainer import flatten

HELD = "explorer.runs()[{}]"
SIZES = ((1440, 900), (1280, 720), (1024, 768), (844, 390), (390, 844))
ALL = """
const [done] = [...arguments].slice(-1), wait = (ms) => new Promise((go) => setTimeout(go, ms)), found = {};
const until = async (holds) => { for (let i = 0; i < 400 && !holds(); i++) await wait(20); return holds(); };
const options = [...document.querySelector("#training [name=model]").options].filter((each) => !each.disabled);
(async () => {
  for (const { value } of options) {
    const list = document.querySelector("#training [name=model]");
    list.value = value;
    list.dispatchEvent(new Event("change"));
    const run = explorer.runs()[0];
    await until(() => run.model);
    for (let i = 0; i < 3; i++) {
      document.querySelector("#training [data-do=epoch]").click();
      await until(() => run.epochs === i + 1);
    }
    await until(() => run.fresh === null);
    const names = [...document.querySelectorAll("#training form [name]")].map((each) => each.name);
    const { losses, excess, epochs, model } = run;
    found[value] = { losses, excess, epochs, names, exact: model.entry.exact, shown: model.at[1] };
  }
  done(found);
})();
"""


def press(driver, name):
    driver.execute_script(f"document.querySelector('#training [data-do={name}]').click()")


def choose(driver, name, value):
    """Set a field of the drawer as a person does: the event comes with it."""
    field = driver.find_element(By.CSS_SELECTOR, f"#training [name={name}]")
    if field.tag_name == "select":
        Select(field).select_by_value(str(value))
    else:
        script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))"
        driver.execute_script(script, field, str(value))


def run(driver, what, i=0):
    return driver.execute_script(f"return {HELD.format(i)}.{what}")


def weights(driver, i=0):
    """Those on the stage, when they are those of the run's last step."""
    settled(driver, f"{HELD.format(i)}.fresh === null")
    return np.array(driver.execute_script(f"return [...{HELD.format(i)}.model.weights]"), np.float32)


def said(driver):
    return driver.execute_script("return document.querySelector('#training .said').textContent")


def note(driver, chart):
    """The words below a chart, when it is drawn."""
    time.sleep(0.4)  # charts are drawn four times a second
    return driver.execute_script(f"return document.querySelector('#training .{chart} .note').textContent")


def floor(driver, target, model="fm"):
    if run(driver, "settings.model") != model:
        choose(driver, "model", model)
    choose(driver, "target", target)
    settled(driver, f"{HELD.format(0)}.model")
    return float(note(driver, "loss").partition("floor ")[2].partition(";")[0])


def test_a_run_of_the_page(page):
    """One visit of a learner: the first run, its controls, its numbers, a second run, and the link to both."""
    driver = page("#dim=2&models=fm&time=1")
    assert driver.find_element(By.ID, "training").get_attribute("hidden") is not None
    driver.find_element(By.ID, "train").click()
    settled(driver, "explorer.panel('live-A')?.distance")
    assert state(driver, "models") == ["fm", "live-A"] and run(driver, "steps") == 0
    assert run(driver, "settings.hidden") == "8-8" and run(driver, "settings.points") == 60, "as the run in the file"
    untrained = weights(driver)

    choose(driver, "batch", 16)
    choose(driver, "lr", 0.01)
    choose(driver, "until", 120)
    press(driver, "train")
    settled(driver, f"{HELD.format(0)}.steps === 120 && !{HELD.format(0)}.on && {HELD.format(0)}.fresh === null")
    settled(driver)
    losses, excess = run(driver, "losses"), run(driver, "excess")
    assert said(driver) == "Stopped at step 120." and len(losses) == 30
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:3]) and excess[-1][1] < 0.8 * excess[0][1]
    assert [excess[0][0], excess[-1][0]] == [0, 120] and len(excess) > 10, "early steps are seen, too"
    numbers_are_those_of_pytorch(driver, weights(driver), excess[-1][1])
    assert "A " in note(driver, "loss") and "floor 0" in note(driver, "loss")

    press(driver, "step")
    settled(driver, f"{HELD.format(0)}.steps === 121")
    press(driver, "epoch")
    settled(driver, f"{HELD.format(0)}.steps === 124 && {HELD.format(0)}.epochs === 31")
    press(driver, "reset")
    settled(driver, f"{HELD.format(0)}.steps === 0 && explorer.panel('live-A').model.at[0] === 0")
    np.testing.assert_array_equal(weights(driver), untrained)
    side_by_side(driver, page)


def numbers_are_those_of_pytorch(driver, found, excess):
    """The number above the panel, and the excess error, of the same weights in PyTorch."""
    model = model_class("fm")(2, TINY.hidden, [torch.Generator()]).requires_grad_(False)
    flatten(model).copy_(torch.tensor(found))
    reference = Reference(DEFAULT_2D)
    end = model.generate(torch.tensor(reference.followed(), dtype=torch.float32)[None])
    distance = driver.execute_script("return explorer.panel('live-A').distance")
    assert distance == pytest.approx(float(sliced_w2(end.numpy(), reference.target)[0]), rel=1e-3)
    exact = FieldProbe(reference.field("flow"), "cpu")(model, 1).item()
    assert excess == pytest.approx(exact, rel=0.08), "other points, the same mean"


def side_by_side(driver, page):
    """A second run, which differs where it is set to; both again from the link, to the same numbers."""
    press(driver, "add")
    settled(driver, f"{HELD.format(1)}?.model")
    assert state(driver, "models") == ["fm", "live-A", "live-B"]
    choose(driver, "seed", 7)
    choose(driver, "target", "conditional")
    settled(driver, f"{HELD.format(1)}.model")
    choose(driver, "until", 40)
    press(driver, "train")
    settled(driver, "explorer.runs().every((run) => run.steps === 40 && !run.on && run.fresh === null)")
    note(driver, "loss")
    texts = "return [...document.querySelectorAll('#training {}')].map((each) => each.textContent)"
    assert driver.execute_script(texts.format(".differs")) == [
        "Target mean over points, Seed 0",
        "Target single pairs, Seed 7",
    ]
    for chart in ("loss", "excess"):
        assert driver.execute_script(texts.format(f".{chart} .letter")) == ["A", "B"]
    both = [weights(driver, i) for i in (0, 1)]
    assert np.abs(both[0] - both[1]).max() > 1e-3
    settled(driver, "location.hash.includes('until=40')")
    address = driver.execute_script("return location.hash")
    assert "live=fm,lr=0.01,batch=16,hidden=8-8,points=60;fm,lr=0.01,batch=16,hidden=8-8,target=conditional" in address

    page(address)
    settled(driver, "explorer.runs().length === 2 && explorer.runs().every((run) => run.model)")
    assert [run(driver, "steps", i) for i in (0, 1)] == [0, 0]
    assert driver.find_element(By.CSS_SELECTOR, "#training [data-do=train]").text == "▶ Train"
    press(driver, "train")
    settled(driver, "explorer.runs().every((run) => run.steps === 40 && !run.on && run.fresh === null)")
    for i in (0, 1):
        np.testing.assert_array_equal(weights(driver, i), both[i])
    assert state(driver, "models") == ["fm", "live-A", "live-B"]
    driver.execute_script("document.querySelector('#training .remove').click()")
    settled(driver, "explorer.runs().length === 1 && explorer.page.state.models.join() === 'fm,live-B'")


def test_back_and_forward_with_runs(page):
    """Opening the drawer, adding and setting runs are entries of the history; runs of both entries go on untouched."""
    driver = page("#dim=2&models=fm&time=1")
    settled(driver, "explorer.page.written === location.hash")
    open_drawer = "return !document.getElementById('training').hidden"
    driver.find_element(By.ID, "train").click()
    settled(driver, f"{HELD.format(0)}?.model && explorer.panel('live-A')")
    choose(driver, "until", 40)
    press(driver, "train")
    settled(driver, f"{HELD.format(0)}.steps === 40 && !{HELD.format(0)}.on && {HELD.format(0)}.fresh === null")
    learnt = weights(driver)
    press(driver, "add")
    settled(driver, f"{HELD.format(1)}?.model && explorer.panel('live-B')")
    choose(driver, "lr", 0.01)
    settled(driver, f"{HELD.format(1)}?.settings.lr === 0.01 && explorer.page.written?.includes('lr=0.01')")
    driver.back()
    settled(driver, f"{HELD.format(1)}?.settings.lr === 0.001 && explorer.panel('live-B')")
    driver.back()
    settled(driver, "explorer.runs().length === 1 && explorer.page.state.models.join() === 'fm,live-A'")
    np.testing.assert_array_equal(weights(driver), learnt)
    driver.back()
    settled(driver, "explorer.page.state.models.join() === 'fm'")
    assert not driver.execute_script(open_drawer), "as it was before"
    driver.forward()
    settled(driver, "explorer.page.state.models.join() === 'fm,live-A'")
    assert driver.execute_script(open_drawer) and run(driver, "steps") == 40
    np.testing.assert_array_equal(weights(driver), learnt)
    press(driver, "train")
    settled(driver, f"{HELD.format(0)}.steps > 40")
    driver.find_element(By.ID, "tour").click()
    assert not driver.execute_script(open_drawer) and run(driver, "on") is False, "a step of a lesson sets the page"
    page("#dim=2&models=fm,live-B&live=fm,hidden=8")
    settled(driver, "explorer.page.state.models.join() === 'fm,live-B'")
    assert run(driver, "letter") == "B", "what was left when A was removed"


def test_every_model_trains(page):
    """Three epochs of each in both dimensions, by its controls; only those that it has are shown."""
    driver = page("#dim=2&models=live-A&time=1&live=fm,hidden=8-8,points=40,batch=20")
    driver.set_script_timeout(120)
    for dim in (2, 1):
        driver.execute_script("explorer.act.set({ dim: arguments[0] })", dim)
        if dim == 1:
            press(driver, "step")
        found = driver.execute_async_script(ALL)
        assert len(found) == 17 and "nflow" not in found
        for name, each in found.items():
            assert each["epochs"] == each["shown"] == 3 and len(each["losses"]) == 3, name
            assert bool(each["excess"]) == (each["exact"] == "flow" and name != "consistency"), name
            assert ("target" in each["names"]) == (
                name in ("fm", "diffusion", "consistency") or each["exact"] == "flow"
            )
        own = {
            name: set(each["names"]) & {"beta", "gamma", "bandwidth", "gap", "prediction"}
            for name, each in found.items()
        }
        assert {name: own[name] for name in own if own[name]} == {
            "vae_beta": {"beta"},
            "gan": {"gamma"},
            "drifting": {"bandwidth"},
            "consistency": {"gap"},
            "diffusion": {"prediction"},
        }


def test_what_it_says(page):
    """Floors, what resets a run, a hidden tab, divergence, other data, and links with nonsense."""
    wrong = "fm,lr=1e9,seed=-5,batch=x,hidden=0-9,target=magic,points=70;glow;nflow;__proto__;vae,beta=3,gap=1;fm;fm;fm"
    driver = page(f"#dim=2&models=live-A&time=1&live={wrong}&until=-3")
    settled(driver, "explorer.runs().length === 4 && explorer.runs().every((run) => run.model)")
    assert state(driver, "models") == ["live-A"]
    usual = {"model": "fm", "batch": 64, "hidden": "32-64-32", "activation": "silu", "p": 0, "coupling": "independent"}
    assert run(driver, "settings") == usual | {"lr": 1, "seed": 0, "target": "marginal", "points": 70}
    assert not {"beta", "gap", "target"} & run(driver, "settings", 1).keys()
    for _ in range(3):
        driver.execute_script("document.querySelector('#training li:last-child .remove').click()")
    reference = Reference(DEFAULT_2D)
    assert floor(driver, "conditional") == pytest.approx(reference.flow_matching_floor, rel=0.01)
    assert floor(driver, "exact") == 0
    assert floor(driver, "conditional", "shortcut") == pytest.approx(reference.flow_matching_floor / 2, rel=0.01)
    assert floor(driver, "conditional", "diffusion") == pytest.approx(reference.diffusion_floors["eps"], rel=0.01)

    choose(driver, "speed", 10)
    press(driver, "train")
    settled(driver, f"{HELD.format(0)}.steps > 0")
    hide = (
        "Object.defineProperty(document, 'hidden', {{ value: {}, configurable: true }});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    driver.execute_script(hide.format("true"))
    settled(driver, f"!{HELD.format(0)}.on")
    assert said(driver) == "Paused, because this tab is hidden."
    driver.execute_script(hide.format("false"))
    before = run(driver, "steps")
    settled(driver, f"{HELD.format(0)}.on && {HELD.format(0)}.steps > {before}")
    assert said(driver) == "Training goes on: the tab is back."
    choose(driver, "p", 1)
    settled(driver, f"{HELD.format(0)}.model && {HELD.format(0)}.steps === 0")
    assert said(driver) == "Run A begins again at step 0: residual power p changed."

    press(driver, "step")
    settled(driver, f"{HELD.format(0)}.steps === 1")
    driver.execute_script("explorer.act.set({ dim: 1 })")
    assert run(driver, "steps") == 0 and run(driver, "world.dim") == 1 and run(driver, "model") is None
    assert state(driver, "models") == ["fm", "meanflow", "facm", "backflow"], "a run is not shown with another world"
    driver.execute_script("explorer.act.set({ dim: 2 })")
    assert run(driver, "steps") == 1 and "live-A" in state(driver, "models")
    other = "explorer.page.worlds.set(2, new (explorer.world(2).constructor)(explorer.world(2).content));"
    driver.execute_script(f"window.old = explorer.runs()[0]; {other} explorer.act.set({{}})")
    assert run(driver, "steps") == 0 and run(driver, "model") is None and "live-A" not in state(driver, "models")
    driver.execute_script("explorer.page.worlds.set(2, explorer.page.shipped.get(2)); explorer.act.set({})")
    assert run(driver, "steps") == 1 and driver.execute_script("return explorer.runs()[0] === old")
    driver.execute_script("explorer.world(2).fill({ ...explorer.world(2).content }); explorer.act.set({})")
    assert run(driver, "steps") == 0 and run(driver, "worker") is None, "its data were changed under it"

    press(driver, "step")
    settled(driver, "explorer.panel('live-A')?.distance")
    driver.execute_script(
        "const run = explorer.runs()[0], average = run.model.weights.map(() => NaN);"
        "const more = { losses: [NaN], excess: NaN, stopped: true, on: false };"
        "run.hear({ type: 'progress', steps: 9, epochs: 1, average, ...more })"
    )
    settled(driver, "explorer.panel('live-A').root.querySelector('.trouble').textContent.includes('in epoch 2')")
    assert said(driver) == "Run A diverged: try a smaller learning rate."


def test_it_fits(page):
    """At every size nothing is wider than the page, and everything has a name."""
    driver = page("#dim=2&models=live-A,live-B&time=1&live=fm,hidden=8;vae_beta,hidden=8&until=20")
    settled(driver, "explorer.runs().every((run) => run.model)")
    press(driver, "train")
    settled(driver, "explorer.runs().every((run) => run.steps === 20)")
    for width, height in SIZES:
        resize(driver, width, height)
        settled(driver, "explorer.page.panels.length === 2")
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
        inside = "const box = arguments[0].getBoundingClientRect(); return [box.left, box.right]"
        for name in ("train", "step", "epoch", "reset", "close"):
            left, right = driver.execute_script(
                inside, driver.find_element(By.CSS_SELECTOR, f"#training [data-do={name}]")
            )
            assert 0 <= left < right <= width, (name, width)
    unnamed = driver.execute_script(
        "return [...document.querySelectorAll('#training button, #training select, #training input')].filter((each) =>"
        "!each.getAttribute('aria-label') && !each.textContent.trim() && !each.closest('label')).length"
    )
    assert unnamed == 0

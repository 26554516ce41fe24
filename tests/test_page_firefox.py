"""The report in Firefox: every control, dimension, model, lesson step and view once, without an error or a request."""

import json

import numpy as np
import pytest

from models import MODELS
from tests.explorer import SAVED, need, settled, state
from tests.firefox import Firefox, missing
from tests.test_page_layout import MEASURE, SIZES
from tests.test_page_training import ALL

ESCAPE, RIGHT, CONTROL = "\ue00c", "\ue014", "\ue009"
WALK = """
return new Promise((done) => {
  const find = (does) => document.querySelector(`#lesson [data-does=${does}]`), seen = [];
  const step = () => {
    document.querySelector(".reveal")?.click();
    seen.push([document.querySelector("#lesson [data-part=title]").textContent, explorer.page.panels.length]);
    if (find("next").disabled || seen.length > 200) return done(seen);
    find("next").click();
    setTimeout(step, 0);
  };
  document.getElementById("tour").click();
  step();
});
"""
TOUCH = """
const all = [...document.querySelectorAll(arguments[0])];
for (const input of all) {
  if (input.type === "checkbox") { input.click(); continue; }
  for (const value of input.options ? [...input.options].map((o) => o.value) : [input.min, input.max]) {
    input.value = value;
    for (const type of ["input", "change"]) input.dispatchEvent(new Event(type, { bubbles: true }));
  }
}
return all.length;
"""


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    need("Firefox's tests", missing())
    driver = Firefox(tmp_path_factory.mktemp("firefox"))
    yield driver
    driver.quit()


def test_firefox_shows_all_of_the_page(firefox, report):
    firefox.get(f"{report.as_uri()}#dim=2&models=fm,ae&time=0.5&crowd=256")
    settled(firefox)
    for dim in (1, 2):
        firefox.click(f"#dimension button[value='{dim}']")
        assert state(firefox, "dim") == dim
        firefox.click("#all")
        settled(firefox)
        assert set(MODELS) <= set(state(firefox, "models"))
        words = firefox.execute_script("return [...document.querySelectorAll('.number')].map((e) => e.textContent)")
        assert len(words) >= len(MODELS) and all("sliced W2" in each for each in words if each)
    firefox.execute_script("explorer.act.set({ models: ['fm', 'vae'] })")
    assert firefox.execute_script(TOUCH, "#layers input") > 8 and firefox.execute_script(TOUCH, "#layers input") > 8
    assert firefox.execute_script(TOUCH, "#solver, #crowd, #steps, #timeSpeed, #epochSpeed, #time, #epoch") == 7
    settled(firefox)
    ink = "return new Set(explorer.panel('fm').back.getContext('2d').getImageData(0, 0, 300, 150).data).size"
    assert firefox.execute_script(ink) > 20
    assert len(firefox.execute_script("return [...document.querySelectorAll('#table tbody tr')].map(String)")) > len(
        MODELS
    )
    firefox.click("#theme")
    firefox.click("#help")
    firefox.press(ESCAPE)
    assert not firefox.execute_script("return document.getElementById('keys').open")
    firefox.execute_script("explorer.act.set({ time: 0.5 })")
    firefox.press(RIGHT)
    assert state(firefox, "time") == pytest.approx(0.52)
    firefox.click("#present")
    assert firefox.execute_script("return !document.getElementById('controls').checkVisibility()")
    firefox.press(ESCAPE)
    settled(firefox, "document.getElementById('controls').checkVisibility()")
    assert firefox.errors() == [] and firefox.requests() == []


def test_firefox_walks_through_the_lessons(firefox, report):
    firefox.get(f"{report.as_uri()}#dim=1&models=fm&time=1", 390, 844)
    seen = firefox.execute_script(WALK)
    assert len(seen) > 20 and len({title for title, _ in seen}) > 5 and all(panels for _, panels in seen)
    assert firefox.execute_script("return document.documentElement.scrollWidth") <= 390
    assert firefox.errors() == [] and firefox.requests() == []


def test_firefox_trains(firefox, report):
    firefox.get(f"{report.as_uri()}#dim=2&models=fm&time=1")
    settled(firefox)
    firefox.click("#train")
    settled(firefox, "explorer.page.panels.length === 2")
    firefox.execute_script(
        "const until = document.querySelector('#training [name=until]');"
        "until.value = 40; until.dispatchEvent(new Event('change'))"
    )
    firefox.click("#training [data-do=train]")
    settled(firefox, "document.querySelector('#training .facts').textContent.includes('40')")
    firefox.click("#training [data-do=add]")
    settled(firefox, "explorer.runs()[1]?.model")
    firefox.click("#training [data-do=train]")
    settled(firefox, "explorer.runs().every((run) => run.steps === 40 && !run.on && run.fresh === null)")
    both = firefox.execute_script("return explorer.runs().map(({ model }) => [...model.weights])")
    assert both[0] == both[1] and len(both[0]) > 100, "the same settings and seed, the same weights"
    assert firefox.errors() == [] and firefox.requests() == []


def test_firefox_trains_every_model(firefox, report):
    firefox.get(f"{report.as_uri()}#dim=2&models=live-A&time=1&live=fm,hidden=8-8,points=40,batch=20")
    settled(firefox, "explorer.runs()[0]?.model")
    for dim in (2, 1):
        firefox.execute_script("explorer.act.set({ dim: arguments[0] })", dim)
        if dim == 1:
            firefox.click("#training [data-do=step]")
        found = firefox.execute_script(f"return new Promise((done) => (function () {{ {ALL} }})(done))")
        assert set(found) == {*MODELS} - {"nflow"}
        assert all(run["epochs"] == run["shown"] == len(run["losses"]) == 3 for run in found.values())
    assert firefox.errors() == [] and firefox.requests() == []


def test_firefox_edits_data(firefox, report):
    """A mode of the data is dragged, undone by a key, and points are drawn; the files are those of Python."""
    firefox.get(f"{report.as_uri()}#dim=2&models=fm&time=1&steps=2")
    settled(firefox)
    firefox.execute_script("document.getElementById('own').open = true")
    firefox.click("#own .modes [value=shape]")
    settled(firefox)
    u, v, scale = firefox.execute_script(
        "const { front, space } = explorer.panel('exact'), { left, top } = front.getBoundingClientRect(),"
        " [u, v] = space.at([2, 2], 0, 1); return [Math.round(left + u), Math.round(top + v), space.sx]"
    )
    means = "return explorer.world(2).content.target.means"
    before = firefox.execute_script(means)
    firefox.drag((u, v), (u + 20, v), (u + 40, v - 30))
    settled(firefox)
    moved = firefox.execute_script(means)
    assert np.subtract(moved, before) == pytest.approx(np.array([[0, 0], [40, 30]]) / scale, abs=1.5 / scale)
    text = firefox.execute_script(SAVED, "#own [data-do=download]")[1]
    assert json.loads(text)["means"] == moved
    firefox.act({"type": "key", "id": "keys", "actions": [
        {"type": kind, "value": key} for kind, key in
        (("keyDown", CONTROL), ("keyDown", "z"), ("keyUp", "z"), ("keyUp", CONTROL))
    ]})  # fmt: skip
    assert firefox.execute_script(means) == before
    firefox.click("#own .modes [value=draw]")
    firefox.drag((u, v), (u - 30, v + 40), (u + 30, v + 60))
    firefox.drag((u - 80, v + 60), (u - 120, v + 90))
    firefox.click("#own [data-do=use]")
    settled(firefox)
    name, text = firefox.execute_script(SAVED, "#own [data-do=download]")
    assert name == "my_points.csv" and len(text.splitlines()) == 1 + len(firefox.execute_script(means))
    assert firefox.errors() == [] and firefox.requests() == []


def test_firefox_saves_pictures(firefox, report):
    firefox.get(f"{report.as_uri()}#dim=2&models=ae,fm&time=0.4&layers=data,samples,error,density")
    settled(firefox)
    for button, begins in (("png", "\ufffdPNG"), ("svg", "<svg")):
        name, text = firefox.execute_script(SAVED, f"#{button}")
        assert name == f"gen_study_2d_ae-fm_t0.40_epoch4.{button}" and text.startswith(begins)
    assert firefox.execute_script(
        "return !document.getElementById('film').disabled || document.getElementById('film').title"
    )
    assert firefox.errors() == [] and firefox.requests() == []


def test_firefox_has_room_at_six_sizes(firefox, report):
    for width, height in SIZES:
        firefox.get(f"{report.as_uri()}#dim=2&models=fm,ae,meanflow&time=1&steps=2", width, height)
        settled(firefox)
        found = firefox.execute_script(MEASURE)
        assert found["wide"] <= width and found["cut"] == found["out"] == found["low"] == 0, (width, found)
        assert found["small"] == [] and len(found["panels"]) == 3
        firefox.execute_script("explorer.panel('fm').front.focus()")
        firefox.press("+")
        assert state(firefox, "view")["2"][0] > 1
    assert firefox.errors() == [] and firefox.requests() == []

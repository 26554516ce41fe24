"""The report in Firefox: every control, dimension, model, lesson step and view once, without an error or a request."""

import pytest

from models import MODELS
from tests.explorer import need, settled, state
from tests.firefox import Firefox, missing

ESCAPE, RIGHT = "\ue00c", "\ue014"
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
    firefox.execute_script("document.querySelector('#training [name=until]').value = 40")
    firefox.execute_script("document.querySelector('#training [name=until]').dispatchEvent(new Event('change'))")
    firefox.click("#training [data-do=train]")
    settled(firefox, "document.querySelector('#training .facts').textContent.includes('40')")
    assert firefox.errors() == [] and firefox.requests() == []

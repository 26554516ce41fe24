"""The page as a whole: how panels share the stage at six sizes, keys, history, presentation, embedding, paper, axe."""

import base64
import json
import re
from pathlib import Path

import pytest

from benchmarks.browser import resize
from models import MODELS, model_class
from models.base import Flow
from tests.explorer import need, reload, settled, state

SIZES = [(1440, 900), (1280, 720), (1366, 768), (1024, 768), (844, 390), (390, 844)]
FLOWS = [name for name in MODELS if issubclass(model_class(name), Flow)]
AXE = Path(__file__).parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ("", "#dim=1&models=fm,ae&time=1", "#lesson=tour.1", "#embed&models=fm&time=1")

MEASURE = """
const stage = document.getElementById("stage"), box = stage.getBoundingClientRect(),
  place = (e) => { const { left, top, right, bottom } = e.getBoundingClientRect(); return [left, top, right, bottom]; },
  shown = (e) => e.checkVisibility() && e.getBoundingClientRect().width > 0,
  all = (what) => [...document.querySelectorAll(what)].filter(shown);
return {
  stage: [box.width, box.height], panels: all(".panel").map(place), plots: all(".plot").map(place),
  wide: document.documentElement.scrollWidth, scrolls: stage.scrollHeight > stage.clientHeight + 1,
  cut: all(".number, #top button, #transport span, select").filter((e) => e.scrollWidth > e.clientWidth + 1).length,
  out: all("#top button, #top summary, #transport :is(button, input, select)").filter((e) => {
    const [left, , right] = place(e); return left < 0 || right > innerWidth; }).length,
  sliders: all("#transport input").map((e) => e.clientWidth),
  small: [...new Set(all("body *").filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) &&
    !e.closest("svg, math, sub, sup, [class*=looks]") && parseFloat(getComputedStyle(e).fontSize) < 12.5)
    .map((e) => e.tagName + "." + e.className + "#" + e.id))],
  low: all("#top button, #top summary, #controls > details > summary, .checks label, #transport button")
    .filter((e) => e.getBoundingClientRect().height < (matchMedia("(pointer: coarse)").matches ? 44 : 28) - 0.5).length,
};
"""

RUN_AXE = """
const done = arguments[arguments.length - 1], node = ({ html, any }) => [html.slice(0, 160), any[0]?.message];
axe.run(document, { resultTypes: ["violations"] })
  .then(({ violations }) => done(violations.map(({ id, nodes }) => [id, nodes.slice(0, 4).map(node)])));
"""


def area(rectangle):
    left, top, right, bottom = rectangle
    return (right - left) * (bottom - top)


def apart(a, b):
    return a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5


def test_six_sizes_use_the_room(page):
    """Panels fill the stage whatever their number, none is cut, none lies on another, and nothing sticks out."""
    driver = page("#dim=2&models=fm&time=1&steps=1&solver=euler&layers=samples&crowd=256")
    driver.execute_script(f"explorer.act.layer('data', false); window.names = {json.dumps(list(MODELS))}")
    for width, height in SIZES:
        small = width < 760 or height < 520
        resize(driver, width, height, mobile=small)
        for n in (1, 3, 4, 5, 8, 18):
            names = [*FLOWS, *(name for name in MODELS if name not in FLOWS)][:n]
            driver.execute_script("explorer.act.set({ models: arguments[0] })", names)
            settled(driver, f"document.querySelectorAll('.panel').length === {n}")
            settled(driver)
            found, case = driver.execute_script(MEASURE), (width, height, n)
            stage = found["stage"][0] * found["stage"][1]
            used = sum(map(area, found["panels"])) / stage
            assert used > (0.8 if n > 5 or small else 0.89), (case, used)
            assert found["wide"] <= width and found["cut"] == 0 and found["out"] == 0, (case, found)
            assert all(apart(a, b) for i, a in enumerate(found["panels"]) for b in found["panels"][:i]), case
            assert not found["scrolls"] and min(found["sliders"]) > 60, (case, found["sliders"])
            lows = [min(right - left, bottom - top) for left, top, right, bottom in found["plots"]]
            assert min(lows) >= (85 if n > 5 else 140), (case, min(lows))
            assert found["small"] == [] and found["low"] == 0, (case, found["small"], found["low"])
        if not small:
            fourth = found["panels"][:4]
            assert len({round(panel[1]) for panel in fourth}) == 1 or n < 4
    resize(driver, 1280, 720)
    driver.execute_script("explorer.act.set({ models: ['fm', 'meanflow', 'facm', 'backflow'] })")
    tops = {round(panel[1]) for panel in driver.execute_script(MEASURE)["panels"]}
    assert len(tops) == 2, "two rows of two, not four in a row over an empty half"
    resize(driver, 820, 1180)
    found = driver.execute_script(MEASURE)
    assert len({round(panel[1]) for panel in found["panels"]}) == 2, "nor two over one over one"
    assert min(found["sliders"]) > 100
    resize(driver, 844, 390)
    page("#lesson=5.2")
    lesson, panel = (
        driver.execute_script(f"return document.querySelector('{what}').getBoundingClientRect().toJSON()")
        for what in ("#lesson", ".panel")
    )
    assert lesson["left"] >= panel["right"] and lesson["bottom"] <= 390.5 and panel["bottom"] <= 390


def press(driver, *keys):
    from selenium.webdriver import ActionChains

    ActionChains(driver, duration=0).send_keys(*keys).perform()


def focused(driver):
    return driver.execute_script("const e = document.activeElement; return e.id || e.value || e.className")


def test_keys_work_wherever_the_focus_is(page):
    from selenium.webdriver.common.keys import Keys

    driver = page("#dim=2&models=fm&time=0.5&steps=2&solver=euler")
    stops = []
    for _ in range(12):
        press(driver, Keys.TAB)
        stops.append(driver.execute_script("return document.activeElement.hash || document.activeElement.id"))
    assert stops[:3] == ["#stage", "#controls", "#numbers"], "first of all the links that skip"
    driver.execute_script("document.querySelector('#skips a').focus()")
    press(driver, Keys.ENTER)
    assert focused(driver) == "stage" and "models=fm" in driver.execute_script("return location.hash")
    press(driver, Keys.TAB)
    assert driver.execute_script("return document.activeElement === explorer.panel('fm').front"), "one stop to a panel"
    time, epoch = state(driver, "time"), state(driver, "epoch")
    for selector in ("#theme", "#layers input[value=density]", "#controls summary", "#grab button", "#time"):
        driver.find_element("css selector", selector).click()
        driver.execute_script("explorer.act.set({ time: 0.5 })")
        press(driver, Keys.ARROW_RIGHT)
        assert state(driver, "time") == pytest.approx(time + 0.02), selector
        if selector != "#time":
            press(driver, Keys.ARROW_DOWN)
            assert state(driver, "epoch") == epoch - 1, selector
            press(driver, Keys.ARROW_UP)
    driver.execute_script("document.querySelector('#controls > details').open = true")
    driver.execute_script("document.querySelector('#controls summary').focus()")
    press(driver, Keys.TAB)
    assert focused(driver) == "fm", "a list is one stop: its first ticked box"
    press(driver, Keys.ARROW_DOWN)
    assert focused(driver) == "meanflow" and state(driver, "epoch") == epoch, "there the arrows are the list's"
    press(driver, Keys.SPACE)
    assert state(driver, "models") == ["fm", "meanflow"]
    press(driver, Keys.END, Keys.TAB)
    assert focused(driver) == "all"
    press(driver, "?")
    assert driver.execute_script("return document.getElementById('keys').open")
    press(driver, Keys.ESCAPE)
    assert not driver.execute_script("return document.getElementById('keys').open")
    driver.find_element("css selector", "#save summary").click()
    press(driver, Keys.ESCAPE)
    assert not driver.execute_script("return document.getElementById('save').open")
    driver.find_element("css selector", "#save summary").click()
    driver.find_element("id", "dataset").click()
    assert not driver.execute_script("return document.getElementById('save').open")


def test_back_undoes_what_was_chosen(page):
    """Dimension and models are entries of the history; time and layers are not. The theme is kept, in no address."""
    driver = page("#dim=2&models=fm&time=0.5")
    settled(driver, "explorer.page.written === location.hash")
    length = driver.execute_script("return history.length")
    driver.execute_script("document.querySelector('#models input[value=meanflow]').click()")
    driver.execute_script("document.querySelector('#dimension button[value=\"1\"]').click()")
    driver.execute_script("explorer.act.set({ time: 0.75 }); explorer.act.layer('density', true)")
    settled(driver, "location.hash.includes('dim=1') && location.hash.includes('time=0.750')")
    assert driver.execute_script("return history.length") == min(50, length + 2), "Chromium keeps 50"
    driver.back()
    settled(driver, "explorer.page.state.dim === 2 && explorer.page.state.models.join() === 'fm,meanflow'")
    driver.back()
    settled(driver, "explorer.page.state.models.join() === 'fm' && explorer.page.panels.length === 1")
    driver.forward()
    settled(driver, "explorer.page.state.models.join() === 'fm,meanflow'")
    driver.forward()
    settled(driver, "explorer.page.state.dim === 1 && explorer.page.state.time === 0.75")
    before = driver.execute_script("return document.documentElement.dataset.theme")
    driver.find_element("id", "theme").click()
    after = driver.execute_script("return document.documentElement.dataset.theme")
    settled(driver, "explorer.page.written === location.hash")
    assert {before, after} == {"dark", "light"} and "theme" not in driver.execute_script("return location.hash")
    reload(driver)
    assert driver.execute_script("return document.documentElement.dataset.theme") == after
    assert state(driver, "dim") == 1 and state(driver, "time") == 0.75


def test_a_section_that_is_opened_is_seen(page):
    """As much of it as there is room for, above the buttons that stay at the edge."""
    driver = page("#dim=2&models=fm&time=1&steps=2")
    driver.execute_script(
        "document.getElementById('own').open = false; document.getElementById('controls').scrollTop = 0"
    )
    driver.execute_cdp_cmd(
        "Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1}
    )  # wider buttons
    driver.execute_script("document.querySelector('#own summary').click()")
    edge = "document.querySelector('.looks').getBoundingClientRect().top"
    own = "document.getElementById('own').getBoundingClientRect()"
    settled(driver, f"{own}.bottom <= {edge} + 1 || {own}.top < 60")
    driver.execute_script("document.querySelector('#steps').scrollIntoView({ block: 'nearest' })")
    assert driver.execute_script(f"return document.querySelector('#steps').getBoundingClientRect().bottom <= {edge}")
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_a_finger_has_44_pixels(page):
    """Whatever can be pressed, in every part of the page, at the size of a phone and of a tablet."""
    driver = page("#dim=2&models=fm&time=1&steps=2&slow=fm,1,3")
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    low = """return [...document.querySelectorAll("button, select, summary, input, textarea")]
      .map((e) => e.closest(".file") ?? (e.type === "checkbox" ? e.closest("label") : e))
      .filter((e) => e.checkVisibility() && e.getBoundingClientRect().width > 0)
      .filter((e) => Math.min(e.getBoundingClientRect().height, e.getBoundingClientRect().width) < 43.5)
      .map((e) => e.outerHTML.slice(0, 120));"""
    parts = {  # what it shows: how to open it
        "#look-slow [data-part=number]": "",
        "#save[open] #film": "document.getElementById('save').open = true",
        "#training [name=lr]": "document.getElementById('train').click()",
        "#own .parts button": "const own = document.getElementById('own'); own.open = true;"
        "own.querySelector('[value=shape]').click()",
        "#look-mean table": "document.querySelector('.looks button').click()",
        "#own [data-do=use]": "document.querySelector('#own .modes [value=draw]').click()",
        "#lesson [data-does=next]": "document.getElementById('tour').click()",
        "#lesson [data-part=lessons] button": "document.querySelector('#lesson [data-does=list]').click()",
        "#keys[open] kbd": "document.getElementById('help').click()",
        "#leave": "document.getElementById('keys').close(); document.getElementById('present').click()",
    }
    try:
        for width, height in ((1024, 768), (390, 844)):
            resize(driver, width, height)
            page("#dim=2&models=fm&time=1&steps=2&slow=fm,1,3")
            assert driver.execute_script("return matchMedia('(pointer: coarse)').matches")
            for shown, opens in parts.items():
                driver.execute_script(opens)
                settled(driver, f"document.querySelector('{shown}')?.checkVisibility()")
                assert driver.execute_script(low) == [], (width, opens)
    finally:
        driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_reduced_motion(page, browser):
    """Whoever asks their system for less motion sees ends, not flights; what they play themselves still plays."""
    reduced = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", reduced)
    try:
        driver = page()
        for fragment in ("", "#dim=1&models=fm", "#lesson=2.2", "#lesson=1.2"):  # lessons that play time, and epochs
            page(fragment)
            settled(driver)
            assert state(driver, "time") == 1 and state(driver, "epoch") == 4, fragment
            assert driver.execute_script("return explorer.page.playing") == {"time": False, "epoch": False}, fragment
        driver.execute_script("document.querySelector('#lesson [data-does=close]').click()")
        driver.find_element("id", "playTime").click()
        settled(driver, "explorer.page.state.time > 0 && explorer.page.state.time < 1")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_presentation_and_frame(page):
    from selenium.webdriver.common.keys import Keys

    driver = page("#dim=2&models=fm,meanflow&time=0.5&steps=2")
    visible = (
        "return ['top', 'controls', 'numbers', 'stage', 'transport', 'leave', 'home']"
        ".filter((id) => document.getElementById(id).checkVisibility())"
    )
    large = "return parseFloat(getComputedStyle(document.querySelector('.panel b')).fontSize)"
    before = driver.execute_script(large)
    driver.find_element("id", "present").click()
    assert driver.execute_script(visible) == ["stage", "transport", "leave"]
    assert driver.execute_script(large) >= 1.4 * before
    found = driver.execute_script(MEASURE)
    assert sum(map(area, found["panels"])) / (found["stage"][0] * found["stage"][1]) > 0.9 and found["cut"] == 0
    press(driver, Keys.ARROW_RIGHT)
    assert state(driver, "time") == pytest.approx(0.52)
    press(driver, Keys.ESCAPE)
    settled(driver, "!document.documentElement.classList.contains('presenting')")
    settled(driver, "!document.fullscreenElement")
    assert driver.execute_script(visible) == ["top", "controls", "numbers", "stage", "transport"]
    resize(driver, 640, 400)
    page("#embed&dim=2&models=fm&time=0.5&steps=2")
    assert driver.execute_script(visible) == ["stage", "transport", "home"]
    found = driver.execute_script(MEASURE)
    assert found["wide"] <= 640 and not found["scrolls"] and len(found["panels"]) == 1
    settled(driver, "explorer.page.written === location.hash")
    assert "embed" in driver.execute_script("return location.hash"), "a reload of the frame stays a frame"
    link = driver.execute_script(
        "const a = document.getElementById('home'); a.addEventListener('click', (e) => e.preventDefault());"
        "a.click(); return a.href"
    )
    assert "embed" not in link and "models=fm" in link


def test_paper(page):
    """Light, without controls, nothing stretched, no column cut; afterwards the screen is as before."""
    driver = page("#dim=2&models=fm,meanflow,facm&time=0.5&steps=2")
    driver.execute_script("explorer.act.theme()")
    settled(driver)
    theme = driver.execute_script("return document.documentElement.dataset.theme")
    driver.execute_script("dispatchEvent(new Event('beforeprint'))")
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    found = driver.execute_script(
        "const shown = (id) => document.getElementById(id).checkVisibility(), { body } = document;"
        "return { theme: document.documentElement.dataset.theme,"
        " shown: ['controls', 'transport', 'tools', 'views', 'stage', 'numbers'].filter(shown),"
        " table: document.querySelector('#table table').getBoundingClientRect().right,"
        " stretched: explorer.page.panels.map(({ front: f }) => f.width / f.height / (f.clientWidth / f.clientHeight)),"
        " ink: explorer.page.panels.map(({ front: f }) => new Set(f.getContext('2d')"
        ".getImageData(0, 0, f.width, f.height).data).size) }"
    )
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert found["theme"] == "light" and found["shown"] == ["stage", "numbers"] and min(found["ink"]) > 50
    assert found["stretched"] == pytest.approx([1] * 3, abs=0.01)
    driver.execute_script("dispatchEvent(new Event('afterprint'))")
    assert driver.execute_script("return document.documentElement.dataset.theme") == theme
    pdf = driver.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})["data"]
    pages = re.findall(rb"/Type\s*/Page\b", base64.b64decode(pdf))
    assert 3 <= len(pages) <= 8, "what is shown fits some pages"


def test_axe_finds_nothing(page):
    """The rules of WCAG 2.1 A and AA and good practice, in both themes; axe-core is installed by `make test`."""
    need("the accessibility test", "" if AXE.exists() else "axe-core is not installed: npm install --prefix tests/web")
    for fragment in PAGES:
        driver = page(fragment)
        driver.set_script_timeout(60)
        settled(driver, "document.querySelector('#table table')")
        driver.execute_script("explorer.page.playing.time = false")
        driver.execute_script(AXE.read_text(encoding="utf-8"))
        for _ in range(2 if fragment in PAGES[:2] else 1):
            found = driver.execute_async_script(RUN_AXE)
            assert found == [], (fragment, json.dumps(found, indent=1))
            driver.execute_script("explorer.act.theme()")
            settled(driver, "!explorer.page.numbersStale")

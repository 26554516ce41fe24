"""What a panel shows: densities, contours, axes, zoom, values at the pointer, and what is saved of them."""

import base64
import re
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from colorspacious import cspace_convert
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from benchmarks.browser import resize
from data.exact import ExactFlow
from data.synthetic import target
from evaluation.labels import number
from tests.explorer import first, pixels, reload, settled, state
from visualization import config
from visualization.explorer.build import WEB, script
from visualization.explorer.payload import mixture
from visualization.stage import Stage

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def parts(browser):
    """Runs JavaScript that knows some modules of the page by their names, on an empty page."""
    browser.get("about:blank")

    def run(names, body, *given):
        for name in names:
            browser.execute_script(f"{script(name)}\n(window.all ??= {{}})['{name}'] = module['{name}'];")
        return browser.execute_script(f"const all = window.all;\n{body}", *given)

    return run


# ---- densities -----------------------------------------------------------------------------------------------------


def test_densities_of_1d(parts):
    """Kernels against plain sums; p_t against data/exact.py; of straight lines by T'(z) = p_0(z) / p_1(T(z))."""
    rng, law = np.random.default_rng(0), target("two_gaussians_1d")
    exact, y, x = ExactFlow(law), np.linspace(-4, 4, 30), rng.normal(size=50)
    found = parts(
        ("stage/density", "exact"),
        """const { kernels, exactLine } = all["stage/density"], [law, noise, x, y, s] = arguments;
        const exact = new all.exact.ExactFlow(law, noise), places = Float64Array.from(y);
        const world = { exact, space: { limits: [[-5, 4.3]] }, once: (_, make) => make() };
        const line = (exact) => exactLine({ world, model: { entry: { exact } } }, places, s).map((v) => [...v]);
        return [[...kernels(Float64Array.from(x), x.length, y)], line("flow"), line("transport")];""",
        *(mixture(each) for each in (law, exact.source)),
        x.tolist(),
        y.tolist(),
        0.35,
    )
    plain = np.exp(-0.5 * ((y[:, None] - x) / 0.12) ** 2).mean(1) / (0.12 * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(found[0], plain, atol=2e-3)
    np.testing.assert_allclose(found[1], [y, np.exp(exact.log_density(y[:, None], 0.35))], rtol=1e-6)
    places, heights = np.array(found[2])
    z = np.linspace(-3, 3, 25)[:, None]
    end = exact.flow_map(z, 0, 1)
    slope = np.exp(exact.source.log_prob(z) - law.log_prob(end))
    wanted = np.exp(exact.source.log_prob(z)) / (0.65 + 0.35 * slope)
    np.testing.assert_allclose(
        np.interp(0.65 * z[:, 0] + 0.35 * end[:, 0], places, heights), wanted, rtol=0.03, atol=2e-3
    )
    assert np.trapezoid(heights, places) == pytest.approx(1, abs=5e-3)


def test_densities_of_2d(parts):
    """Kernels and p_t on a grid; what the three levels enclose; contours are closed and lie where they should."""
    law = target("two_gaussians")
    exact, x, m = ExactFlow(law), np.random.default_rng(1).normal(size=(40, 2)), 24
    box, limits = [[-2, 3], [-1.5, 2.5]], [list(map(float, each)) for each in Stage("two_gaussians").view]
    found = parts(
        ("stage/density", "stage/contour", "exact"),
        """const { bumps, exactGrid, exactLevels } = all["stage/density"];
        const [law, noise, x, box, limits, m, s] = arguments;
        const latest = (name, key, make) => make(), exact = new all.exact.ExactFlow(law, noise);
        const world = { exact, latest, space: { limits } };
        const n = 60, at = (i) => -3 + (6 * (i + 0.5)) / n, hill = [], hollow = [];
        for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) {
          const r = Math.hypot(at(i), at(j));
          hill.push(Math.exp(-r * r / 2)); hollow.push(r * Math.exp(-r));
        }
        const { loops } = all["stage/contour"], cut = loops(hill, n, 1e-9);
        const radii = (list) => list.map((loop) => loop.map(([i, j]) => Math.hypot(at(i), at(j))));
        return [[...bumps(Float64Array.from(x.flat()), x.length, box, m)], [...exactGrid(world, box, m, s)],
          exactLevels(world, s), radii(loops(hill, n, Math.exp(-0.5))), radii(loops(hollow, n, 0.3)), cut];""",
        *(mixture(each) for each in (law, exact.source)),
        x.tolist(),
        box,
        limits,
        m,
        0.6,
    )
    centres = [low + (high - low) * (np.arange(m) + 0.5) / m for low, high in box]
    points = np.stack(np.meshgrid(centres[0], centres[1][::-1]), -1).reshape(-1, 2)
    plain = np.exp(-((points[:, None] - x) ** 2).sum(-1) / (2 * 0.22**2)).mean(1) / (2 * np.pi * 0.22**2)
    np.testing.assert_allclose(found[0], plain, atol=2e-3 * plain.max())
    np.testing.assert_allclose(found[1], np.exp(exact.log_density(points, 0.6)), rtol=1e-6)
    ends = exact.flow_map(exact.source.sample(2000, np.random.default_rng(2)), 0, 0.6)
    seen = np.exp(exact.log_density(ends, 0.6))
    assert [(seen > level).mean() for level in found[2]] == pytest.approx([0.99, 0.86, 0.39], abs=0.025)
    (circle,), rings = found[3], found[4]
    assert len(circle) > 40 and np.abs(np.array(circle) - 1).max() < 0.01
    inner, outer = sorted(np.mean(ring) for ring in rings)
    assert (inner * np.exp(-inner), outer * np.exp(-outer)) == pytest.approx((0.3, 0.3), abs=0.003)
    (whole,) = found[5]
    assert np.min(whole) == 0 and np.max(whole) == 59, "what goes beyond the grid ends at its border"


# ---- places --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "count"), [(-4.9, 4.2, 7), (0, 1, 5), (-0.013, 0.031, 6), (120, 4000, 4), (2, 2.5, 9)]
)
def test_ticks(low, high, count, parts):
    """Within the limits, all of them, at multiples of 1, 2 or 5 times a power of ten, as many as there is room for."""
    found = np.array(parts(("stage/axes",), "return all['stage/axes'].ticks(...arguments)", low, high, count))
    step = np.diff(found)
    assert np.allclose(step, step[0]) and len(found) <= count + 1
    assert low <= found[0] < low + step[0] and high - step[0] < found[-1] <= high
    power = 10 ** np.floor(np.log10(step[0]) + 1e-9)
    assert np.abs(step[0] / power - [1, 2, 5, 10]).min() < 1e-6 and np.allclose(
        found / step[0], np.round(found / step[0])
    )


def test_views(parts):
    """A zoom leaves what is under the pointer there; pixels and points are inverse; home is a view like others."""
    places = {
        "1": {"limits": [[-5, 4]]},
        "2": {"limits": [[-4, 6], [-5, 5]], "islands": [[-4, 13], [-5, 5]], "source": [0, 0], "island": [8.7, 0.3]},
    }
    body = """const { Space } = all.space, [place, dim, islands, pixel] = arguments;
    let space = new Space(place, dim, islands, 420, 300), seen = [];
    const next = (view) => (space = new Space(place, dim, islands, 420, 300, view));
    for (const factor of [1.5, 3, 0.6]) {
      const before = space.point(...pixel, 0), time = space.progress(pixel[0]);
      next(space.zoomed(...pixel, factor));
      seen.push([before, space.point(...pixel, 0), time, space.progress(pixel[0])]);
    }
    const [u, v] = space.at([1, -0.5], 0, 1), back = space.point(u, v, 1), start = space.at([0, 0], 0, 0.5);
    next(space.panned(12, -7));
    const moved = space.at([0, 0], 0, 0.5), far = next(space.zoomed(0, 0, 1e9)).view, home = space.zoomed(3, 3, 1e-9);
    return { seen, back, moved: moved.map((x, i) => x - start[i]), far, home };"""
    for dim, islands in ((1, False), (2, False), (2, True)):
        found = parts(("space",), body, places[str(dim)], dim, islands, [250, 120])
        for before, after, time, later in found["seen"]:
            np.testing.assert_allclose(before, after, atol=1e-9)
            assert dim == 2 or time == pytest.approx(later)
        np.testing.assert_allclose(found["back"], [1, -0.5][:dim] if dim == 2 else [1], atol=1e-9)
        np.testing.assert_allclose(found["moved"], [12, -7], atol=1e-9)
        assert found["far"][0] == 40 and found["home"] == [1, 0, 0]


# ---- zoom, keys and values in the page -----------------------------------------------------------------------------

WHERE = """const [name, which, s] = arguments, p = explorer.panel(name), b = p.front.getBoundingClientRect();
const [u, v] = p.space.at(explorer.page.state[which][p.world.dim], 0, s);
return [b.width / 2, b.height / 2, u, v];"""


def wheel(driver, name, x, y, delta, ctrl=True):
    """Turn the wheel over a panel; whether the page was kept from scrolling."""
    return driver.execute_script(
        "const [name, x, y, deltaY, ctrlKey] = arguments, { front } = explorer.panel(name),"
        "b = front.getBoundingClientRect(), event = new WheelEvent('wheel', { deltaY, ctrlKey, bubbles: true,"
        "cancelable: true, clientX: Math.round(b.left + x), clientY: Math.round(b.top + y) });"
        "front.dispatchEvent(event); return event.defaultPrevented",
        name, x, y, delta, ctrl,
    )  # fmt: skip


def view(driver):
    return driver.execute_script("return explorer.page.state.view[explorer.page.state.dim]")


def press(driver, *keys):
    ActionChains(driver, duration=20).send_keys(*keys).perform()


@pytest.mark.parametrize("dim", [1, 2])
def test_zoom_and_pan(dim, page):
    """Wheel, keys, buttons and Shift-drag; all panels share the view; a dragged point stays under the pointer."""
    driver = page(f"#dim={dim}&models=ae,fm&time=1&steps=2&solver=euler")
    settled(driver)
    assert not wheel(driver, "fm", 150, 130, -300, ctrl=False) and view(driver) == [1, 0, 0], "the page scrolls"
    half_x, half_y, u, v = driver.execute_script(WHERE, "fm", "z", 0)
    assert wheel(driver, "fm", u, v, -300) and view(driver)[0] > 2
    assert driver.execute_script(WHERE, "fm", "z", 0)[2:] == pytest.approx([u, v], abs=1.2), "whole pixels"
    views = driver.execute_script("return explorer.page.panels.map(({ space }) => String(space.view))")
    assert len(set(views)) == 1

    canvas, before = driver.execute_script("return explorer.panel('fm').front"), state(driver, f"z[{dim}]")
    there = (round(u - half_x), round(v - half_y))
    mouse = ActionChains(driver, duration=20).move_to_element_with_offset(canvas, *there)
    mouse.click_and_hold().move_by_offset(-20, 11).release().perform()
    assert state(driver, f"z[{dim}]") != before
    found = driver.execute_script(WHERE, "fm", "z", 0)[2:]
    assert found[dim == 1 :] == pytest.approx([u - 20, v + 11][dim == 1 :], abs=1.5), "it is where the pointer is"

    before = state(driver, f"z[{dim}]")
    mouse = ActionChains(driver, duration=20).key_down(Keys.SHIFT).move_to_element(canvas).click_and_hold()
    mouse.move_by_offset(9, -6).release().key_up(Keys.SHIFT).perform()
    moved = np.subtract(driver.execute_script(WHERE, "fm", "z", 0)[2:], found)
    assert state(driver, f"z[{dim}]") == before and moved == pytest.approx([9, -6], abs=0.5), "drawn aside"
    settled(driver, "location.hash.includes('view=2.')")
    address = driver.execute_script("return location.hash")
    driver.execute_script("arguments[0].focus()", canvas)
    at = view(driver)
    ActionChains(driver, duration=20).key_down(Keys.SHIFT).send_keys(Keys.ARROW_LEFT).key_up(Keys.SHIFT).perform()
    assert view(driver)[1] < at[1] and state(driver, f"z[{dim}]") == before
    for key, larger in (("+", True), ("-", False)):
        last = view(driver)[0]
        press(driver, key)
        assert (view(driver)[0] > last) == larger
    press(driver, "0")
    assert view(driver) == [1, 0, 0]
    buttons = driver.find_elements("css selector", ".zoom button")
    assert [button.get_attribute("aria-label") for button in buttons] == ["Zoom out", "Whole picture", "Zoom in"]
    buttons[2].click()
    assert view(driver)[0] == pytest.approx(1.4)
    buttons[1].click()
    assert view(driver) == [1, 0, 0] and not buttons[1].is_enabled()
    page(address)
    assert view(driver) == pytest.approx(list(map(float, re.search(r"view=([^&]*)", address)[1].split(","))))


def test_two_fingers_zoom(page):
    driver = page("#dim=1&models=fm&time=1&steps=4")
    resize(driver, 390, 844, mobile=True)
    settled(driver)
    x, y, w, h = driver.execute_script(
        "const b = explorer.panel('fm').front.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]"
    )
    before = state(driver, "z[1]")
    for kind, far in (("touchStart", 30), ("touchMove", 40), ("touchMove", 75), ("touchEnd", 0)):
        fingers = [{"x": x + w / 2 + sign * far, "y": y + h / 2, "id": k} for k, sign in enumerate((-1, 1))]
        points = {"type": kind, "touchPoints": fingers if far else []}
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", points)
    assert view(driver)[0] == pytest.approx(2.5, rel=0.02) and state(driver, "z[1]") == before


def values(driver, name, x, s):
    """The lines at a place of a panel, by pointing there."""
    box = "document.querySelector('.tip:not([hidden])')"
    canvas, u, v = driver.execute_script(
        "const [name, x, s] = arguments, p = explorer.panel(name), b = p.front.getBoundingClientRect();"
        "const [u, v] = p.space.at(x, 0, s); return [p.front, u - b.width / 2, v - b.height / 2]", name, x, s,
    )  # fmt: skip
    ActionChains(driver, duration=20).move_to_element_with_offset(canvas, 0, 0).perform()
    ActionChains(driver, duration=20).move_to_element_with_offset(canvas, round(u), round(v)).perform()
    settled(driver, box)
    point = driver.execute_script(
        "const [name, u, v, s] = arguments, p = explorer.panel(name), b = p.front.getBoundingClientRect();"
        "return [...p.space.point(Math.round(u) + b.width / 2, Math.round(v) + b.height / 2, s)]", name, u, v, s,
    )  # fmt: skip
    return driver.execute_script(f"return {box}.innerText").split("\n"), np.array([point])


def read(line):
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", line.replace("−", "-"))]


def test_values_at_the_pointer(page, runs):
    """Exact density and velocity as in Python, the model's as in PyTorch; marks have names; keys are announced."""
    driver = page("#dim=2&models=ae,fm,consistency&time=0.4&layers=")
    settled(driver)
    law = ExactFlow(target("two_gaussians"))
    models = {run.settings["model"]: run.model for run in runs[2]}
    lines, x = values(driver, "fm", [0.5, -0.8], 0)
    learnt, exact = first(models["fm"], lambda x: models["fm"].velocity(x, 0.4), x), law.velocity(x, 0.4)
    assert read(lines[0].split(", t")[0])[:2] == pytest.approx(x[0], abs=0.02)
    assert read(lines[1])[0] == pytest.approx(np.exp(law.log_density(x, 0.4))[0], rel=0.05)
    assert read(lines[2]) == pytest.approx(exact[0], abs=0.04) and "exact" in lines[2]
    assert read(lines[3])[:2] == pytest.approx(learnt[0], abs=0.04)
    assert read(lines[3])[2] == pytest.approx(np.linalg.norm(learnt - exact), rel=0.06)
    lines, x = values(driver, "ae", [1.5, 1.5], 1)
    assert lines[0].startswith("data x") and not any("exact" in line for line in lines)
    assert read(lines[2]) == pytest.approx(first(models["ae"], models["ae"].encode, x)[0], abs=0.05)
    lines, _ = values(driver, "consistency", [-0.5, 0.6], 0)
    assert "the model sends it to" in lines[2] and "off" in lines[3]
    lines, _ = values(driver, "fm", driver.execute_script("return explorer.panel('fm').landings().exact"), 1)
    assert lines[0] == "× exact: where the exact flow takes z"
    canvas = driver.execute_script("return explorer.panel('fm').front")
    assert canvas.get_attribute("role") == "application" and "arrow keys" in canvas.get_attribute("aria-label")
    live = "return explorer.page.panels.map(({ root }) => root.querySelector('.readout').getAttribute('aria-live'))"
    driver.execute_script("arguments[0].focus()", canvas)
    assert driver.execute_script(live) == [None, "polite", None]


# ---- what is drawn -------------------------------------------------------------------------------------------------


def dark(driver, name, layer):
    """How many pixels of a panel are the ink of exact answers."""
    found = pixels(driver, name, layer)
    return ((found[..., :3].max(-1) < 60) & (found[..., 3] > 120)).sum()


def test_exact_densities_and_paths_only_where_they_belong(page):
    """The exact density on the way is that of flows that are solved; of all models at the ends. 1D: straight paths."""
    names = ["ae", "fm", "meanflow", "otcfm", "reflow", "nflow"]
    for dim in (1, 2):
        driver = page(f"#dim={dim}&models={','.join(names)}&layers=density&time=0.5&z={'3' if dim == 1 else '3,-4'}")
        driver.execute_script("if (document.documentElement.dataset.theme === 'dark') explorer.act.theme()")
        hide = "for (const p of explorer.page.panels) { p.answers.z = {}; p.drawFront(); }"  # no other black marks
        settled(driver)
        driver.execute_script(hide)
        on_the_way = {name for name in names if dark(driver, name, "front") > 60}
        assert on_the_way == ({"fm", "otcfm", "reflow"} if dim == 1 else {"fm"})
        said = {name: driver.execute_script(f"return explorer.panel('{name}').missing()") for name in names}
        assert {name for name in names if "exact density on the way" not in said[name]} == on_the_way
        driver.execute_script("explorer.page.state.time = 1;" + hide)
        assert all(dark(driver, name, "front") > 60 for name in names), "data"
    driver = page("#dim=1&models=fm,otcfm,reflow,ae&layers=trajectories&time=0.5")
    settled(driver)
    assert {
        name: driver.execute_script(f"return Boolean(explorer.panel('{name}').straight())") for name in names[:2]
    } == {
        "ae": False,
        "fm": False,
    }
    ask = """const p = explorer.panel('otcfm'), exact = p.world.paths(p.crowd.n), lines = [];
    p.polylines = (g, path, chosen, color, ...rest) => color === '#1a1a1a' && lines.push(path);
    document.documentElement.dataset.theme = 'light'; p.drawBack();
    return [lines.length, lines[0].length, [...lines[0][0]], [...lines[0][1]]];"""
    count, length, start, end = driver.execute_script(ask)
    assert (count, length) == (1, 2), "straight"
    law = ExactFlow(target("two_gaussians_1d"))
    np.testing.assert_allclose(law.flow_map(np.array(start)[:, None], 0, 1)[:, 0], end, atol=1e-4)


def test_panels_are_sharp_and_particles_of_1d_are_seen(page):
    """At any number of pixels of the screen for one of the page; each particle of 1D has a tick of its own."""
    driver = page("#dim=1&models=fm&layers=samples&time=0.5&steps=4&solver=euler")
    for scale in (1.5, 2):
        size = {"width": int(600 * scale), "height": 700, "deviceScaleFactor": scale, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        settled(
            driver, f"Math.abs(explorer.panel('fm').front.width / explorer.panel('fm').size.width - {scale}) < 0.01"
        )
    settled(driver)
    column = driver.execute_script(
        "const p = explorer.panel('fm'); p.answers.z = {}; p.drawFront();"
        "return Math.round((p.space.at([0], 0, 0.5)[0] - 9) * devicePixelRatio)"
    )
    rows = pixels(driver, "fm", "front")[:, column, 3] > 40
    assert (np.diff(rows.astype(int)) == 1).sum() > 25, "lone particles are lone ticks"


def test_words_are_one_for_one_thing():
    """Noise has one name in what a visitor reads, and what moves is called particles."""
    shown = [
        (WEB / name).read_text("utf-8") for name in ("index.html", "palette.js", "stage/tip.js", "stage/caption.js")
    ]
    text = re.sub(r"^\s*(//|\*).*$", "", "\n".join(shown), flags=re.M)
    assert not re.search(r"\bprior\b|\bTrajector|\blatent point|\bsource point", text)


def test_deuteranopes_can_tell_layers_apart(parts):
    """Two layers whose colours are one for such eyes, or for all, differ in form; dashes, too, are in the drawings."""
    layers, dashes = parts(("palette",), "const { LAYERS, DASH } = all.palette; return [LAYERS, DASH]")
    simulation = {"name": "sRGB1+CVD", "cvd_type": "deuteranomaly", "severity": 100}
    for theme in config.themes().values():
        seen = {}
        for name, (_, meaning, shape, _) in layers.items():
            rgb = np.clip(cspace_convert(np.array(config.rgb(theme[meaning])) / 255, simulation, "sRGB1"), 0, 1)
            seen[name] = cspace_convert(rgb, "sRGB1", "CAM02-UCS"), (shape, str(dashes.get(meaning)))
        close = [(a, b) for a, b in combinations(seen, 2) if np.linalg.norm(seen[a][0] - seen[b][0]) < 20 and a != b]
        assert ("source", "trajectories") in close, "the fault that this is about"
        for a, b in close:
            assert seen[a][1] != seen[b][1], (a, b)
    assert len({str(dash) for dash in dashes.values()}) == len(dashes)


# ---- what is saved -------------------------------------------------------------------------------------------------


def test_the_svg_context_knows_what_the_drawings_use(parts):
    used = set()
    for path in WEB.rglob("*.js"):
        if not path.is_relative_to(WEB / "live"):
            used |= set(re.findall(r"\bg\.([a-zA-Z]+)\(", path.read_text("utf-8")))
    has = parts(("save/svg",), "return Object.getOwnPropertyNames(all['save/svg'].SvgContext.prototype)")
    # of canvases only: small pictures, screens of their own, the scale of a picture
    assert used - set(has) <= {"setTransform", "resetTransform", "scale", "putImageData", "text"}, used - set(has)
    assert len(used) > 15


def test_saved_pictures(page, runs):
    """SVG and PNG hold the time, the samplers, the numbers and the curves; names say what is shown."""
    layers = "data,source,samples,trajectories,density,error,couplings,field,truth,jumps"
    driver = page(f"#dim=2&models=ae,fm,meanflow&time=0.4&layers={layers}&solver=own")
    settled(driver)
    root = ElementTree.fromstring(driver.execute_script("return explorer.save.drawing()"))
    words = ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]
    for name in ("ae", "fm", "meanflow"):
        panel = f"explorer.panel('{name}')"
        value, floor, title, sampler = driver.execute_script(
            f"const p = {panel}; return [p.distance, p.crowd.floor, p.model.entry.title, p.model.words('own', p.steps)]"
        )
        line = f"sliced W2 at t = 1: {number(value)} (exact samples {number(floor, 2)})"
        assert {line, title, sampler} <= set(words), words
        assert driver.execute_script(f"return {panel}.root.querySelector('.number').textContent") == line
    assert any("flow time t = 0.40 · epoch 4 · 256 particles" in each for each in words)
    assert {"Noise", "Paths", "Density", "One-step jumps"} <= set(words), "the legend"
    curves = "".join(node.get("d") for node in root.iter(f"{SVG}path") if node.get("d"))
    spots = driver.execute_script(  # of the first drawn path of flow matching, in its own panel's pixels
        "const p = explorer.panel('fm'), i = p.world.chosen(p.crowd.n)[0];"
        "return p.path.map((x, k) => p.space.at(x, i, k / (p.path.length - 1)))"
    )
    steps = np.diff(spots, axis=0)
    found = [np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", d), float) for d in re.split("M", curves)]
    assert any(len(d) == len(spots) and np.abs(np.diff(d, axis=0) - steps).max() < 0.03 for d in found), "its path"
    assert not list(root.iter(f"{SVG}script")) and len(list(root.iter(f"{SVG}clipPath"))) >= 3
    assert all(re.match("data:image/png", node.get("href")) for node in root.iter(f"{SVG}image"))

    wide, svg_width = driver.execute_script(
        "return [explorer.save.picture().width, explorer.page.panels[0].space.width]"
    )
    assert wide == round(2 * float(root.get("width"))) and wide > 4 * svg_width
    saved = [
        driver.execute_async_script(
            "const done = arguments[1]; HTMLAnchorElement.prototype.click = function () {"
            "fetch = null; done([this.download, this.href.slice(0, 5)]); };"
            "document.getElementById(arguments[0]).click()", button,
        )
        for button in ("png", "svg")
    ]  # fmt: skip
    name = "gen_study_2d_ae-fm-meanflow_t0.40_epoch4"
    assert saved == [[f"{name}.png", "blob:"], [f"{name}.svg", "blob:"]]


def test_saved_film(page):
    """WebM that plays flow time once; the state is as before. A browser that cannot record says why."""
    driver = page("#dim=1&models=fm&time=0.3&steps=2")
    settled(driver)
    data, times = driver.execute_async_script(
        "const done = arguments[0], times = []; explorer.save.film((t) => times.push(t), 0.4).then(async (blob) =>"
        "done([btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer()).slice(0, 60))), times]))"
    )
    head = base64.b64decode(data)
    assert head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head
    assert times[0] == 0 and times[-1] == 1 and sorted(times) == times
    assert state(driver, "time") == pytest.approx(0.3) and driver.find_element("id", "film").is_enabled()
    driver.execute_script("document.getElementById('save').open = true")
    old = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": "delete window.MediaRecorder"})
    reload(driver)
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", old)
    button = driver.find_element("id", "film")
    assert not button.is_enabled() and "MediaRecorder" in button.get_attribute("title")

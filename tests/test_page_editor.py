"""Data of one's own in the page: its mixtures, points and tables are held against Python's, then it is used."""

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from data.exact import ExactFlow
from data.mixture import GaussianMixture
from data.points import points_of, read_points
from data.synthetic import target
from data.tables import read_table
from evaluation.metrics import projections, sliced_w2
from models import MODELS
from tests.explorer import SAVED, pixels, settled, state
from tests.test_page_mean import SOURCES
from visualization.explorer.build import script
from visualization.explorer.payload import mixture, pack
from visualization.stage import REACH, Stage, reach

THREE = GaussianMixture(
    [0.2, 0.5, 0.3],
    [[-1.5, 2.0], [2.5, 0.3], [0.0, -3.0]],
    [[[0.5, 0.2], [0.2, 0.4]], [[0.02, 0.0], [0.0, 1.5]], [[0.1, -0.05], [-0.05, 0.3]]],
)
LINE = GaussianMixture([0.5, 0.1, 0.4], [-2.0, 0.5, 3.0], [0.3, 0.04, 1.2])


def modules(browser, *names):
    """Put modules of the page's sources on an empty page: each is there under its last name."""
    browser.get("about:blank")
    for name in names:
        browser.execute_script(f"{script(name)}\nwindow.{name.rpartition('/')[2]} = module['{name}'];")
    return browser


class Custom(Stage.__wrapped__):
    """The stage of any two mixtures."""

    def __init__(self, law, source):
        self.target, self.source, self.points = law, source, None
        self.low, self.high = reach(law)
        prior = np.full_like(self.low, REACH)
        self.source_low, self.source_high = (-prior, prior) if source is None else reach(source)


CONTENT = """
const [law, begin, shipped] = arguments, made = content.content(law, begin, shipped, "mine"), crowd = made.crowds[256];
return { space: made.space, data: [...made.data], partner: [...made.partner], z: [...crowd.z],
  quantiles: [...crowd.quantiles], floor: crowd.floor,
  log: [...new exact.ExactFlow(law, begin).logDensity(made.data, 500)],
  same: made.data.join() === content.content(law, begin, shipped, "").data.join() };
"""


@pytest.mark.parametrize("plain", (True, False))
@pytest.mark.parametrize("dim", (1, 2))
def test_an_edited_world_is_what_python_would_write(browser, dim, plain):
    """Limits, islands, levels, quantiles, floor and proportions of any mixture, from N(0, I) or another."""
    law, source = {1: LINE, 2: THREE}[dim], None if plain else SOURCES[dim]
    standard = GaussianMixture([1.0], np.zeros((1, dim)), np.eye(dim)[None])
    modules(browser, "exact", "editor/content")
    rng = np.random.default_rng(0)
    noise = np.sort(rng.normal(size=(256, dim)), 0).astype(np.float32)
    shipped = {"dim": dim, "source": mixture(standard), "crowds": {"256": {"z": pack(noise)}}}
    found = browser.execute_script(CONTENT, mixture(law), mixture(source or standard), shipped)

    stage = Custom(law, source)
    np.testing.assert_allclose(found["space"]["limits"], stage.view)
    if dim == 1:
        np.testing.assert_allclose(found["space"]["density_scale"], stage.density_scale)
    else:
        left, right, limits = stage.islands
        for name, value in (("source", left), ("island", right), ("islands", limits), ("levels", stage.hills[3])):
            np.testing.assert_allclose(found["space"][name], value, rtol=1e-9, err_msg=name)
    _, quantiles = projections(law, 256)
    np.testing.assert_allclose(np.reshape(found["quantiles"], (-1, 256)), quantiles.T, rtol=1e-6, atol=1e-6)
    data = np.reshape(found["data"], (500, dim))
    np.testing.assert_allclose(found["log"], law.log_prob(data), rtol=1e-9, atol=1e-9)
    assert found["same"], "the same law has the same points"
    np.testing.assert_allclose(np.sort(found["partner"]), np.sort(found["data"]))
    share = law.posterior(data).mean(0)
    np.testing.assert_allclose(share, law.weights, atol=0.012), "exact proportions, but for overlaps"
    z = np.reshape(found["z"], (256, dim))
    if plain:
        np.testing.assert_array_equal(z, noise)
    else:
        assert sliced_w2(z[None], source)[0] < 0.12
    if dim == 2:
        end = ExactFlow(law, source).flow_map(z, 0, 1)
        np.testing.assert_allclose(found["floor"], sliced_w2(end[None], law)[0], rtol=2e-3)


TEXTS = {  # how people write points; and what nobody can read without guessing
    "plain": "0.5,1\n-1,2.25\n3,4e-1\n",
    "names": "x,y\n1,2\n3,4\n-5,6\n",
    "tabs": "a\tb\n1.5\t2\n3\t4\n",
    "semicolons and commas": "1,5;2\n3;4,5\n",
    "German, with names": "Länge;Breite\n1,5;2,25\n3,5;4,5\n",
    "spaces": " 1.5   2\n 3 4.25 \n",
    "one column": "x\n1.5\n2.5\n-3\n",
    "one column, no name": "1.5\n2.5\n-3\n",
    "quotes": '"x","y"\n"1.5","2"\n"3","4"\n',
    "quoted commas": '"1,5","2,5"\n"3,5","4,5"\n',
    "comments": "# made by hand\n# x y\n1.5 2\n3 4\n",
    "byte order mark": "\ufeffx,y\n1.5,2\n3,4\n",
    "CRLF, blank end": "x,y\r\n1.5,2\r\n3,4\r\n\r\n",
    "signs": "+1.,-.5\n2,3\n",
    "decimal commas or two columns": "1,5\n2,5\n3,25\n",
    "commas and spaces": "1, 2\n3, 4\n",
    "thousands": "1,000\n2,000\n",
    "thousands in columns": "1.000;2.000\n3.000;4.000\n",
    "a heading of numbers": "0,1\n1.5,2.5\n3.5,4.5\n",
    "an index": ",x,y\n0,1.5,2\n1,3,4\n",
    "three columns": "1,2,3\n4,5,6\n",
    "missing": "x,y\n1,\n3,4\n",
    "nan": "x,y\n1,nan\n3,4\n",
    "a word": "x,y\n1,2\n3,four\n",
    "a word in the first row": "1.5,x\n2,3\n4,5\n",
    "a blank line": "x,y\n1,2\n\n3,4\n",
    "a short row": "x,y\n1,2\n3\n5,6\n",
    "a late short row": "x,y\n" + "1,2\n" * 300 + "3\n",
    "too large": "x,y\n1e999,2\n3,4\n",
    "too small": "x,y\n1e-999,2\n3,4\n",
    "53 bits": "x,y\n9007199254740993,2\n3,4\n",
    "one row": "1,2\n",
    "nothing": "",
    "only words": "a,b\nc,d\n",
    "an open quote": '"1,2\n3,4\n',
    "hexadecimal": "0x10,1\n2,3\n",
    "infinite": "inf,1\n2,3\n",
    "script": "<script>alert(1)</script>\n1,2\n",
    "all alike": "1,2\n1,2\n",
}
MUST_READ = list(TEXTS)[:14]
READ = """
return arguments[0].map((text) => {
  try {
    const { names, rows } = table.readTable(text);
    return { names, rows, ...points.mixtureOf(rows, names) };
  } catch (error) {
    if (error.name !== "Error") throw error;
    return { why: error.message };
  }
});
"""


def test_tables_and_points_are_read_as_in_python(browser):
    """What the page reads, Python reads without options, to the same mixture; the rest is refused with one line."""
    rng = np.random.default_rng(5)
    far = np.concatenate([rng.normal(size=(60, 2)) * [9, 1], [[4000, 3]]])
    large = {
        "far": far,
        "floyd": rng.normal(size=(1000, 2)) + 7,
        "tail": rng.normal(size=(11_000, 1)),
        "huge": 1e200 * rng.normal(size=(40, 2)) + 1e201,
    }
    texts = TEXTS | {
        name: "x,y\n"[2 * (x.shape[1] < 2) :] + "".join(",".join(map(repr, row)) + "\n" for row in x.tolist())
        for name, x in large.items()
    }
    found = modules(browser, "editor/table", "editor/points").execute_script(READ, list(texts.values()))
    for (name, text), page in zip(texts.items(), found, strict=True):
        if "why" in page:
            assert name not in (*MUST_READ, *large), (name, page)
            assert len(page["why"]) < 260 and "\n" not in page["why"]
            continue
        python = read_table(text.encode())
        np.testing.assert_array_equal(page["rows"], python.values, err_msg=name)
        want = points_of(python, "x.csv")
        law = want.mixture()
        np.testing.assert_allclose(page["law"]["means"], law.means, rtol=1e-12, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(page["law"]["weights"], law.weights, rtol=1e-12)
        np.testing.assert_allclose(page["law"]["covariances"], law.covariances, rtol=1e-12)
        np.testing.assert_allclose(page["centre"], want.centre, rtol=1e-12, atol=1e-300)
        np.testing.assert_allclose(page["scale"], want.scale[0], rtol=1e-12)
        for part in page["about"].split("; ") if page["about"] else ():
            assert part.split(",")[0].split(":")[0] in want.about, (name, part, want.about)
    assert "1 point far" in found[list(texts).index("far")]["about"]


EFFORT = """
const [law, begin, z] = arguments, { steps, n } = content.effort(law, begin, 2);
return [steps, n, [...new exact.ExactFlow(law, begin, steps).map(z, z.length / 2)]];
"""


def test_paths_while_dragging_are_near_the_exact_ones(browser):
    """Fewer and coarser where there are many pairs of components, but ends are right to 1e-3."""
    angle = np.arange(16) * np.pi / 8
    turned = np.stack([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    ring = GaussianMixture(np.ones(16), 3 * turned[:, :, 0], turned @ np.diag([0.16, 0.04]) @ turned.transpose(0, 2, 1))
    modules(browser, "exact", "editor/content")
    z = ring.sample(60, np.random.default_rng(1))
    for law, source, usual in ((THREE, None, (64, 80)), (ring, None, (64, 80)), (ring, ring, (32, 24))):
        flow = ExactFlow(law, source)
        steps, n, end = browser.execute_script(EFFORT, mixture(law), mixture(flow.source), z.ravel().tolist())
        assert (steps, n) == usual
        off = np.linalg.norm(np.reshape(end, (-1, 2)) - flow.flow_map(z, 0, 1), axis=1)
        assert np.quantile(off, 0.9) < 1e-4 and off.max() < 1e-3


# ---- the editor in use -----------------------------------------------------------------------------------------------


def edited(driver, dim):
    """The law on the stage, as Python's mixture."""
    law = driver.execute_script(f"return explorer.world({dim}).content.target")
    return GaussianMixture(law["weights"], law["means"], law["covariances"])


def press(driver, part):
    driver.execute_script(
        "document.querySelector('#own').open = true; document.querySelector('#own .files').open = true"
    )
    driver.execute_script("arguments[0].click()", driver.find_element(By.CSS_SELECTOR, f"#own {part}"))


def drag(driver, at, by, side=1):
    """Press at a value of the exact panel, at one end of the flow, and let go some pixels away."""
    canvas = driver.execute_script("return explorer.panel('exact').front")
    place = driver.execute_script(
        "const p = explorer.panel('exact'), b = p.front.getBoundingClientRect();"
        "const [u, v] = p.space.at(arguments[0], 0, arguments[1]);"
        "return [u - b.width / 2, v - b.height / 2]",
        at,
        side,
    )
    chain = ActionChains(driver, duration=30).move_to_element_with_offset(canvas, round(place[0]), round(place[1]))
    chain.click_and_hold().move_by_offset(by[0] // 2, by[1] // 2).move_by_offset(by[0] - by[0] // 2, by[1] - by[1] // 2)
    chain.release().perform()
    settled(driver)


def saved(driver, button):
    """What a button saves: (name, text)."""
    return driver.execute_script(SAVED, f"#own [data-do={button}]")


def said(driver):
    return driver.find_element(By.CSS_SELECTOR, "#own > .said").get_attribute("textContent")


def paste(driver, text):
    driver.execute_script("document.querySelector('#own textarea').value = arguments[0]", text)
    press(driver, "[data-do=paste]")


def test_a_mixture_is_edited_in_2d(page, tmp_path):
    """Handles, keys and numbers; exact answers follow, trained models go; undo, redo, files, address, reset."""
    driver = page("#dim=2&models=fm,meanflow&time=0.5&steps=2")
    settled(driver)
    press(driver, ".modes [value=shape]")
    assert state(driver, "models") == ["exact"], "no trained model is held against other data"
    absent = driver.find_elements(By.CSS_SELECTOR, "#models input:disabled")
    assert len(absent) == len(MODELS) and "train it here instead" in driver.find_element(By.ID, "models").text
    assert "two Gaussians in 2D" in driver.find_element(By.CSS_SELECTOR, "#numbers .whose").text
    np.testing.assert_array_equal(edited(driver, 2).means, target("two_gaussians").means)

    scale = driver.execute_script("return explorer.panel('exact').space.sx")
    drag(driver, [2, 2], (60, -30))
    law = edited(driver, 2)
    np.testing.assert_allclose(law.means, [[-2, -2], [2 + 60 / scale, 2 + 30 / scale]], atol=1.2 / scale)
    np.testing.assert_allclose(law.covariances, target("two_gaussians").covariances, atol=2e-4)
    press(driver, ".parts button")
    reach = np.sqrt(0.5) * 2
    drag(driver, [-2 + reach, -2], (round(reach * scale), 0))
    np.testing.assert_allclose(edited(driver, 2).covariances[0], [[2, 0], [0, 0.5]], atol=0.1)
    drag(driver, [-2, -2 + reach], (-round(reach * scale), -round(reach * scale)))
    np.testing.assert_allclose(edited(driver, 2).covariances[0], [[2.1, -0.2], [-0.2, 2.4]], atol=0.2)

    canvas = driver.execute_script("return explorer.panel('exact').front")
    driver.execute_script("arguments[0].focus()", canvas)
    before = edited(driver, 2)
    ActionChains(driver).send_keys("]", Keys.ARROW_UP, Keys.ARROW_LEFT, Keys.ARROW_LEFT, "w", Keys.INSERT).perform()
    law = edited(driver, 2)
    np.testing.assert_allclose(law.means[1], before.means[1] + [-0.2, 0.1], atol=1e-9)
    np.testing.assert_allclose(law.weights, [0.58 * 2 / 3, 0.42 * 2 / 3, 1 / 3], atol=2e-4)
    assert driver.execute_script("return document.activeElement === arguments[0]", canvas), "the panel keeps the focus"
    for name, value in (("x", "-1.5"), ("turn", "30"), ("b", "0.2")):
        field = driver.execute_script(
            "return [...document.querySelectorAll('#own .values input')].find("
            "(e) => e.parentElement.textContent.startsWith(arguments[0]))",
            {"x": "Mean", "turn": "Turned", "b": "Across"}[name],
        )
        driver.execute_script(
            "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))", field, value
        )
    settled(driver)
    law = edited(driver, 2)
    c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
    turn = np.array([[c, -s], [s, c]])
    np.testing.assert_allclose(law.covariances[2], turn @ np.diag([0.25, 0.04]) @ turn.T, atol=1e-9)
    assert law.means[2, 0] == -1.5

    press(driver, ".sides [value=source]")
    ActionChains(driver).send_keys_to_element(canvas, Keys.ARROW_RIGHT).perform()
    settled(driver)
    source = driver.execute_script("return explorer.world(2).content.source")
    assert source["means"] == [[0.1, 0]] and source["covariances"] == [[[1, 0], [0, 1]]]
    flow = ExactFlow(law, GaussianMixture(**source))
    z = np.reshape(driver.execute_script("return [...explorer.world(2).crowd(256).z]"), (-1, 2))
    end = driver.execute_script("return [...explorer.world(2).exact.map(explorer.world(2).crowd(256).z, 256)]")
    np.testing.assert_allclose(np.reshape(end, (-1, 2)), flow.flow_map(z, 0, 1), atol=1e-3)
    floor = driver.execute_script("return explorer.world(2).crowd(256).floor")
    assert floor == pytest.approx(sliced_w2(flow.flow_map(z, 0, 1)[None], law)[0], rel=1e-3)
    data = np.reshape(driver.execute_script("return [...explorer.world(2).data]"), (-1, 2))
    np.testing.assert_allclose(law.posterior(data).mean(0), law.weights, atol=0.02)

    for button, side in (("download", law), ("downloadSource", flow.source)):
        name, text = saved(driver, button)
        (tmp_path / name).write_text(text)
        read = read_points(tmp_path / name).mixture()
        for part in ("weights", "means", "covariances"):
            np.testing.assert_allclose(getattr(read, part), getattr(side, part), rtol=1e-12)
        assert name in driver.find_element(By.CSS_SELECTOR, "#own .command").get_attribute("textContent")
    paste(driver, (tmp_path / "my_data.json").read_text())
    press(driver, ".sides [value=target]")

    settled(driver, "location.hash.split('from=')[1]?.split(';').length === 3")
    address = driver.execute_script("return location.hash")
    page(address)
    settled(driver)
    np.testing.assert_allclose(edited(driver, 2).covariances, law.covariances, rtol=1e-12)
    assert driver.execute_script("return explorer.edited().source.law.means") == law.means.tolist()


def test_undo_reset_and_what_the_browser_remembers(page):
    driver = page("#dim=2&models=fm,meanflow&time=0.5&steps=2")
    settled(driver)
    press(driver, ".modes [value=shape]")
    drag(driver, [2, 2], (40, 0))
    moved = edited(driver, 2).means

    def undo():
        ActionChains(driver).key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()

    undo()
    np.testing.assert_array_equal(edited(driver, 2).means, target("two_gaussians").means)
    undo()
    assert state(driver, "models") == ["fm", "meanflow"], "the file's own data have their models back"
    assert not driver.find_elements(By.CSS_SELECTOR, "#models input:disabled")
    for _ in range(2):
        press(driver, "[data-do=redo]")
    np.testing.assert_array_equal(edited(driver, 2).means, moved)
    press(driver, "[data-do=reset]")
    assert state(driver, "models") == ["fm", "meanflow"]
    driver.execute_script(
        "const s = document.querySelector('#own .sets'); s.value = 'moons'; s.dispatchEvent(new Event('change'))"
    )
    np.testing.assert_allclose(edited(driver, 2).means, target("moons").means)
    assert driver.find_element(By.CSS_SELECTOR, "#own [value=shape]").get_property("disabled"), (
        "32 are too many to move"
    )
    settled(driver, "location.hash.includes('data=n:moons')")
    driver.back()
    settled(driver, "explorer.page.state.models.join() === 'fm,meanflow'")
    np.testing.assert_array_equal(edited(driver, 2).means, target("two_gaussians").means)
    driver.forward()
    settled(driver, "explorer.world(2).content.target.means.length === 32")
    mixtures = ("m:", "m:9", "m:1,0,0,1,1", "m:1,99,0,1,1,0", "m:1,NaN,0,1,1,0", "m:" + ";".join(["1,0,0,1,1,0"] * 17))
    for bad in (*mixtures, "p:1,2", "p:1,1;1,1", "n:constructor", "x"):
        driver.execute_script("location.hash = arguments[0]", f"#dim=2&models=fm&data={bad}")
        settled(driver, "explorer.page.state.models.join() === 'fm'")
        assert driver.execute_script("return !explorer.world(2).content.edited"), bad


def test_many_points_are_kept_or_said_to_be_lost(page):
    """Some thousand fit the address; of more the page says that no link has them, and the browser asks."""
    driver, rng = page("#dim=2&models=fm,vae&epoch=1&time=1&steps=1&solver=euler"), np.random.default_rng(0)
    settled(driver)
    for n, fits in ((1000, True), (4000, False)):
        paste(driver, "\n".join(f"{x:.6f},{y:.6f}" for x, y in rng.normal(size=(n, 2))))
        settled(driver)
        assert ("too many for an address" in said(driver)) != fits
        settled(driver, "explorer.page.written === location.hash")
        assert ("data=p:" in driver.execute_script("return location.hash")) == fits
        driver.execute_script("navigator.clipboard.writeText = async () => {}; explorer.act.link()")
        settled(driver, "document.getElementById('said').textContent.startsWith('Settings copied')")
        assert ("Your own data are not in it" in driver.find_element(By.ID, "said").text) != fits
        leaving = (
            "const e = new Event('beforeunload', { cancelable: true }); dispatchEvent(e); return e.defaultPrevented"
        )
        assert driver.execute_script(leaving) != fits
    press(driver, "[data-do=reset]")
    assert state(driver, "models") == ["vae", "fm"] and state(driver, "epoch") == 1, "as it was before"


def test_what_trains_here_is_never_shown_against_other_data(page):
    """A live model is covered while the data are dragged, then goes, and trains again on the new ones."""
    driver = page("#dim=2&models=exact&time=0.5&steps=2&data=m:0.5,-2,0,0.5,0.5,0;0.5,2,0,0.5,0.5,0")
    settled(driver)
    driver.find_element(By.ID, "train").click()
    settled(driver, "explorer.panel('live-A')")
    settled(driver)
    press(driver, ".modes [value=shape]")
    before = pixels(driver, "live-A", "front")[..., 3].mean()
    canvas = driver.execute_script("return explorer.panel('exact').front")
    place = driver.execute_script(
        "const p = explorer.panel('exact'), b = p.front.getBoundingClientRect(), [u, v] = p.space.at([2, 0], 0, 1);"
        "return [u - b.width / 2, v - b.height / 2]"
    )
    chain = ActionChains(driver, duration=30).move_to_element_with_offset(canvas, *map(round, place))
    chain.click_and_hold().move_by_offset(20, 0).perform()
    settled(driver, "explorer.panel('live-A').root.classList.contains('waiting') && !explorer.page.pending")
    assert before < 200 and (pixels(driver, "live-A", "front")[..., 3] == 255).all(), "nothing of it is seen"
    assert not driver.execute_script("return explorer.panel('live-A').root.querySelector('.number')").is_displayed()
    ActionChains(driver).release().perform()
    settled(driver)
    assert edited(driver, 2).means[1, 0] > 2.1
    assert not driver.execute_script("return explorer.world(2).models.has('live-A')")
    driver.find_element(By.XPATH, "//*[@id='training']//button[text()='Step']").click()
    settled(driver, "explorer.world(2).models.has('live-A')")
    assert driver.execute_script("return explorer.runs()[0].world === explorer.world(2)")


def test_points_are_drawn_and_pasted_in_1d(page, tmp_path):
    """A stroke becomes a mixture as in Python, by way of the page's own file; the peak's handle is mean and weight."""
    driver = page("#dim=1&models=fm&time=1")
    settled(driver)
    press(driver, ".modes [value=shape]")
    space = driver.execute_script(
        "const { place, sx, sy } = explorer.panel('exact').space; return [place.density_scale, sx, sy]"
    )
    peak = lambda w, sd: 1 + space[0] * w / sd / np.sqrt(2 * np.pi)  # noqa: E731
    drag(driver, [-2], (-round(space[1] * (peak(0.7, 0.8) - 1) / 2), -40), peak(0.7, 0.8))
    law = edited(driver, 1)
    np.testing.assert_allclose(law.means[:, 0], [-2 + 40 / space[2], 2], atol=1.2 / space[2])
    np.testing.assert_allclose(law.weights, [0.35, 0.65], atol=0.02)

    press(driver, ".modes [value=draw]")
    drag(driver, [1], (0, -60))
    drag(driver, [-1.5], (0, 30))
    press(driver, "[data-do=use]")
    settled(driver)
    assert "centred and scaled" in said(driver)
    name, text = saved(driver, "download")
    (tmp_path / name).write_text(text)
    for again in (False, True):
        if again:
            paste(driver, text)
        want = read_points(tmp_path / name).mixture()
        assert len(want.means) >= 5
        for part in ("weights", "means", "covariances"):
            np.testing.assert_allclose(getattr(edited(driver, 1), part), getattr(want, part), rtol=1e-9, atol=1e-12)
    assert driver.find_element(By.CSS_SELECTOR, "#own .command").get_attribute("textContent") == (
        f"python main.py --dim 1d --dataset {name}"
    )
    before = edited(driver, 1).means
    for bad, why in (
        ("x,y\n1,2\n3,4\n", "two columns"),
        ("1,5\n2,5\n", "decimal commas"),
        ('{"weights": 1}', "no mixture"),
    ):
        paste(driver, bad)
        assert why in said(driver) and "bad" in driver.find_element(By.CSS_SELECTOR, "#own > .said").get_attribute(
            "class"
        )
    np.testing.assert_array_equal(edited(driver, 1).means, before)
    settled(driver, "location.hash.includes('data=p:')")
    page(driver.execute_script("return location.hash"))
    np.testing.assert_allclose(edited(driver, 1).means, before, rtol=1e-12)

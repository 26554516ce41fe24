"""Why the velocity is a mean: what passes through a point, held against data/exact.py and against sums over points."""

import re

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from data.exact import ExactFlow
from data.mixture import GaussianMixture
from data.synthetic import target
from evaluation.labels import number
from tests.explorer import first, pixels, settled
from visualization.explorer.build import script
from visualization.explorer.payload import mixture

SOURCES = {
    1: GaussianMixture([0.6, 0.4], np.array([[-1.0], [2.0]]), np.array([[[0.5]], [[1.2]]])),
    2: GaussianMixture(
        [0.3, 0.7], np.array([[-1.0, 0.5], [1.5, 1.0]]), np.array([[[1.0, 0.4], [0.4, 0.8]], [[0.5, 0.0], [0.0, 0.5]]])
    ),
}
FIND = """
const { ExactFlow } = exact["exact"], { overPoints, overModes } = look["mean/posterior"];
const [law, source, data, places] = arguments;
const dim = law.means[0].length, world = { dim, exact: new ExactFlow(law, source), data: Float32Array.from(data) };
return places.map(([x, s]) => [overPoints(world, x, s), overModes(world, x, s)]);
"""


@pytest.mark.parametrize("dim", (1, 2))
@pytest.mark.parametrize("plain", (True, False))
def test_shares_means_and_variances(browser, dim, plain):
    """Over the law they are those of data/exact.py, over the points plain sums; from N(0, I) and from a mixture."""
    browser.get("about:blank")
    for name, module in (("exact", "exact"), ("look", "mean/posterior")):
        browser.execute_script(f"{script(module)}\nwindow.{name} = module;")
    law = target({1: "two_gaussians_1d", 2: "two_gaussians"}[dim])
    source = GaussianMixture([1.0], np.zeros((1, dim)), np.eye(dim)[None]) if plain else SOURCES[dim]
    exact, rng = ExactFlow(law, source), np.random.default_rng(0)
    data = law.sample(40, rng).astype(np.float32).astype(float)
    places = [(rng.normal(size=dim), s) for s in (0.0, 0.3, 0.7, 0.98)]
    found = browser.execute_script(
        FIND, mixture(law), mixture(source), data.ravel().tolist(), [[x.tolist(), s] for x, s in places]
    )
    for (x, s), (points, modes) in zip(places, found, strict=True):
        at = x[None]
        np.testing.assert_allclose(modes["mean"], exact.velocity(at, s)[0], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(modes["variance"], exact.conditional_variance(at, s)[0], rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(
            [m["share"] for m in modes["members"]], exact.marginal(s).posterior(at)[0], atol=1e-9
        )
        np.testing.assert_allclose(modes["within"] + modes["between"], modes["variance"])

        start = (x - s * data) / (1 - s)
        weight = np.exp(source.log_prob(start))
        weight /= weight.sum()
        velocity = data - start
        np.testing.assert_allclose([m["share"] for m in points["members"]], weight, atol=1e-9)
        np.testing.assert_allclose([m["velocity"] for m in points["members"]], velocity, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(points["mean"], weight @ velocity, rtol=1e-6, atol=1e-6)
        variance = weight @ np.square(velocity - weight @ velocity).sum(1)
        np.testing.assert_allclose(points["variance"], variance, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(points["count"], 1 / np.square(weight).sum(), rtol=1e-6)


def card(driver):
    """The rows of the card's table: {title: (velocity, off by)}."""
    rows = driver.find_elements(By.CSS_SELECTOR, "#look-mean tbody tr")
    cells = [[each.text for each in row.find_elements(By.CSS_SELECTOR, "th, td")] for row in rows]
    return {title: (numbers(velocity), off) for title, velocity, off in cells}


def numbers(text):
    return [float(each) for each in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


def words(driver, part=""):
    return driver.find_element(By.CSS_SELECTOR, f"#look-mean {part}").text


def test_the_card_and_the_panels(page, runs):
    """2D: exact and learnt velocities, refusals, keys, pointer, switch, address, and the panels back at the end."""
    driver = page("#dim=2&models=fm,meanflow,consistency,otcfm,ae&time=0.4&mean=points,0.3,0.5")
    settled(driver)
    x, s, law = np.array([[0.3, 0.5]]), 0.4, ExactFlow(target("two_gaussians"))
    rows = card(driver)
    exact = law.velocity(x, s)[0]
    np.testing.assert_allclose(rows["exact: mean over the law"][0], exact, atol=0.006)
    models = {run.settings["model"]: run.model for run in runs[2]}
    for name, title, t, sign in (("fm", "Flow matching", s, 1), ("meanflow", "MeanFlow", 1 - s, -1)):
        v = sign * first(models[name], lambda x, model=models[name], t=t: model.velocity(x, x[..., :1] * 0 + t), x)[0]
        np.testing.assert_allclose(rows[title][0], v, atol=0.006)
        assert float(rows[title][1]) == pytest.approx(np.linalg.norm(v - exact), rel=0.06)
    assert len(rows) == 4, "only models whose own answer this is"
    floor = law.conditional_variance(x, s)[0]
    assert f"Loss floor here {number(floor)}" in words(driver, ".floor-here")
    refused = words(driver, ".refused")
    for part in ("OT-CFM has other pairs", "Consistency has no velocity", "Autoencoder has no flow"):
        assert part in refused

    before = pixels(driver, "fm", "front")
    driver.find_element(By.CSS_SELECTOR, "#look-mean [value=modes]").click()
    assert "Posterior over the 2 modes" in words(driver, ".members")
    shares = law.marginal(s).posterior(x)[0]
    assert f"{100 * shares.max():.0f} %" in words(driver, ".bars")
    settled(driver, "!explorer.page.pending")
    assert (pixels(driver, "fm", "front") != before).any()

    canvas = driver.execute_script("return explorer.panel('fm').front")
    driver.execute_script("arguments[0].focus()", canvas)
    ActionChains(driver).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_UP, ".").perform()
    assert numbers(words(driver, ".place")) == [0.4, 0.6, 0.42]
    z = driver.execute_script("return [...explorer.page.state.z[2]]")
    ActionChains(driver).move_to_element(canvas).click_and_hold().move_by_offset(30, -20).release().perform()
    u, v = driver.execute_script(
        "const p = explorer.panel('fm'), b = p.front.getBoundingClientRect();"
        "return [...p.space.point(b.width / 2 + 30, b.height / 2 - 20, 0)];"
    )
    np.testing.assert_allclose(numbers(words(driver, ".place"))[:2], [u, v], atol=0.02)
    assert driver.execute_script("return [...explorer.page.state.z[2]]") == z, "the noise point stays"
    settled(driver, "location.hash.includes('mean=modes,')")
    driver.execute_script("explorer.act.set({ time: 1 })")
    assert "t = 0.98 (the last time shown" in words(driver, ".place")
    driver.find_element(By.CSS_SELECTOR, "#look-mean [aria-label=Close]").click()
    assert not driver.find_element(By.ID, "look-mean").is_displayed()
    settled(driver, "!location.hash.includes('mean=')")
    ActionChains(driver).move_to_element(canvas).click().perform()
    assert driver.execute_script("return [...explorer.page.state.z[2]]") != z, "the panel has its pointer back"


def test_in_1d_the_pointer_moves_the_time_too(page):
    driver = page("#dim=1&models=fm&time=0.4")
    settled(driver)
    driver.find_element(By.XPATH, "//button[text()='Why a mean?']").click()
    canvas = driver.execute_script("return explorer.panel('fm').front")
    driver.execute_script("arguments[0].scrollIntoView()", canvas)
    place = "const p = explorer.panel('fm'), b = p.front.getBoundingClientRect(), [u, v] = p.space.at([1], 0, 0.7);"
    right, down = driver.execute_script(f"{place} return [u - b.width / 2, v - b.height / 2];")
    ActionChains(driver).move_to_element_with_offset(canvas, round(right), round(down)).click().perform()
    x, t = numbers(words(driver, ".place"))
    assert (x, t) == pytest.approx((1, 0.7), abs=0.03)
    assert driver.execute_script("return explorer.page.state.time") == pytest.approx(t, abs=0.01)
    np.testing.assert_allclose(
        card(driver)["exact: mean over the law"][0],
        ExactFlow(target("two_gaussians_1d")).velocity(np.array([[x]]), t)[0],
        atol=0.05,
    )
    driver.execute_script("arguments[0].focus()", canvas)
    ActionChains(driver).send_keys(Keys.ARROW_LEFT, Keys.ARROW_DOWN).perform()
    assert numbers(words(driver, ".place")) == pytest.approx([x - 0.1, t - 0.02], abs=0.011)

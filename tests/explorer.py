"""What all tests of the explorer share: a report of all models, a browser, and how to ask the page."""

import base64
import os
import time
from contextlib import contextmanager
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.browser import missing, open_browser, requests, resize
from commands.config import Config
from commands.jobs import Report
from commands.work import do, measured, save
from evaluation.reference import Reference
from models import MODELS
from tests.once import once
from training.runs import load, train
from training.settings import run_file

OPEN = "for (const section of document.querySelectorAll('#controls > details')) section.open = true"  # what was folded
SAVED = """
return new Promise((done) => {
  const keep = URL.createObjectURL, click = HTMLAnchorElement.prototype.click;
  let blob;
  URL.createObjectURL = (each) => ((blob = each), keep.call(URL, each));
  HTMLAnchorElement.prototype.click = function () {
    Object.assign(URL, { createObjectURL: keep });
    Object.assign(HTMLAnchorElement.prototype, { click });
    blob.text().then((text) => done([this.download, text]));
  };
  document.querySelector(arguments[0]).click();
});
"""  # what a button saves, by its selector: [name, text]
TINY = Config(epochs=4, n_samples=60, n_seeds=2, hidden=(8, 8), viz_freq=1)


@contextmanager
def few_points():
    """Measures on few points, to be quick; what is compared with the report must be measured in the same way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evaluation.reference.N_W2", {1: 128, 2: 128})
        patch.setattr("evaluation.reference.N_POINTS", 64)
        Reference.cache_clear()
        yield
    Reference.cache_clear()


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """{dim: runs} of all models, measured with `few_points`, in the folder `runs["folder"]`, with their report."""
    folder = once(tmp_path_factory, "runs", trained)
    return {dim: [load(run_file(folder, name, dim)) for name in MODELS] for dim in (1, 2)} | {"folder": folder}


def trained(folder):
    """Train and measure all models in both dimensions, and write the report."""
    folder.mkdir()
    with few_points():
        for dim in (1, 2):
            for name in MODELS:
                run, path = train(TINY.run_settings(name, dim)), run_file(folder, name, dim)
                save(run, path)
                measured(run, path)
        do(Report(folder))


@pytest.fixture(scope="session")
def report(runs):
    return runs["folder"] / "report.html"


def need(what, missing):
    """Skip a test whose means are missing, as the sentence `missing` says; in CI that is a failure."""
    if missing:
        assert not os.environ.get("CI"), f"CI must run {what}, but {missing}"
        pytest.skip(f"{what}: {missing}")


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    need("the browser tests", missing())
    driver = open_browser(tmp_path_factory.mktemp("profile"))
    driver.undo_tour = [no_tour(driver)]
    requests(driver), driver.get_log("browser")  # of the browser's own first page
    yield driver
    driver.quit()


def no_tour(driver):
    """Pages open as for somebody who has had the tour; returns what undoes it.

    What the browser keeps is touched only once the document has been parsed: before that, Chromium at times gives a
    document of a file an empty store of its own for as long as it lives.
    """
    source = """document.addEventListener("readystatechange", () => {
      try { localStorage["gen_study.lessons"] ??= JSON.stringify({ toured: true, done: {} }); } catch {}
    }, { once: true });"""
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    return lambda: driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


@pytest.fixture
def page(browser, report):
    """Opens the report with a fragment; at the end there must be no error and no request but for the file itself."""

    def open_page(fragment="", path=report):
        browser.get("about:blank")
        browser.get(path.as_uri() + fragment)
        browser.execute_script(OPEN)
        return browser

    resize(browser, 1440, 900)
    yield open_page
    browser.execute_script("try { localStorage.clear() } catch {}")  # a visit knows nothing of those before
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
    assert [url for url in requests(browser) if not url.startswith(("file:", "about:"))] == []


def state(driver, key):
    return driver.execute_script(f"return explorer.page.state.{key}")


def settled(driver, expression="explorer.page.panels.every(p => p.ready === p.crowd.n && !p.stale)"):
    """Wait until an expression of the page holds."""
    for _ in range(2000):  # a minute, on however busy a machine
        if driver.execute_script(f"return Boolean({expression})"):
            return
        time.sleep(0.03)
    raise AssertionError(f"never true: {expression}")


def reload(driver):
    """Load the page again. The driver may come back while the old one is still there."""
    driver.execute_script("window.old = true")
    driver.refresh()
    settled(driver, "window.explorer && !window.old")


def pixels(driver, name, layer="back"):
    """The pixels of a panel's canvas."""
    data = driver.execute_script(f"return explorer.panel('{name}').{layer}.toDataURL('image/png')")
    return np.asarray(Image.open(BytesIO(base64.b64decode(data.partition(",")[2]))).convert("RGBA")).astype(int)


def screenshot(driver):
    return np.asarray(Image.open(BytesIO(driver.get_screenshot_as_png())).convert("RGB")).astype(int)


def first(model, function, *arrays):
    """function on the first seed of a model: arrays (n, D) in, (n, D) out."""
    seeds = len(next(model.parameters()))
    with torch.no_grad():
        return function(*(torch.tensor(a, dtype=torch.float32).expand(seeds, -1, -1) for a in arrays))[0].numpy()

"""Frame times of the explorer's page in headless Chromium: four flows of 500 particles, and the first picture."""

import contextlib
import io
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.browser import missing, open_browser
from benchmarks.tools import table
from commands.config import Config
from commands.study import run

FLOWS = ("fm", "meanflow", "facm", "backflow")
SECONDS = 8
VIEW = f"#models={','.join(FLOWS)}&crowd=500&time=0&layers=data,source,samples,trajectories"
CASES = {
    "2D": "&dim=2",
    "2D with learnt field, exact field and error map": ",field,truth,error&dim=2",
    "1D": "&dim=1",
}


def frames(driver):
    """Milliseconds between frames, and of script and drawing calls in each, while particles move."""
    driver.execute_script("explorer.page.record = []; explorer.act.playTime()")
    time.sleep(SECONDS)
    record = driver.execute_script("const r = explorer.page.record; explorer.page.record = null; return r")
    stamps, work = zip(*record, strict=True)
    return np.diff(stamps), work


def measure(folder):
    if missing():
        print(f"explorer: skipped, {missing()}\n")
        return
    rows = []
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as profile:
        with contextlib.redirect_stdout(io.StringIO()):
            run(Config(models=FLOWS, output_dir=Path(place)), pages=True)
        report, driver = Path(place) / "report.html", open_browser(profile)
        for name, more in CASES.items():
            driver.get("about:blank")
            driver.get(report.as_uri() + VIEW + more)
            time.sleep(3)  # all particles are computed
            first = driver.execute_script("return explorer.page.first")
            times = ["{:.1f} / {:.1f} ms".format(*np.percentile(values, [50, 95])) for values in frames(driver)]
            rows.append([name, *times, f"{first:.0f} ms"])
        driver.quit()
    head = ["view", "frame to frame, median / 95th percentile", "script and drawing, median / 95th"]
    table(folder, "explorer", "The explorer in the browser", [*head, "first picture after"], rows)

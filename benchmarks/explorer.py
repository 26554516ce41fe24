"""Frame times of the explorer's page in headless Chromium: four panels of 500 particles, and the first picture.

python benchmarks/explorer.py                          outputs/report.html
python benchmarks/explorer.py --report PATH --seconds 10
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)
VIEW = "#dim={dim}&models=fm,meanflow,facm,backflow&crowd=500&time=0&layers=data,source,samples,trajectories{more}"
CASES = {"2D": (2, ""), "2D with fields and error map": (2, ",field,truth,error"), "1D": (1, "")}


def frames(driver, seconds):
    """Milliseconds between frames, and of script and drawing calls within each, while particles move."""
    driver.execute_script("explorer.page.record = []; explorer.act.playTime()")
    time.sleep(seconds)
    record = driver.execute_script("const r = explorer.page.record; explorer.page.record = null; return r")
    stamps, work = zip(*record, strict=True)
    return [b - a for a, b in zip(stamps[:-1], stamps[1:], strict=True)], list(work)


def main():
    import numpy as np

    from tests.browser import missing, open_browser

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--report", type=Path, default=ROOT / "outputs" / "report.html")
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    if missing():
        sys.exit(missing())
    with tempfile.TemporaryDirectory() as folder:
        driver = open_browser(folder)
        print(f"{options.report.stat().st_size / 1e6:.2f} MB")
        for words, (dim, more) in CASES.items():
            driver.get("about:blank")
            driver.get(options.report.resolve().as_uri() + VIEW.format(dim=dim, more=more))
            time.sleep(3)  # all particles are computed
            first = driver.execute_script("return explorer.page.first")
            gaps, work = frames(driver, options.seconds)
            for what, values in (("frame to frame", gaps), ("script and drawing", work)):
                median, high = np.percentile(values, [50, 95])
                print(f"{words:30} {what:20} median {median:5.1f} ms, 95th percentile {high:5.1f} ms")
            print(f"{words:30} first picture after {first:.0f} ms")
        driver.quit()


if __name__ == "__main__":
    main()

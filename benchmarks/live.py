"""Milliseconds per training step in the browser: every model that trains in the report's page."""

import tempfile

from benchmarks.browser import missing, open_browser
from benchmarks.tools import table
from data.synthetic import samples, target
from visualization.explorer.build import script
from visualization.explorer.payload import mixture

POINTS, SECONDS, FILM = 500, 1.0, 16_000  # steps of 2000 epochs, the default, are FILM
STEPS = """
const { Trainer } = live["live/trainer"], [settings, seconds] = args;
const trainer = new Trainer({ ...settings, points: Float32Array.from(settings.points) });
const now = () => performance.now(), trained = (until) => { while (now() < until) trainer.epoch(); };
trained(now() + 300 * seconds); // until the browser has compiled what it repeats
const [begun, steps] = [now(), trainer.steps];
trained(begun + 1000 * seconds);
return (now() - begun) / (trainer.steps - steps);
"""


def step_times(driver, dim, dataset):
    """{model: milliseconds per step}, with all draws and mean pairs."""
    law = target(dataset)
    points = samples(law, POINTS, [0])[0].ravel().tolist()
    names = driver.execute_script('return Object.keys(live["live/index"].LIVE)')
    each = [{"model": name, "dim": dim, "points": points, "law": mixture(law)} for name in names]
    ask = f"const args = [...arguments];\n{STEPS}"
    return {one["model"]: driver.execute_script(ask, one, SECONDS) for one in each}


def measure(folder):
    if missing():
        print(f"live: skipped, {missing()}\n")
        return
    with tempfile.TemporaryDirectory() as profile:
        driver = open_browser(profile)
        driver.get("about:blank")
        driver.execute_script(f"{script('live/worker')}\nwindow.live = module;")
        times = [step_times(driver, dim, name) for dim, name in ((1, "two_gaussians_1d"), (2, "two_gaussians"))]
        driver.quit()
    rows = [
        [name, f"{one:.3f}", f"{two:.3f}", f"{1000 / two:.0f}", f"{FILM * two / 1000:.1f} s"]
        for name, one, two in zip(times[0], times[0].values(), times[1].values(), strict=True)
    ]
    head = ["model", "ms per step, 1D", "2D", "steps per second, 2D", "16,000 steps, 2D"]
    table(folder, "live", "Training in the browser (batch 64, 32-64-32, 500 points, one core)", head, rows)

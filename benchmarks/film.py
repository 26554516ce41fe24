"""The film of the README: outputs/report.html in a browser, as a person uses it (a minute or two)."""

import io
import tempfile
import time

import numpy as np
from PIL import Image

from benchmarks.browser import missing, open_browser
from commands.config import ROOT

SIZE = (1280, 720)
WIDTH = 960  # of the film
DELAY = 90  # milliseconds
READY = "return explorer.page.panels.every((panel) => panel.ready === panel.crowd.n && !panel.stale)"

POINTER = """
const [x, y] = arguments, arrow = document.getElementById("pointer") ?? document.body.appendChild(
  Object.assign(document.createElement("div"), { id: "pointer" }));
arrow.style.cssText = `position: fixed; left: ${x}px; top: ${y}px; width: 0; height: 0; pointer-events: none;
  border: solid transparent; border-width: 0 13px 22px 0; border-left: 0; border-bottom-color: #111; z-index: 9;
  transform: rotate(-12deg); filter: drop-shadow(0 0 1px #fff)`;
"""


def measure(folder):
    """Record outputs/report.html into explorer.gif of the folder."""
    report = ROOT / "outputs" / "report.html"
    if not report.exists() or missing():
        print(f"no film: {missing() or f'no {report}, which main.py makes'}")
        return
    with tempfile.TemporaryDirectory() as profile:
        driver = open_browser(profile, *SIZE)
        try:
            frames = [frame for scene in SCENES for frame in scene(Page(driver, report))]
        finally:
            driver.quit()
    save(frames, folder / "explorer.gif")
    print(f"written: {folder / 'explorer.gif'} ({len(frames)} frames)")


class Page:
    """A report that is open, and pictures of it."""

    def __init__(self, driver, report):
        self.driver, self.report = driver, report

    def open(self, fragment):
        self.driver.get("about:blank")
        self.driver.get(self.report.resolve().as_uri() + fragment)
        self.wait(READY)

    def do(self, script, *values):
        return self.driver.execute_script(script, *values)

    def wait(self, condition, seconds=60):
        """Until a script returns true."""
        end = time.monotonic() + seconds
        while not self.do(condition):
            if time.monotonic() > end:
                raise TimeoutError(condition)
            time.sleep(0.03)

    def press(self, selector, words):
        """Click the button that says so."""
        found = "[...document.querySelectorAll(arguments[0])].find((b) => b.textContent.includes(arguments[1]))"
        self.do(f"{found}.click()", selector, words)

    def dragged(self, model, progress, places):
        """A picture for each place of the plane, along which the pointer drags what is at the first one."""
        ask = (
            "const panel = explorer.panel(arguments[0]), box = panel.front.getBoundingClientRect();"
            "const [x, y] = panel.space.at(arguments[2], 0, arguments[1]); return [box.left + x, box.top + y]"
        )
        kind, held = "mousePressed", {"button": "left", "buttons": 1, "clickCount": 1}
        for place in places:
            x, y = self.do(ask, model, progress, [float(each) for each in place])
            self.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **held})
            self.do(POINTER, x, y)
            kind = "mouseMoved"
            yield self.picture()
        self.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseReleased", "x": x, "y": y, **held})

    def picture(self, settled=True):
        """What is seen now; settled: once it is all computed."""
        if settled:
            self.wait(READY)
        return Image.open(io.BytesIO(self.driver.get_screenshot_as_png())).convert("RGB")


def flight(page):
    """Noise flows to data, in four models next to the exact paths."""
    page.open("#dim=2&models=fm,meanflow,facm,backflow&time=0.000")
    for time_now in np.linspace(0, 1, 15):
        page.do("explorer.act.set({ time: arguments[0] })", float(time_now))
        yield page.picture()
    yield from [page.picture()] * 4


def drag(page):
    """A noise point is dragged: where each model sends it, and where the exact flow does."""
    page.open("#dim=2&models=fm,meanflow&time=1.000&layers=data,source,samples")
    angles = np.linspace(2.3, -1.2, 16)
    yield from page.dragged("fm", 0, [[-1.2, 1.4], *([1.8 * np.cos(a), 1.8 * np.sin(a)] for a in angles)])


def shape(page):
    """A mode of the data is moved: the exact flow follows at once."""
    page.open("#dim=2&models=exact&time=1.000")
    page.do("document.querySelector('#editor details').open = true")
    page.press("#editor button", "Move")
    angles = np.linspace(0.25 * np.pi, -0.2 * np.pi, 16)
    yield from page.dragged("exact", 1, [[2, 2], *([2.83 * np.cos(a), 2.83 * np.sin(a)] for a in angles)])
    yield from [page.picture()] * 3


def learn(page):
    """Two models train in the page."""
    page.open("#dim=2&models=fm&time=1.000&layers=data,samples,trajectories&live=fm;meanflow")
    page.wait("return explorer.page.state.models.length && explorer.world(2).models.has('live-B')")
    page.do("explorer.act.set({ models: ['live-A', 'live-B'] })")
    page.press("#training button", "Train")
    for _ in range(24):
        yield page.picture(settled=False)
        time.sleep(0.2)
    yield from [page.picture(settled=False)] * 4


def lesson(page):
    """A lesson beside the stage: a question, then its answer."""
    page.open("#lesson=6.1")
    yield from [page.picture()] * 10
    page.do("document.querySelector('.reveal').click()")
    yield from [page.picture()] * 14


SCENES = (flight, drag, shape, learn, lesson)


def save(frames, path):
    """A GIF that loops, with the colours of all scenes."""
    size = (WIDTH, round(WIDTH * SIZE[1] / SIZE[0]))
    small = [frame.resize(size, Image.Resampling.LANCZOS) for frame in frames]
    mosaic = Image.fromarray(np.concatenate([np.asarray(frame)[::4] for frame in small[::6]]))
    palette = mosaic.quantize(256)
    first, *others = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in small)
    first.save(path, format="GIF", save_all=True, append_images=others, duration=DELAY, loop=0)

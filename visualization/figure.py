"""Owners of figures: they open one, let the drawing functions of the models fill it, and give its pixels.

A frame is not a new figure: what stands still is drawn once and kept, and only what moves is drawn over it.
"""

from functools import partial

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from evaluation.summary import over_seeds
from models import own_module
from visualization.config import COLORS, DPI, INK, LABELS, WIDTH
from visualization.panel import Panel
from visualization.scene import Scene
from visualization.style import defaults, house_style
from visualization.text import Words, drawable


def drawing(name):
    """The module that draws a model, such as viz_fm; a variant (vae_beta) shares its family's."""
    return own_module("visualization.viz_", name)


class Film:
    """A figure of panels that is drawn again and again.

    size: (width, height) in pixels; about: what its lengths mean. `add` places panels; `render(k)` gives the pixels of
    snapshot k.
    """

    def __init__(self, size, title, epochs, about=""):
        self.size, self.epochs = size, epochs
        with house_style():
            self.figure = Figure(figsize=(size[0] / DPI, size[1] / DPI), dpi=DPI)
        self.canvas = FigureCanvasAgg(self.figure)
        self.cells, self.background = [], None
        self._words(26, 52, drawable(about), 10, color="#444444", va="top")
        self._words(24, 24, drawable(title), 17, weight="bold", va="top")

    def _words(self, x, y, words, size, **options):
        """Text at pixels from the upper left corner."""
        with house_style():
            return self.figure.text(x / self.size[0], 1 - y / self.size[1], words, fontsize=size, **options)

    def add(self, box, draw, scene, title):
        """A panel in the box (x, y, width, height), pixels from the upper left corner."""
        (x, y, w, h), (width, height) = box, self.size
        with house_style():
            axes = self.figure.add_axes((x / width, 1 - (y + h) / height, w / width, h / height))
            axes.set_anchor("NW")
            axes.set_title(title, loc="left", fontsize=12 if w > 500 else 11.5, fontweight="bold", color=INK, pad=7)
        self.cells.append((Panel(axes, large=w > 500), draw, scene))

    def render(self, k):
        """Snapshot k as pixels (height, width, 3), uint8."""
        if self.background is None:
            self._begin(k)
        else:
            self._fill(k)
        self.canvas.restore_region(self.background)
        for panel, _, _ in self.cells:
            for artist in panel.moving():
                panel.axes.draw_artist(artist)
        pixels = np.asarray(self.canvas.buffer_rgba()).copy()[
            ..., :3
        ]  # a copy without the fourth takes 50 times as long
        epoch = Words(f"epoch {self.epochs[k]} / {self.epochs[-1]}", 14, "#555555", "rt")
        epoch.draw(pixels, self.size[0] - 24, 26)
        for panel, _, _ in self.cells:
            panel.write(pixels)
        return pixels

    def _fill(self, k):
        """Let the drawing functions of the models give their artists what snapshot k shows."""
        for panel, draw, scene in self.cells:
            draw(panel, scene, scene.shot(k))

    def _begin(self, k):
        """What the first snapshot asked for does for all: make the artists, and draw what stands still."""
        with defaults():  # artists remember them; later snapshots do without, for a context takes half a millisecond
            self._fill(k)
        with house_style():
            self._legend()
            self.canvas.draw()
        self.background = self.canvas.copy_from_bbox(self.figure.bbox)

    def _legend(self):
        """One legend for the figure: what its panels drew, in the order of COLORS."""
        used = {meaning for panel, _, _ in self.cells for meaning in panel.meanings}
        handles = [
            Line2D([], [], color=COLORS.get(meaning, INK), lw=2.5, label=words)
            for meaning, words in LABELS.items()
            if meaning in used
        ]
        self.figure.legend(
            handles=handles, loc="lower center", ncols=len(handles), frameon=False, fontsize=11, borderaxespad=0.6
        )

    def image(self, k=-1):
        """Snapshot k as a Pillow image."""
        return Image.fromarray(self.render(range(len(self.epochs))[k]))


class Picture(Film):
    """Everything there is to see of one run: the panel of the comparison, large, and smaller ones beside it."""

    def __init__(self, run):
        scene, views = Scene(run), drawing(run.settings["model"])
        height, boxes = picture_layout(scene)
        super().__init__((WIDTH, height), f"{run.model.title}  ·  {scene.name}", scene.epochs, scene.units)
        for box, (title, draw) in zip(boxes, views.PICTURE[scene.dim].items(), strict=True):
            self.add(box, draw, scene, title)
        panel, draw, _ = self.cells[0]
        self.cells[0] = panel, partial(_scored, draw), scene


class Comparison(Film):
    """All chosen models side by side: the encoder family in the first row, the flows in the next."""

    def __init__(self, runs):
        scenes = [Scene(run) for run in runs]
        rows = [row for islands in (True, False) for row in _fours([s for s in scenes if s.islands == islands])]
        size, boxes = comparison_layout(rows)
        longest = max((scene.epochs for scene in scenes), key=len)
        super().__init__(size, f"{_number(len(runs))} on {scenes[0].name}", longest, scenes[0].units)
        for box, scene in zip(boxes, [scene for row in rows for scene in row], strict=True):
            compare = drawing(scene.settings["model"]).COMPARE
            self.add(box, partial(_scored, compare), scene, scene.run.model.title)


def _scored(draw, panel, scene, shot):
    draw(panel, scene, shot)
    score(panel, scene, shot)


def score(panel, scene, shot):
    """W2 of the samples to the exact target, mean and standard deviation over seeds, above a panel on the right."""
    lost = scene.lost(shot)
    if 0 in lost:  # the seed that the panel shows
        return panel.headline(f"diverged after epoch {lost[0]}")
    good = np.isfinite(shot["w2"])
    if not good[0]:
        return panel.headline("diverged")
    mean, sd = over_seeds(shot["w2"])
    name = "W₂" if scene.dim == 1 else "sliced W₂"
    few = f" ({good.sum()} of {len(good)} seeds)" if not good.all() else ""
    steps = f"  {scene.steps} step{'s' if scene.steps > 1 else ''}" if scene.is_flow else ""
    panel.headline(f"{name} {mean:.3f} ± {f'{sd:.3f}'.lstrip('0')}{steps}{few}")


def _fours(scenes):
    return [scenes[i : i + 4] for i in range(0, len(scenes), 4)]


def _number(n):
    words = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")
    return f"{words[n - 1] if n <= len(words) else n} generative model{'s' if n > 1 else ''}"


TOP, FOOT, HEAD = 64, 44, 34  # pixels: the title's line, the legend's line, the line above each panel


def comparison_layout(rows):
    """(width, height) and a box for each panel; rows: lists of scenes, at most four each."""
    dim, columns = rows[0][0].dim, max(map(len, rows))
    left, gap, below = (62, 34, 36) if dim == 1 else (22, 22, 34)
    width = (WIDTH - left - 22 - gap * (columns - 1)) / columns
    if dim == 2:
        width = min(
            width, (820 if columns == 1 else 720) * min(row[0].aspect for row in rows)
        )  # no panel higher than a page
    page = round(max(left + columns * (width + gap) - gap + 22, 1000))  # the legend needs so much
    left += (page - left - 22 - columns * (width + gap) + gap) / 2
    boxes, y = [], TOP
    for row in rows:
        height = width / row[0].aspect if dim == 2 else 330 if len(rows) > 1 else 560
        boxes += [(left + i * (width + gap), y + HEAD, width, height) for i in range(len(row))]
        y += HEAD + height + below
    return (page, round(y + FOOT)), boxes


def picture_layout(scene):
    """Height of a run's picture, and a box for each of its panels, the large one first."""
    y = TOP + HEAD
    if scene.dim == 1:
        side = [(872 + 378 * i, y + 382 * j, 322, 318) for j in (0, 1) for i in (0, 1)]
        return y + 700 + 38 + FOOT, [(62, y, 744, 700), *side]
    if not scene.islands:
        high = round(768 / scene.aspect)
        h = (high - 68) // 2
        w = min(350, round(h * scene.aspect))
        side = [(838 + 390 * i, y + (h + 68) * j, w, h) for j in (0, 1) for i in (0, 1)]
        side[-1] = (1272, y + h + 68, 306, h)  # the loss has ticks on its left
        return y + high + 36 + FOOT, [(22, y, 768, high), *side]
    height = round(880 / scene.aspect)  # two flat islands; on the right two squares and the loss below them
    square = [(942 + 333 * i, y, 303, 303) for i in (0, 1)]
    return y + height + 38 + FOOT, [(22, y, 880, height), *square, (986, y + 303 + 74, 592, height - 303 - 74)]

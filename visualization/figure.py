"""Owners of figures: they open one, let the drawing functions of the models fill it, and give its pixels.

A frame is not a new figure: what stands still is drawn once and kept, and only what moves is drawn over it.
"""

from functools import partial
from itertools import chain, product

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from data import Failure
from evaluation.labels import evaluations, number, plus_minus
from evaluation.reference import Reference
from evaluation.summary import over_seeds
from models import own_module
from visualization.config import DPI, INK, LABELS, WIDTH
from visualization.panel import Panel, legend_handle
from visualization.scene import Scene
from visualization.style import defaults, house_style, vector_of
from visualization.text import Words, drawable, wrapped


def drawing(name):
    """The module that draws a model, such as viz_fm; a variant (vae_beta) shares its family's."""
    return own_module("visualization.viz_", name)


def panels(name, dim):
    """The panels of a model's own picture: {title: drawing function}, the large one first."""
    module = drawing(name)
    if found := module.PICTURE.get(dim):
        return found
    file = f"{module.__name__.replace('.', '/')}.py"
    raise Failure(f"{file}: PICTURE has no panels for {dim}D, so there is no picture of {name} in {dim}D")


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

    def add(self, box, draw, scene, title, tight=False):
        """A panel in the box (x, y, width, height), pixels from the upper left corner.

        tight: its number stands below its title, not next to it.
        """
        (x, y, w, h), (width, height) = box, self.size
        look = {"fontsize": 12 if w > 500 else 11.5, "fontweight": "bold", "color": INK, "pad": NUMBER if tight else 7}
        with house_style():
            axes = self.figure.add_axes((x / width, 1 - (y + h) / height, w / width, h / height))
            axes.set_anchor("NW")
            axes.set_title(wrapped(title, w), loc="left", **look)
        self.cells.append((Panel(axes, large=w > 500, tight=tight), draw, scene))

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
        for words, x, y in self._placed(k):
            words.draw(pixels, x, y)
        return pixels

    def _placed(self, k):
        """The words of snapshot k with their places: the epoch, and the lines of the panels."""
        yield Words(f"epoch {self.epochs[k]} / {self.epochs[-1]}", 14, "#555555", "rt"), self.size[0] - 24, 26
        for panel, _, _ in self.cells:
            yield from panel.placed(self.size[1])

    def _fill(self, k):
        """Let the drawing functions of the models give their artists what snapshot k shows."""
        for panel, draw, scene in self.cells:
            draw(panel, scene, scene.shot(k))

    def _begin(self, k):
        """Done once, at the first snapshot: make the artists, and draw what stands still."""
        with defaults():  # artists remember them; later snapshots do without, for a context takes half a millisecond
            self._fill(k)
        with house_style():
            self._legend()
            self.canvas.draw()
        self.background = self.canvas.copy_from_bbox(self.figure.bbox)

    def _legend(self):
        """One legend for the figure: what its panels drew, in the order of COLORS; in two lines if one is too wide."""
        used = {meaning for panel, _, _ in self.cells for meaning in panel.meanings}
        handles = [legend_handle(meaning, words) for meaning, words in LABELS.items() if meaning in used]
        look = {"loc": "lower center", "frameon": False, "labelspacing": 0.2}
        line = self.figure.legend(handles=handles, fontsize=11, ncols=len(handles), borderaxespad=0.6, **look)
        if line.get_window_extent().width > self.size[0]:
            line.remove()
            half = -(-len(handles) // 2)
            self.figure.legend(handles=handles, fontsize=10, ncols=half, borderaxespad=0.2, **look)

    def image(self, k=-1):
        """Snapshot k as a Pillow image."""
        return Image.fromarray(self.render(range(len(self.epochs))[k]))

    def vector(self, kind, k=-1):
        """Snapshot k as the bytes of an SVG or a PDF: the last thing that a film does, for nothing moves after it."""
        k = range(len(self.epochs))[k]
        self.render(k)
        for panel, _, _ in self.cells:
            for artist in panel.moving():
                artist.set_animated(False)
        for words, x, y in self._placed(k):
            self._words(x, y, words.text, words.size, color=words.color, **words.alignment)
        return vector_of(self.figure, kind)


class Picture(Film):
    """Everything there is to see of one run: the panel of the comparison, large, and smaller ones next to it."""

    def __init__(self, run):
        scene = Scene(run)
        views = panels(run.settings["model"], run.settings["dim"])
        size, boxes = picture_layout(scene, len(views))
        about = " ".join(filter(None, [scene.units, UNKNOWN if scene.is_flow and scene.exact is None else ""]))
        super().__init__(size, f"{run.model.title}  ·  {scene.name}", scene.epochs, about)
        for i, (box, (title, draw)) in enumerate(zip(boxes, views.items(), strict=True)):
            self.add(box, draw, scene, title, tight=i == 0)
        panel, draw, _ = self.cells[0]
        self.cells[0] = panel, partial(_scored, draw), scene


class Comparison(Film):
    """All chosen models side by side: those with two islands in the first rows, the others in the next."""

    def __init__(self, runs):
        size, boxes = comparison_layout([Scene(run) for run in runs])
        scenes = [scene for scene, _ in boxes]
        longest = max((scene.epochs for scene in scenes), key=len)
        super().__init__(size, f"{_number(len(runs))} on {scenes[0].name}", longest, scenes[0].units)
        for scene, box in boxes:
            compare = drawing(scene.settings["model"]).COMPARE
            self.add(box, partial(_scored, compare), scene, scene.run.model.title, tight=True)


def _scored(draw, panel, scene, shot):
    draw(panel, scene, shot)
    score(panel, scene, shot)


def score(panel, scene, shot):
    """W2 of the samples to the exact target, mean and standard deviation over seeds, above a panel on the right."""
    lost = scene.lost(shot)
    if 0 in lost:  # the seed that the panel shows
        return panel.headline(f"diverged after epoch {lost[0]}")
    good = np.isfinite(shot["sliced_w2"])
    if not good[0]:
        return panel.headline("diverged")
    floor = Reference(scene.settings["dataset"]).sliced_w2_floor
    words = f"sliced W2 {plus_minus(*over_seeds(shot['sliced_w2']))} (exact {number(floor, 2)}), "
    few = f", {good.sum()} of {len(good)} seeds" if not good.all() else ""
    panel.headline(words + evaluations(scene.steps) + few)


def _number(n):
    words = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"]
    return f"{words[n - 1] if n <= len(words) else n} generative model{'s' if n > 1 else ''}"


# ---- layouts: pixels from the upper left corner -------------------------------------------------------------------

TOP, FOOT, HEAD = 64, 44, 34  # the title's line, the legend's line, the line above each panel
RIGHT, NARROWEST = 22, 1000  # the margin on the right; the legend needs so wide a page
NUMBER = 24  # the line of a number below a panel's title
MOST = 6  # panels in a row, so that the number of each can be read
UNKNOWN = "No exact paths, map or floor: none are known for its training pairs."


def comparison_layout(scenes):
    """(width, height) of the page, and (scene, box) of each panel: the best of some ways to fill it.

    Islands have rows of their own, and planes too, unless that would leave a hole.
    """
    kinds = [kind for islands in (True, False) if (kind := [s for s in scenes if s.islands == islands])]
    ways = [
        [row for kind, columns in zip(kinds, each, strict=True) for row in _even(kind, columns)]
        for each in product(*(range(1, min(len(kind), MOST) + 1) for kind in kinds))
    ]
    if len(kinds) > 1:
        ways += [_even([*chain(*kinds)], columns) for columns in range(2, MOST + 1)]
    return max((_filled(rows, len(scenes)) for rows in ways), key=lambda way: way[0])[1:]


def _even(scenes, columns):
    """Rows of at most so many scenes, as even as can be: [(row, length of the longest)]."""
    n = -(-len(scenes) // columns)
    cuts = [-(-len(scenes) * i // n) for i in range(n + 1)]
    return [(scenes[a:b], -(-len(scenes) // n)) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]


def _filled(rows, n, head=HEAD + NUMBER):
    """How good a way to fill the page is, its size, and (scene, box) of each of n panels: large, few rows, no holes."""
    dim = rows[0][0][0].dim
    left, gap, below = (62, 34, 36) if dim == 1 else (22, 22, 34)
    most = max(min(1000 + 100 * max(n - 8, 0), 1600), 64 * n)  # what a person still reads as one page
    inside, room = WIDTH - left - RIGHT, most - TOP - FOOT - len(rows) * (head + below)
    highest = 306 if len(rows) > 1 else 560
    full = [(inside - gap * (k - 1)) / (sum(s.aspect for s in row) * k / len(row)) for row, k in rows]
    if mixed := any(len({s.islands for s in row}) > 1 for row, _ in rows):
        full = [min(full)] * len(rows)
    heights = _cut([highest] * len(rows) if dim == 1 else full, room)
    shapes = [
        [(inside - gap * (k - 1)) / k if dim == 1 else h * s.aspect for s in row]
        for (row, k), h in zip(rows, heights, strict=True)
    ]
    scenes = [*chain(*(row for row, _ in rows))]
    wide = [(sum(row) / len(row) + gap) * k - gap for row, (_, k) in zip(shapes, rows, strict=True)]
    page, y, boxes = round(max(left + max(wide) + RIGHT, NARROWEST)), TOP, []
    for row, h, w in zip(shapes, heights, wide, strict=True):
        x = left + (page - left - RIGHT - w) / 2
        boxes += [(x + sum(row[:i]) + gap * i, y + head, w, h) for i, w in enumerate(row)]
        y += head + h + below
    least = min(min(w / 1.3, h) if dim == 1 else h for _, _, w, h in boxes)
    used = sum(w * h for _, _, w, h in boxes) / (page * (y + FOOT))
    worth = least * used**2 * 0.8 ** (len(rows) + mixed) * min(1, (y + FOOT) / page / 0.37) ** 4  # and no flat page
    return worth, (page, round(y + FOOT)), list(zip(scenes, boxes, strict=True))


def _cut(heights, room):
    """Heights that together are at most `room`: the highest are cut to one level."""
    level, n = room, len(heights)
    for i, h in enumerate(sorted(heights)):
        if h >= (level := room / (n - i)):
            break
        room -= h
    return [min(h, level) for h in heights] if room < sum(heights) else heights


def picture_layout(scene, n):
    """(width, height) of a run's picture, and the boxes of its n panels: the large one, on its right a grid of others.

    In 2D the panels of the grid have the shape of a plane; the last one, the loss, takes the rest of its row.
    """
    columns = next((c for c, least in ((4, 11), (3, 8 if scene.dim == 1 else 7), (2, 4), (1, 2)) if n >= least), 0)
    rows = -(-(n - 1) // columns) if columns else 1
    x, y, start = 22, TOP + HEAD + NUMBER, 48  # from the large panel to the grid
    if scene.dim == 1:
        x, start, gap, lines, ticks = 62, 66, 56, 64 if rows < 3 else 84, 0
        high, large = 700 if rows < 3 else 820, 744 if columns else WIDTH - 84
        w = (700 - gap * (columns - 1)) / max(columns, 1)
    else:
        gap, lines, ticks = 40, 68, 44  # the loss has ticks on its left
        shape = 1.0 if scene.islands else scene.aspect
        free = (
            WIDTH - 2 * x - (start + gap * (columns - 1) if columns else 0) + shape * columns * lines * (1 - 1 / rows)
        )
        high = min(free / (scene.aspect + shape * columns / rows), 932)
        large, w = high * scene.aspect, (high - lines * (rows - 1)) / rows * shape
    h, start = (high - lines * (rows - 1)) / rows, start + x + large
    boxes = [(x, y, large, high)]
    boxes += [(start + i % columns * (w + gap), y + i // columns * (h + lines), w, h) for i in range(n - 1)]
    if n > 1:
        left, top, _, _ = boxes.pop()
        boxes.append((left + ticks, top, start + columns * (w + gap) - gap - left - ticks, h))
    if scene.is_flow and n > 2 and columns > 1:  # the excess error has ticks, too
        left, top, w, h = boxes[-2]
        boxes[-2] = (left + ticks, top, w - ticks, h)
    width = WIDTH if scene.dim == 1 else round(max(boxes[-1][0] + boxes[-1][2] + RIGHT, NARROWEST))
    return (width, round(y + high + 38 + FOOT)), boxes

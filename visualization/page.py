"""A still page: a figure with a title, and axes placed by pixels."""

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from training.files import replace_file
from visualization.config import DPI, INK, STYLE, WIDTH


def page(height, title, note=""):
    """A figure 1600 pixels wide with a title, and small print at its foot."""
    title = title.replace("$", r"\$")  # else matplotlib would read a formula; a user's file may be called so
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI)
        figure.text(24 / WIDTH, 1 - 24 / height, title, fontsize=17, fontweight="bold", va="top")
        figure.text(24 / WIDTH, 14 / height, note, fontsize=10.5, color="#444444", va="bottom", linespacing=1.5)
    return figure


def place(figure, box, title="", **options):
    """Axes in the box (x, y, width, height), pixels from the upper left corner."""
    width, height = figure.get_size_inches() * DPI
    x, y, w, h = box
    with matplotlib.rc_context(STYLE):
        axes = figure.add_axes((x / width, 1 - (y + h) / height, w / width, h / height), **options)
    axes.set_title(title, loc="left", fontsize=12 if w > 300 else 11, fontweight="bold", color=INK, pad=7)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def save(figure, path):
    """Write the figure as a PNG."""
    canvas = FigureCanvasAgg(figure)
    with matplotlib.rc_context(STYLE):
        canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    replace_file(path, lambda temporary: image.save(temporary, format="PNG"))

"""A still page: a figure with a title, and axes placed by pixels."""

import textwrap

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter
from PIL import Image

from visualization.config import DPI, INK, WIDTH
from visualization.style import house_style
from visualization.text import drawable, wrapped

LINE = 185  # letters of small print in a line


def page(height, title, note="", about=""):
    """A figure 1600 pixels wide with a title, small print at its foot, and below the title what its lengths mean.

    height: of all but the small print, whose paragraphs are wrapped, and make it as much higher as they need.
    """
    note = said(note.splitlines(), "")
    height += 14 + 22 * len(note.splitlines()) if note else 0
    with house_style():
        figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI)
        figure.text(24 / WIDTH, 1 - 24 / height, drawable(title), fontsize=17, fontweight="bold", va="top")
        figure.text(26 / WIDTH, 1 - 52 / height, drawable(about), fontsize=10, color="#444444", va="top")
        figure.text(24 / WIDTH, 14 / height, note, fontsize=10.5, color="#444444", va="bottom", linespacing=1.5)
    return figure


def said(sentences, bullet="• "):
    """Sentences in lines that are not wider than the page."""
    return "\n".join(
        line
        for each in sentences
        for line in textwrap.wrap(bullet + each, LINE, subsequent_indent="  " if bullet else "")
    )


def place(figure, box, title="", **options):
    """Axes in the box (x, y, width, height), pixels from the upper left corner."""
    width, height = figure.get_size_inches() * DPI
    x, y, w, h = box
    with house_style():
        axes = figure.add_axes((x / width, 1 - (y + h) / height, w / width, h / height), **options)
        axes.set_title(
            wrapped(title, w), loc="left", fontsize=12 if w > 300 else 11, fontweight="bold", color=INK, pad=7
        )
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def round_ticks(axis, digits=(1, 2, 5)):
    """Ticks of a logarithmic axis at 1, 2 and 5 of each decade, written as plain numbers."""
    axis.set_major_locator(LogLocator(subs=digits))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def image_of(figure):
    """The figure as a Pillow image."""
    canvas = FigureCanvasAgg(figure)
    with house_style():
        canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])


def film_of(figures, width=960):
    """The figures as Pillow images of a film, so many pixels wide, with the colours of the one in the middle."""
    images = [image_of(figure) for figure in figures]
    size = (width, round(images[0].height * width / images[0].width))
    images = [image.resize(size, Image.Resampling.HAMMING) for image in images]
    palette = images[len(images) // 2].quantize(256)
    return [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]

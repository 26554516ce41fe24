"""matplotlib as every picture needs it, whatever a user has set: its own defaults, and over them our style."""

import io
from functools import lru_cache

import numpy as np
from matplotlib import rc_context, rcParamsDefault
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import PolyCollection, QuadMesh
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.image import AxesImage

from visualization.config import STYLE

DEFAULTS = {name: value for name, value in rcParamsDefault.items() if name != "backend"}


def defaults():
    """A context in which matplotlib is as it comes, whatever a matplotlibrc or a notebook has set."""
    return rc_context(DEFAULTS)


def house_style():
    """The same with the style of our pictures."""
    return rc_context(DEFAULTS | STYLE)


def vector_of(figure, kind):
    """A figure as the bytes of an SVG or a PDF, the same each time; its texts are texts, in a font that is named.

    The figure is not to be drawn after that: its heat maps are made ready for vectors.
    """
    look = {"svg.fonttype": "none", "svg.hashsalt": "gen_study", "pdf.fonttype": 42}
    content = io.BytesIO()
    with rc_context(DEFAULTS | STYLE | look):
        _sharpen(figure)
        if kind == "svg":
            FigureCanvasSVG(figure).print_svg(content, metadata={"Date": None})
        else:
            FigureCanvasPdf(figure).print_pdf(content, metadata={"CreationDate": None})
    return content.getvalue()


def _sharpen(figure):
    """Make heat maps independent of the resolution: cells and colour scales are paths, images have a pixel per number.

    matplotlib would turn colour scales and images into pixels of the screen, leave seams between the cells of a mesh,
    and write each cell that shows nothing, which are most of them in a plane.
    """
    for image in figure.findobj(AxesImage):
        image.set_interpolation("none")
    for mesh in figure.findobj(QuadMesh):
        at, values = mesh.get_coordinates(), np.ma.masked_invalid(mesh.get_array()).ravel()
        cells = np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], 2).reshape(-1, 4, 2)
        seen = ~np.ma.getmaskarray(values)
        look = {"cmap": mesh.cmap, "norm": mesh.norm, "zorder": mesh.get_zorder() - 0.5, "linewidths": 1}
        paths = PolyCollection(cells[seen], array=values[seen], edgecolors="face", **look)
        mesh.axes.add_collection(paths, autolim=False)
        mesh.set_visible(False)


@lru_cache(maxsize=2)
def font_file(weight="normal"):
    """The file of the font of all pictures."""
    with defaults():
        return findfont(FontProperties(family="DejaVu Sans", weight=weight))

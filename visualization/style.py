"""matplotlib as every picture needs it, whatever a user has set: its own defaults, and over them our style."""

import io
from functools import lru_cache

from matplotlib import rc_context, rcParamsDefault
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.font_manager import FontProperties, findfont

from visualization.config import STYLE

DEFAULTS = {name: value for name, value in rcParamsDefault.items() if name != "backend"}


def defaults():
    """A context in which matplotlib is as it comes, whatever a matplotlibrc or a notebook has set."""
    return rc_context(DEFAULTS)


def house_style():
    """The same with the style of our pictures."""
    return rc_context(DEFAULTS | STYLE)


def vector_of(figure, kind):
    """A figure as the bytes of an SVG or a PDF, the same each time; its texts are texts, in a font that is named."""
    look = {"svg.fonttype": "none", "svg.hashsalt": "gen_study", "pdf.fonttype": 42}
    content = io.BytesIO()
    with rc_context(DEFAULTS | STYLE | look):
        if kind == "svg":
            FigureCanvasSVG(figure).print_svg(content, metadata={"Date": None})
        else:
            FigureCanvasPdf(figure).print_pdf(content, metadata={"CreationDate": None})
    return content.getvalue()


@lru_cache(maxsize=2)
def font_file(weight="normal"):
    """The file of the font of all pictures."""
    with defaults():
        return findfont(FontProperties(family="DejaVu Sans", weight=weight))

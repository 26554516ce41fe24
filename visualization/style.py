"""matplotlib as every picture needs it, whatever a user has set: its own defaults, and over them our style."""

from functools import lru_cache

from matplotlib import rc_context, rcParamsDefault
from matplotlib.font_manager import FontProperties, findfont

from visualization.config import STYLE

DEFAULTS = {name: value for name, value in rcParamsDefault.items() if name != "backend"}


def defaults():
    """A context in which matplotlib is as it comes, whatever a matplotlibrc or a notebook has set."""
    return rc_context(DEFAULTS)


def house_style():
    """The same with the style of our pictures."""
    return rc_context(DEFAULTS | STYLE)


@lru_cache(maxsize=2)
def font_file(weight="normal"):
    """The file of the font of all pictures."""
    with defaults():
        return findfont(FontProperties(family="DejaVu Sans", weight=weight))

"""Words that change from frame to frame, drawn into its pixels by Pillow: one line of them takes matplotlib 3 ms."""

import textwrap
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.font_manager import get_font
from PIL import Image, ImageDraw, ImageFont

from visualization.config import DPI, rgb
from visualization.style import font_file

LETTER = 9.2  # pixels: the width of a letter in the title of a panel


@dataclass
class Words:
    """A line of text; size in points; anchor: which of its points is placed, Pillow's "rs" is right on the baseline."""

    text: str
    size: float
    color: str
    anchor: str

    @property
    def alignment(self):
        """The anchor as matplotlib says it."""
        across, up = {"l": "left", "m": "center", "r": "right"}, {"s": "baseline", "t": "top"}
        return {"ha": across[self.anchor[0]], "va": up[self.anchor[1]]}

    def draw(self, pixels, x, y):
        """Blend the words into pixels (height, width, 3) at (x, y) from the upper left; cut off at the page's edge."""
        left, top, mask = _mask(self.text, self.size, self.anchor)
        x, y = round(x) + left, round(y) + top
        rows, columns = slice(max(y, 0), y + mask.shape[0]), slice(max(x, 0), x + mask.shape[1])
        place = pixels[rows, columns]
        mask = mask[rows.start - y :, columns.start - x :][: place.shape[0], : place.shape[1], None]
        place[:] = place + (np.array(rgb(self.color)) - place) * mask + 0.5


@lru_cache(maxsize=64)
def _font(size):
    return ImageFont.truetype(font_file(), size * DPI / 72, layout_engine=ImageFont.Layout.BASIC)


def _mask(text, size, anchor):
    """(left, top) of the ink from the anchor, and how much of each pixel is ink (h, w), from 0 to 1."""
    left, top, right, bottom = _font(size).getbbox(text, anchor=anchor)
    image = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(image).text((-left, -top), text, 255, _font(size), anchor=anchor)
    return left, top, np.asarray(image) / 255


def drawable(text):
    """A name as matplotlib can draw it: □ for what the font lacks, and no formulas."""
    shown = (c if ord(c) in _letters() and unicodedata.category(c)[0] != "C" else "□" for c in text)
    return "".join(shown).replace("$", r"\$")


def wrapped(title, width):
    """The title of a panel of so many pixels, in as many lines as it needs."""
    return "\n".join(textwrap.wrap(title, max(12, int(width / LETTER))))


@lru_cache(maxsize=1)
def _letters():
    """The code points that the pictures' font has a glyph for, regular and bold."""
    regular, bold = (get_font(font_file(weight)).get_charmap() for weight in ("normal", "bold"))
    return regular.keys() & bold.keys()

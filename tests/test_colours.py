"""Colours, marks and lines: distinct in print, for colour-blind eyes, and in both themes of the explorer."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.lines import Line2D

from visualization import config

MANY = {f"model_{i}": "" for i in range(24)}
# What dichromats see of linear RGB: Machado, Oliveira and Fernandes 2009 (10.1109/TVCG.2009.113), severity 1.
EYES = {
    "all colours": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]  # of linear sRGB
WHITE = np.array([0.9505, 1, 1.089])


def seen(color, eye="all colours"):
    """CIE Lab of a colour, as an eye sees it."""
    rgb = np.array(config.rgb(color)) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(XYZ @ np.clip(EYES[eye] @ linear, 0, 1) / WHITE)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(a, b, eye):
    return np.linalg.norm(seen(a, eye) - seen(b, eye))


@pytest.fixture
def looks(monkeypatch):
    monkeypatch.setattr(config, "MODELS", MANY)
    return [config.look(name) for name in MANY]


def test_24_models_differ_without_colour(looks):
    """Any two by mark or line, and also where a model is a single point: there by mark, open or filled."""
    for keys in (("marker", "linestyle"), ("marker", "markerfacecolor"), ("color", "linestyle")):
        assert len({tuple(look.get(key) for key in keys) for look in looks}) == 24, keys
    assert all(Line2D([], [], lw=2, ms=7, **look).get_linestyle() != "--" for look in looks), "dashed is a floor"


@pytest.mark.parametrize("eye", EYES)
def test_shades_stay_apart_for_colour_blind_eyes(eye, looks):
    """Measured: the least distance in CIE Lab of neighbours is 25, of any two 12; 2.3 can just be noticed."""
    assert min(distance(a["color"], b["color"], eye) for a, b in zip(looks[:-1], looks[1:], strict=True)) > 24
    assert min(distance(a, b, eye) for a, b in combinations(config.SHADES, 2)) > 11


def test_shades_show_on_white_paper():
    assert all(1.05 / (config.luminance(color) + 0.05) > 2.2 for color in config.SHADES)


def test_themes(looks):
    """Light is COLORS itself; dark keeps names and hues, and every line and letter can be read on its paper."""
    light, dark = config.themes().values()
    assert light | config.COLORS == light and light["exact"] == config.INK and set(dark) == set(light)
    paper = config.luminance(dark["paper"]) + 0.05
    for name in light.keys() - {"paper", "frame"}:
        assert (config.luminance(dark[name]) + 0.05) / paper >= config.CONTRAST, name
    for color in config.SHADES:
        assert (config.luminance(config.on_dark(color)) + 0.05) / paper >= config.CONTRAST

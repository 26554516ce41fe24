"""No picture depends on its colours: what looks alike to colour-blind eyes differs in mark, line or lightness."""

from itertools import combinations

import numpy as np
import pytest
from colorspacious import cspace_convert, deltaE

from models import MODELS
from visualization.config import COLORS, LABELS, LINE, MARKS, POINTS, SHADES, color_of, look, rgb

APART = 15  # CAM02-UCS: from here on two small marks can be told apart by their colours alone
EYES = [None, "deuteranomaly", "protanomaly", "tritanomaly"]
DRAWN_AS_LINES = ("coupling_train", "coupling_infer", "encode_line", "decode_line", "exact", "draw_x")
DRAWN_AS_POINTS = ("prior_z", "data_x", "latent_z_hat", "output_x_hat", "exact", "draw_x")


def seen(color, eyes):
    """A colour as these eyes see it."""
    linear = np.array(rgb(color)) / 255
    if eyes is None:
        return linear
    space = {"name": "sRGB1+CVD", "cvd_type": eyes, "severity": 100}
    return np.clip(cspace_convert(linear, space, "sRGB1"), 0, 1)


def distance(a, b, eyes):
    return deltaE(seen(a, eyes), seen(b, eyes), input_space="sRGB1")


def test_the_simulation_knows_what_colour_blind_eyes_confuse():
    """Red and green of equal lightness."""
    assert distance("#b05050", "#508050", None) > 2 * distance("#b05050", "#508050", "deuteranomaly")


def test_some_meanings_look_alike_to_some_eyes():
    """Which is why they need marks and lines."""
    alike = [
        (a, b) for a, b in combinations(COLORS, 2) if min(distance(COLORS[a], COLORS[b], eyes) for eyes in EYES) < APART
    ]
    assert alike


@pytest.mark.parametrize("eyes", EYES)
def test_points_and_lines_of_all_meanings_can_be_told_apart(eyes):
    for styles, meanings in ((POINTS, DRAWN_AS_POINTS), (LINE, DRAWN_AS_LINES)):
        assert set(meanings) <= styles.keys() and set(meanings) <= LABELS.keys()
        for a, b in combinations(meanings, 2):
            same_style = styles[a] == styles[b] and "exact" not in (a, b)  # what is exact is broad and pale
            assert not same_style or distance(color_of(a), color_of(b), eyes) > APART, (a, b)


def test_every_line_and_mark_is_its_own():
    assert len({POINTS[meaning] for meaning in DRAWN_AS_POINTS}) == len(DRAWN_AS_POINTS)
    assert len({LINE[meaning] for meaning in DRAWN_AS_LINES if meaning != "exact"}) == len(DRAWN_AS_LINES) - 1


def test_models_in_a_chart_have_marks_of_their_own():
    looks = [look(name) for name in MODELS]
    outlines = {(style["marker"], "markerfacecolor" in style) for style in looks}
    assert len(outlines) == len(looks) and len(set(MARKS)) == len(SHADES)

"""Colours and style: every picture takes them from here, so a colour means the same everywhere."""

from models import MODELS

COLORS = {
    "prior_z": "#1f77b4",  # prior z: samples of N(0, I), the source of a flow
    "data_x": "#ff7f0e",  # data x
    "latent_z_hat": "#2ca02c",  # encoded z_hat
    "output_x_hat": "#d62728",  # reconstructed or generated x_hat
    "coupling_train": "#7f7f7f",  # training coupling: which z was paired with which x
    "coupling_infer": "#9467bd",  # inference mapping: where the model takes z
    "encode_line": "#8c564b",  # encoding line, x to z_hat
    "decode_line": "#e377c2",  # decoding line, z_hat to x_hat; the one-step jump of a flow
}
LABELS = {
    "prior_z": "prior z",
    "data_x": "data x",
    "latent_z_hat": "encoded ẑ",
    "output_x_hat": "output x̂",
    "coupling_train": "training coupling",
    "coupling_infer": "inference",
    "encode_line": "encode",
    "decode_line": "decode, one step",
    "exact": "exact",
    "draw_x": "draw from p(x|z)",
}
# Meanings differ in shape and line, too, so that no picture depends on its colours. Points: sides of a polygon, its
# angle, and whether it is filled. Lines: matplotlib's dashes; what is exact is broad and pale under what was learnt.
POINTS = {
    "prior_z": (14, 0, False),
    "data_x": (4, 45, True),
    "latent_z_hat": (3, 0, False),
    "output_x_hat": (4, 0, True),
    "exact": (4, 0, False),
    "draw_x": (5, 0, False),
}
LINE = {
    "coupling_train": (0, (1, 1.5)),
    "coupling_infer": "-",
    "encode_line": (0, (6, 2)),
    "decode_line": (0, (7, 1.5, 1, 1.5)),
    "draw_x": (0, (4, 1.5)),
    "exact": "-",
}
BROAD = 2.6  # points: the width of an exact line
PALE = 0.35  # its alpha
# A model in a chart of many models, in the order of the registry: twelve shades, of which neighbours stay apart for
# colour-blind eyes, and twelve marks; the second twelve models have open marks and other lines. "--" is left to floors.
SHADES = ("#949488", "#61332f", "#149d48", "#99b528", "#306f9d", "#9972e8", "#b7090d", "#ff7b06")
SHADES += ("#319fd3", "#1b2a6b", "#f57fb3", "#014e5c")
MARKS = ("o", "s", "D", "^", "v", "P", "*", "X", "<", (4, 1, 0), ">", "d")
LINES = ("-", "-.", ":")
INK = "#1a1a1a"  # text, and whatever is exact
FAINT = "#b8b8b8"  # frames and ticks
DARK = {"paper": "#16171d", "frame": "#44464f", "exact": "#f2f2f2"}  # the explorer at night; the rest follows by rule
CONTRAST = 5.5  # of a colour on dark paper, at least: WCAG asks 4.5 of text

STYLE = {
    "font.size": 11,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "path.simplify": False,
    "figure.facecolor": "white",
    "agg.path.chunksize": 0,
}
DPI = 100
WIDTH = 1600  # pixels of every picture


def color_of(meaning):
    """The colour of a meaning: a draw has that of the output, and what is exact or plain is ink."""
    return COLORS.get("output_x_hat" if meaning == "draw_x" else meaning, INK)


def look(name):
    """How a model looks in a chart of many models: the keywords of matplotlib's lines."""
    turn, i = divmod(list(MODELS).index(name), len(MARKS))
    open_mark = {"markerfacecolor": "white"} if turn % 2 else {}
    return {"color": SHADES[i], "marker": MARKS[i], "linestyle": LINES[turn % len(LINES)], **open_mark}


def themes():
    """{"light": {meaning: colour}, "dark": ...} of the explorer: COLORS as they are, and lightened for dark paper."""
    light = {**COLORS, "exact": INK, "error": "#00807a", "paper": "#ffffff", "frame": FAINT}
    return {"light": light, "dark": {name: on_dark(color) for name, color in light.items()} | DARK}


def on_dark(color):
    """A colour mixed with as much white as its contrast on dark paper needs."""
    paper = luminance(DARK["paper"])
    for share in range(100):
        mixed = "#" + "".join(f"{round(c + share / 100 * (255 - c)):02x}" for c in rgb(color))
        if luminance(mixed) + 0.05 >= CONTRAST * (paper + 0.05):
            return mixed
    return "#ffffff"


def luminance(color):
    """Relative luminance by WCAG 2: 0 is black, 1 is white."""
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb(color)))
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def rgb(color):
    """A colour such as "#1f77b4" as red, green and blue, 0 to 255."""
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))

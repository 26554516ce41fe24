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
}
MARKS = "osD^vP*X"  # a model in a chart of many models, in the order of the registry: its marker
SHADES = ("#7f7f7f", "#8c564b", "#2ca02c", "#bcbd22", "#1f77b4", "#9467bd", "#d62728", "#ff7f0e")
INK = "#1a1a1a"  # text, and whatever is exact
FAINT = "#b8b8b8"  # frames and ticks

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


def look(name):
    """How a model looks in a chart of many models: the keywords of matplotlib's lines."""
    i = list(MODELS).index(name)
    return {"color": SHADES[i % len(SHADES)], "marker": MARKS[i % len(MARKS)]}


def rgb(color):
    """A colour such as "#1f77b4" as red, green and blue, 0 to 255."""
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))

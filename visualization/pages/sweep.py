"""The chart of a sweep: a measure against the first swept parameter, a line per model, bands over seeds."""

from itertools import product

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from evaluation.labels import LABELS
from evaluation.summary import over_seeds
from models import MODELS
from models.source import title
from training.settings import shown
from visualization.config import INK, WIDTH, look
from visualization.pages.layout import page, place, round_ticks
from visualization.scene import data_name
from visualization.text import drawable

WORDS = {"lr": "learning rate", "hidden": "hidden layers", "n_samples": "training samples", "beta": "β"}
EXACT, DIVERGED, OFF_SCALE = "exact samples", "diverged", "off the scale"
SIGNS = {DIVERGED: "×", OFF_SCALE: "↑"}
MOST_COLUMNS = 5
LEFT, TOP, RIGHT, BETWEEN = 96, 108, 210, 92  # pixels around the panels and from row to row; the legend is on the right
REACH = 300  # a logarithmic axis ends at this many times its least value: what broke must not flatten the rest
NOTE = "Mean of the seeds, band: ± their standard deviation; of a point where some seeds diverged, the others."


def draw(table, sweep, measure):
    """The page. table: commands.sweep.records; sweep: ((name, values), ...), the first is the axis.

    One panel per dimension and combination of the other parameters; a dimension's panels share the vertical axis.
    """
    numbers, floors = summarise(table, [name for name, _ in sweep], measure)
    models = [name for name in MODELS if any(name == model for _, _, model in numbers)]
    cells, columns, rows = layout(list(dict.fromkeys(dim for dim, _ in floors)), [values for _, values in sweep[1:]])
    width, least = (WIDTH - LEFT - RIGHT) / columns, 480 if rows == 1 else 270
    height = max(least, 26 * (len(models) + 3) / rows)  # that of the legend
    gap = 70 if len(sweep) == 1 and columns > 1 else 26
    figure = page(TOP + rows * (height + BETWEEN) - 25, heading(table, sweep, measure), NOTE)
    marked = set()
    for row, column, dim, others in cells:
        words = [f"{word(name)} {shown(value)}" for (name, _), value in zip(sweep[1:], others, strict=True)]
        box = (LEFT + width * column, TOP + row * (height + BETWEEN), width - gap, height)
        axes = place(figure, box, drawable(", ".join([f"{dim}D", *words])))
        scale(axes, *([found for key, found in each.items() if key[0] == dim] for each in (numbers, floors)))
        here = {(values[0], m): found for (d, values, m), found in numbers.items() if d == dim and values[1:] == others}
        exact = {values[0]: floor for (d, values), floor in floors.items() if d == dim and values[1:] == others}
        marked |= panel(axes, here, models, sweep[0][1], exact)
        ticks(axes, sweep[0], width - gap)
        if column == 0 or len(sweep) == 1:
            axes.set_ylabel(LABELS[measure])
        else:
            axes.tick_params(labelleft=False)
    legend(figure, models, [name for name, _ in sweep], marked)
    return figure


class Several:
    """A swept setting in a model's title: VAE, β = … ."""

    def __format__(self, spec):
        return "…"


def word(name):
    return WORDS.get(name, name.replace("_", " "))


def heading(table, sweep, measure):
    data = dict.fromkeys(data_name(row) for row in table) if "dataset" not in dict(sweep) else ()
    return f"{LABELS[measure]} against {word(sweep[0][0])}" + (f": {', '.join(data)}" if data else "")


def summarise(table, names, measure):
    """{(dim, values, model): (mean, standard deviation)}, NaN if every seed diverged, and {(dim, values): floor}."""
    each, own, floors = {}, {}, {}
    for row in table:
        key = row["dim"], tuple(row[name] for name in names), row["model"]
        if row["measure"] == "w2":
            own[key] = row["nfe"]
        if row["measure"] == measure:
            each.setdefault(key, []).append((row["nfe"], row["value"]))
            floors[key[:2]] = row["floor"]
    numbers = {}
    for key, found in each.items():
        numbers[key] = tuple(map(float, over_seeds([value for nfe, value in found if nfe in (0, own[key])])))
    return numbers, floors


def layout(dims, others):
    """([(row, column, dim, values of the other parameters)], columns, rows): the second parameter runs along a row."""
    if not others:
        return [(0, column, dim, ()) for column, dim in enumerate(dims)], len(dims), 1
    columns, cells, row = min(len(others[0]), MOST_COLUMNS), [], 0
    for dim, rest in product(dims, product(*others[1:])):
        for i, value in enumerate(others[0]):
            cells.append((row + i // columns, i % columns, dim, (value, *rest)))
        row = cells[-1][0] + 1
    return cells, columns, row


def positions(values):
    """Where the values of the axis are, and "log", "linear" or, if they are not numbers, "names"."""
    if not all(isinstance(value, int | float) for value in values):
        return dict(zip(values, range(len(values)), strict=True)), "names"
    wide = min(values) > 0 and max(values) >= 10 * min(values)
    return {value: value for value in values}, "log" if wide else "linear"


def scale(axes, found, floors):
    """The vertical axis of a dimension's panels, logarithmic if positive means span a decade; room for signs."""
    means = np.array([mean for mean, _ in found if np.isfinite(mean)] or [0.0])
    ends = np.array([mean + sign * sd for mean, sd in found if np.isfinite(mean) for sign in (-1, 1)] or [0.0, 1.0])
    if means.min() > 0 and means.max() > 10 * means.min():
        low = min([means.min(), *(floor for floor in floors if floor > 0)])
        high = min(ends.max(), REACH * low)
        axes.set(yscale="log", ylim=(low / 1.25, high * (high / low) ** 0.16))
        round_ticks(axes.yaxis, (1, 2, 5) if high < 60 * low else (1,))
    else:
        ends = np.append(ends, floors)
        room = np.ptp(ends) or 1
        axes.set_ylim(ends.min() - 0.06 * room, ends.max() + 0.16 * room)


def panel(axes, numbers, models, values, floors):
    """A line and a band per model, marks at the top if it diverged or is off the scale: the words it used."""
    at, _ = positions(values)
    low, high = axes.get_ylim()
    heights, used = dict.fromkeys(values, 0), set()
    for name in models:
        known = sorted((value for value in values if (value, name) in numbers), key=at.get)
        x = np.array([at[value] for value in known], dtype=float)
        mean, sd = np.array([numbers[value, name] for value in known]).reshape(-1, 2).T
        style = look(name)
        color = style["color"]
        sd = np.where(mean <= high, sd, np.nan)
        axes.fill_between(x, np.maximum(mean - sd, low), mean + sd, color=color, alpha=0.15, lw=0)
        axes.plot(x, mean, lw=1.7, ms=6, zorder=3, **style)
        lonely = isolated(mean)
        axes.errorbar(x[lonely], mean[lonely], sd[lonely], color=color, ls="", elinewidth=1.2, capsize=3)
        for value, middle in zip(known, mean, strict=True):
            if not middle <= high:
                words = OFF_SCALE if np.isfinite(middle) else DIVERGED
                stamp(axes, at[value], heights[value], SIGNS[words], color)
                heights[value] += 1
                used.add(words)
    if low < min(floors.values(), default=low):
        if len(set(floors.values())) == 1:
            axes.axhline(min(floors.values()), color=INK, ls="--", lw=1.2, zorder=2)
        else:  # the datasets are the axis
            axes.plot(
                *zip(*sorted((at[value], floor) for value, floor in floors.items()), strict=True), "--", color=INK
            )
        used.add(EXACT)
    axes.grid(axis="y", color="#eeeeee")
    return used


def isolated(mean):
    """Which points have no neighbour to draw a band to."""
    there = np.pad(np.isfinite(mean), 1)
    return there[1:-1] & ~there[:-2] & ~there[2:]


def stamp(axes, x, nth, sign, color):
    """The nth sign from the top at x."""
    where = {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points", "ha": "center", "va": "center"}
    axes.annotate(sign, (x, 1), (0, 2 - 9 * nth), fontsize=13, fontweight="bold", color=color, **where)


def ticks(axes, parameter, width):
    """The swept values themselves as ticks, as many as there is room for."""
    name, values = parameter
    at, kind = positions(values)
    if kind == "log":
        axes.set_xscale("log")
    ordered = sorted(values, key=at.get)
    texts = [f"{value:g}" if kind != "names" else drawable(str(shown(value))) for value in ordered]
    longest = 7 * max(map(len, texts)) + 12
    slanted = kind == "names" and longest * len(values) > width
    step = 1 if slanted else max(1, -(-longest * len(values) // int(width)))
    axes.set_xticks([at[value] for value in ordered[::step]], texts[::step])
    axes.xaxis.set_minor_locator(NullLocator())
    ends = np.array([min(at.values()), max(at.values())], dtype=float)
    if kind == "log":
        axes.set_xlim(ends * (ends[1] / ends[0]) ** np.array([-0.08, 0.08]))
    else:
        axes.set_xlim(ends + (0.5 if kind == "names" else 0.08 * np.ptp(ends) or 1) * np.array([-1, 1]))
    if slanted:
        axes.tick_params(axis="x", rotation=25)
    axes.set_xlabel(word(name))


def legend(figure, models, swept, marked):
    """One for the page: the models, exact samples, and the signs that were used."""
    several = dict.fromkeys(swept, Several())
    handles = [Line2D([], [], lw=1.8, label=title(name, several), **look(name)) for name in models]
    if EXACT in marked:
        handles.append(Line2D([], [], color=INK, ls="--", lw=1.2, label=EXACT))
    for words in SIGNS:
        if words in marked:
            handles.append(Line2D([], [], color=INK, marker=f"${SIGNS[words]}$", ms=9, ls="", label=words))
    corner = ((WIDTH - RIGHT + 8) / WIDTH, 1 - TOP / (figure.get_size_inches()[1] * figure.dpi))
    figure.legend(handles=handles, frameon=False, fontsize=12, loc="upper left", bbox_to_anchor=corner)

"""Quality against the number of network evaluations: every model's own sampler, and the ODE of those that have both."""

import numpy as np
from matplotlib.ticker import NullFormatter

from data.points import units
from evaluation.captions import flows
from evaluation.labels import number
from evaluation.summary import quality, results_of
from visualization.config import INK, look
from visualization.pages.layout import page, place, round_ticks, said
from visualization.scene import data_name
from visualization.text import drawable

MOST = 12  # captions
TITLES = ("Its own sampler: jumps, consistency steps, or the ODE", "The ODE of the same models, by Euler's method")
NOTE = (
    "Sliced W2 of the 256 samples of all pictures; mean over seeds, bands: ± their standard deviation. The sentences"
    " are about the models' own samplers. An Euler step is one evaluation of the network; one of Heun's method is two."
)


def numbers(runs):
    """Per sampler {title: rows (nfe, mean, standard deviation, floor)}: the own one of each model, and the ODE's."""
    results = results_of(runs)
    own = {result.title: quality(result.numbers) for result in results}
    ode = {result.title: quality(result.numbers, "ode_sliced_w2") for result in results}
    return {
        "data": data_name(runs[0].settings),
        "units": units(runs[0].settings["dataset"]),
        "names": {result.title: result.name for result in results},
        "own": own,
        "ode": {title: chart if len(chart) else own[title] for title, chart in ode.items() if len(own[title]) > 1},
        "floor": float(next(iter(own.values()))[0, 3]),
        "captions": list(flows(results))[:MOST],
    }


def draw(numbers):
    """Two panels with one vertical axis: a line per model over 1 .. 128 evaluations, named at its right end."""
    title = f"Quality against network evaluations: {numbers['data']}"
    height = max(520, 21 * len(numbers["names"]) + 20)
    captions = said(numbers["captions"])
    figure = page(height + 185, title, "\n".join([captions, NOTE]), numbers["units"])
    charts = [numbers["own"], *([numbers["ode"]] if numbers["ode"] else [])]
    low, high = limits(charts, numbers["floor"])
    for i, (chart, heading) in enumerate(zip(charts, TITLES, strict=False)):
        axes = place(figure, (80 + i * 790, 108, 540, height), heading)
        axes.set(xscale="log", yscale="log", xlim=(0.85, 150), ylim=(low, high))
        panel(axes, chart, numbers, height)
    return figure


def limits(charts, floor):
    """The vertical limits that hold all means and the floor."""
    means = np.concatenate([rows[:, 1] for chart in charts for rows in chart.values()])
    means = means[np.isfinite(means) & (means > 0)]
    ends = [*means, *([floor] if floor > 1e-6 else [])] or [0.1, 1.0]
    return min(ends) / 1.3, max(ends) * 1.3


def panel(axes, chart, numbers, height):
    """The lines of one panel, their bands, the floor, and the names where the lines end."""
    ends = {}
    for title, rows in chart.items():
        nfe, mean, sd, _ = rows.T
        style = look(numbers["names"][title])
        axes.fill_between(nfe, np.maximum(mean - sd, 1e-9), mean + sd, color=style["color"], alpha=0.15, lw=0)
        axes.plot(nfe, mean, lw=1.8, ms=7, label=title, **style)
        if np.isfinite(mean[-1]):
            ends[title] = mean[-1]
    if numbers["floor"] > 1e-6:
        axes.axhline(numbers["floor"], color=INK, ls="--", lw=1.3)
        words = f"exact samples {number(numbers['floor'])}"
        axes.text(1, numbers["floor"] * 1.03, words, fontsize=11, color=INK, va="bottom")
    names(axes, ends, numbers, height)
    axes.set_xlabel("network evaluations per sample", fontsize=11)
    axes.set_ylabel(
        "sliced W2" if numbers["floor"] > 1e-6 else "sliced W2 (exact samples: 0, off this axis)", fontsize=11
    )
    axes.set_xticks([2**k for k in range(8)], [str(2**k) for k in range(8)])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    round_ticks(axes.yaxis)
    axes.grid(axis="y", color="#eeeeee")


def names(axes, ends, numbers, height):
    """A name per line at the right, each at its line's height or, where they would overlap, below the one above."""
    low, high = np.log(axes.get_ylim())
    places, above = {}, 1 + 20 / height
    for title, end in sorted(ends.items(), key=lambda item: -item[1]):
        above = places[title] = min((np.log(end) - low) / (high - low), above - 21 / height)
    least = min(places.values(), default=0)
    for title, y in places.items():
        style = look(numbers["names"][title]) if title in numbers["names"] else {"color": INK}
        y = y + max(0, 8 / height - least) if least < 8 / height else y
        shown = {"transform": axes.transAxes, "va": "center", "fontsize": 11}
        axes.text(1.045, y, drawable(title), color=style["color"], **shown)
        mark = {name: style[name] for name in ("marker", "markerfacecolor") if name in style}
        axes.plot([1.025], [y], transform=axes.transAxes, color=style["color"], ms=7, clip_on=False, **mark)

"""Quality against the number of network evaluations, for all models, with the floor of exact samples."""

import textwrap

from matplotlib.ticker import LogLocator

from data.points import units
from evaluation.captions import flows
from evaluation.summary import quality, results_of, summary_of
from visualization.config import look
from visualization.pages.layout import page, place
from visualization.scene import data_name, titled


def numbers(runs):
    """Per model the rows (nfe, mean, standard deviation, floor) of sliced W2 (in 1D: W2) to the exact target."""
    summaries = {title: summary_of(run) for title, run in titled(runs).items()}
    return {
        "data": data_name(runs[0].settings),
        "units": units(runs[0].settings["dataset"]),
        "dim": runs[0].settings["dim"],
        "names": [run.settings["model"] for run in runs],
        "models": {title: quality(each) for title, each in summaries.items()},
        "captions": list(flows(results_of(runs))),
    }


def draw(numbers):
    """A line per model over 1 .. 128 evaluations, error bars over seeds."""
    title = f"Quality against network evaluations: {numbers['data']}"
    height = max(570, 25 * len(numbers["names"]) + 25)  # that of the legend
    figure = page(height + 165, title, "\n".join(numbers["captions"]), numbers["units"])
    axes = place(figure, (90, 100, 1210, height))
    for name, (title, chart) in zip(numbers["names"], numbers["models"].items(), strict=True):
        nfe, mean, sd, floor = chart.T
        axes.errorbar(nfe, mean, sd, lw=1.8, ms=7, capsize=3, label="\n".join(textwrap.wrap(title, 20)), **look(name))
    if floor[0] > 1e-6:  # in 1D exact samples reach 0, which a logarithmic axis cannot show
        axes.axhline(floor[0], color="black", ls="--", lw=1.2, label=f"exact samples {floor[0]:.3f}")
    axes.set(xscale="log", yscale="log", xlabel="network evaluations per sample")
    axes.set_ylabel("W2, exact samples: 0" if numbers["dim"] == 1 else "sliced W2")
    axes.set_xticks([2**k for k in range(8)], [str(2**k) for k in range(8)])
    axes.minorticks_off()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(axis="y", color="#eeeeee")
    axes.legend(frameon=False, fontsize=12, loc="upper left", bbox_to_anchor=(1.01, 1))
    return figure

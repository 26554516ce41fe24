"""Quality against the number of network evaluations, for all models, with the floor of exact samples."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from main import page_script

    page_script("steps")

import numpy as np

from data.points import units
from evaluation.captions import steps as captions
from evaluation.measures import means
from evaluation.measures import summary_of as numbers_of
from visualization.config import MARKS, SHADES
from visualization.page import page, place
from visualization.scene import data_name


def draw(runs):
    """Sliced W2 (in 1D: W2) to the exact target over 1 .. 128 evaluations, mean and standard deviation over seeds."""
    results = {run.model.title: numbers_of(run) for run in runs}
    notes = list(captions({name: means(numbers) for name, numbers in results.items()}))
    title = f"Quality against network evaluations: {data_name(runs[0].config)}"
    figure = page(760 + 20 * len(notes), title, "\n".join(notes), units(runs[0].config["dataset"]))
    axes = place(figure, (90, 100, 1210, 570))
    for i, (name, numbers) in enumerate(results.items()):
        chart = sorted((nfe, *value) for (measure, nfe), value in numbers.items() if measure == "sliced_w2" and nfe)
        nfe, mean, sd, floor = np.array(chart).T
        mark, shade = MARKS[i % len(MARKS)], SHADES[i % len(SHADES)]
        axes.errorbar(nfe, mean, sd, marker=mark, color=shade, lw=1.8, ms=7, capsize=3, label=name)
    if floor[0] > 1e-6:  # in 1D exact samples reach 0, which a logarithmic axis cannot show
        axes.axhline(floor[0], color="black", ls="--", lw=1.2, label=f"exact samples {floor[0]:.3f}")
    axes.set(xscale="log", yscale="log", xlabel="network evaluations for a sample")
    axes.set_ylabel("W2, exact samples: 0" if runs[0].config["dim"] == 1 else "sliced W2")
    axes.set_xticks([2**k for k in range(8)], [str(2**k) for k in range(8)])
    axes.minorticks_off()
    axes.grid(axis="y", color="#eeeeee")
    axes.legend(frameon=False, fontsize=12, loc="upper left", bbox_to_anchor=(1.01, 1))
    return figure

"""What the gap of consistency training costs: the exact map of each fixed point as a line, what was learnt as marks."""

import numpy as np

from data.gap import map_of_mean_pairs, map_of_single_pairs
from data.points import units
from evaluation.labels import number, plus_minus
from evaluation.reference import Reference
from evaluation.summary import summary_of
from models.calls import on_one_thread
from visualization.config import COLORS, INK
from visualization.pages.layout import page, place, round_ticks, said
from visualization.scene import data_name

NOTE = (
    "Map error: the root mean square distance to the exact flow map of the same noise. A point learns from one that is"
    " nearer to the data by the gap. With single pairs the lines through a point are averaged, which pulls the map to"
    " the mean of the data even if network and data are perfect (line). With mean pairs a step is an Euler step of the"
    " exact flow, whose error is smaller (line). Marks: what was learnt, over the seeds. At small gaps the training"
    " points and the network set the limit."
)
KINDS = {"conditional": ("single pairs", "#b7090d", "-", "o"), "marginal": ("mean pairs", "#306f9d", (0, (6, 2)), "s")}
LINE = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005)  # gaps of the lines


@on_one_thread()
def numbers(runs):
    """{kind of pairs: {gap: map error (mean, standard deviation)}}, learnt, and {kind: {gap: error}} of the theory."""
    learnt = {}
    for run in runs:
        if run.settings["dim"] == 1 and "gap" in run.settings:
            error = summary_of(run)["map_error", None][:2]
            learnt.setdefault(run.settings["target"], {})[run.settings["gap"]] = error
    learnt = {kind: dict(sorted(found.items())) for kind, found in learnt.items() if kind in KINDS and len(found) > 1}
    if not learnt:
        return None
    dataset = runs[0].settings["dataset"]
    theory = errors_of_theory(Reference(dataset))
    about = {"data": data_name(runs[0].settings), "dataset": dataset, "models": learnt, "theory": theory}
    return about | {"captions": list(captions(learnt, theory))}


def errors_of_theory(reference):
    """Map errors of the fixed points: {kind: {gap: error}}."""
    z, end = reference.z, reference.end[:, 0]

    def error(x):
        return float(np.sqrt(np.square(x - end).mean()))

    return {
        "conditional": {gap: error(map_of_single_pairs(reference.target, gap, z[:, 0])) for gap in LINE},
        "marginal": {gap: error(map_of_mean_pairs(reference.exact, gap, z)[:, 0]) for gap in LINE},
    }


def captions(learnt, theory):
    """Learnt against the fixed point, gap by gap."""
    for kind, found in learnt.items():
        pairs = [
            f"{number(theory[kind][gap])} and {plus_minus(*error)} at {gap:g}"
            for gap, error in reversed(found.items())
            if gap in theory[kind]
        ]
        yield f"Of {KINDS[kind][0]}, exact fixed point and learnt: {', '.join(pairs)}."


def draw(numbers):
    """One chart."""
    note = "\n".join([said(numbers["captions"]), NOTE])
    title = f"The gap of consistency training: {numbers['data']}"
    figure = page(620, title, note, units(numbers["dataset"]))
    axes = place(figure, (90, 110, 1000, 440), "Map error against the gap")
    for kind, found in numbers["models"].items():
        words, color, line, mark = KINDS[kind]
        theory = numbers["theory"][kind]
        axes.plot([*theory], [*theory.values()], color=color, ls=line, lw=1.8, label=f"{words}: exact fixed point")
        mean, sd = np.transpose([*found.values()])
        axes.errorbar([*found], mean, sd, color=color, marker=mark, ls="", ms=8, capsize=3, label=f"{words}: learnt")
    axes.set(xscale="log", yscale="log", xlabel="gap", ylabel="map error")
    round_ticks(axes.xaxis), round_ticks(axes.yaxis)
    axes.grid(color=COLORS["coupling_train"], alpha=0.2)
    axes.tick_params(colors=INK)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.02, 1.0))
    return figure

"""How the training went: of flows first the excess error, whose floor is 0, then the loss with a floor of its own."""

import numpy as np

from data.points import units
from evaluation.captions import collapse, sound
from evaluation.labels import number
from evaluation.summary import recorded, results_of, smoothed_loss, spike
from visualization.pages.layout import page, place, said
from visualization.panel import Panel
from visualization.scene import data_name
from visualization.views import history

NOTE = (
    "Mean over seeds; the band is one standard deviation. Losses are averaged over a twentieth of the epochs before.\n"
    "Dashed: the loss of the exact answer, the least possible one unless the network's own derivative is in a noisy"
    " target (MeanFlow, FACM): there a map that is smoother than the exact one has a lower loss. Flows that regress on"
    " the mean of all pairs through a state (--target marginal, the default from N(0, I)) have no noise in their"
    " target: the floor is 0, and flow matching's loss is its excess error on the law of its training points.\n"
    "Excess error: E|v − v_exact|² of the averaged weights at points of the exact flow; 0 for the exact velocity."
)
WIDE, GAP, HIGH = 320, 68, 210  # pixels of a panel, and between panels


def numbers(runs):
    """Per model the loss, its floor, its worst spike, and of a flow the excess error: epochs, mean, deviation each."""
    results = results_of(runs)
    models = {
        result.title: {
            "loss": smoothed_loss(run),
            "floor": result.floor("final_loss"),
            "excess": recorded(run, "excess_error") if "excess_error" in run.snapshots else None,
            "spike": spike(run),
        }
        for result, run in zip(results, runs, strict=True)
    }
    captions = [
        *collapse(sound(results)),
        *trained(sound(results)),
        *(words for title, each in models.items() for words in told(title, each)),
    ]
    about = {"data": data_name(runs[0].settings), "units": units(runs[0].settings["dataset"])}
    return about | {"models": models, "captions": captions}


def trained(results):
    """What a loss means once it is trained: next to that of the exact answer."""
    known = [result for result in results if np.isfinite(result.floor("final_loss")) and "excess_error" in result]
    if known:
        each = [f"{r.title} {number(r.mean('final_loss'))} (exact {number(r.floor('final_loss'))})" for r in known]
        yield f"Trained, the loss is: {', '.join(each)}."


def told(title, each):
    """What needs a word: a loss that rises while the model gets better, and a spike."""
    _, mean, _ = each["loss"]
    early, late = mean[: max(1, len(mean) // 100)], mean[-max(1, len(mean) // 20) :]
    low, end = np.nanmin(mean, initial=np.inf), np.nanmean(late) if np.isfinite(late).any() else np.nan
    if each["excess"] and end > 1.1 * np.nanmax([low, np.nanmin(early, initial=np.inf)]):
        _, errors, _ = each["excess"]
        floor = f" (The exact map has the loss {number(each['floor'])}.)" if np.isfinite(each["floor"]) else ""
        yield (
            f"{title}: its loss rose from {number(low)} to {number(end)} while its excess error fell from"
            f" {number(errors[0])} to {number(errors[-1])}. The target contains the network's own derivative, so its"
            f" noise grows as the map gets steeper: compare excess errors, not losses.{floor}"
        )
    if each["spike"]:
        epoch, seed, loss, times = each["spike"]
        usual = f"{number(times)} times its usual value"
        yield f"{title}: the loss of seed {seed} jumped to {number(loss)} in epoch {epoch}, {usual}."


def draw(numbers):
    """Models without an excess error first, a panel each; then the flows, a column of two panels each."""
    models = numbers["models"]
    basic = [name for name, each in models.items() if not each["excess"]]
    flows = [name for name, each in models.items() if each["excess"]]
    rows, pairs = -(-len(basic) // 4), -(-len(flows) // 4)
    height = 100 + (HIGH + 80) * (rows + 2 * pairs)
    note = "\n".join([said(numbers["captions"]), NOTE])
    figure = page(height, f"How the training went: {numbers['data']}", note, numbers["units"])
    for i, name in enumerate(basic):
        loss(figure, box(i % 4, i // 4), name, models[name])
    for i, name in enumerate(flows):
        row = rows + 2 * (i // 4)
        epochs, mean, sd = models[name]["excess"]
        panel = Panel(place(figure, box(i % 4, row), f"{name}: excess error"))
        history(panel, np.maximum(epochs, 0.7), mean, sd)
        panel.label("epoch (the first point is untrained)", "E|v − v_exact|²")
        panel.text("last", 0.03, 0.06, f"at the end {number(mean[-1])}, exact 0", still=True, size=10)
        loss(figure, box(i % 4, row + 1), f"{name}: loss", models[name])
    return figure


def box(column, row):
    return (80 + column * (WIDE + GAP), 104 + row * (HIGH + 80), WIDE, HIGH)


def loss(figure, place_of, title, each):
    """The loss of one model, and its floor."""
    panel = Panel(place(figure, place_of, title))
    if np.isfinite(each["loss"][1]).any():
        history(panel, *each["loss"], each["floor"], each["spike"])
    panel.label("epoch", "loss")

"""Memorised or learnt: how far samples are from the training points, and how far from the law they come from."""

import numpy as np

from data.exact import ExactFlow, transport_map_1d
from data.mixture import GaussianMixture
from data.points import units
from data.synthetic import samples
from evaluation.labels import number
from evaluation.metrics import sliced_w2, sliced_w2_to_points
from evaluation.reference import N_FOLLOWED, Reference, followed_noise
from evaluation.summary import over_seeds
from models.base import Flow
from visualization.config import INK
from visualization.pages.layout import page, place, round_ticks, said
from visualization.scene import data_name, titled

POINTS, LAW = ("#b7090d", (0, (1, 1.2)), "o"), ("#306f9d", "-", "s")  # colour, line and mark of the two distances
NEAR_ATOM = 0.02  # standard deviation of the training points as a mixture, whose flow memorises completely
STEPS = 40  # of that flow in 2D
NOTE = (
    "Sliced W2 of the 256 samples of all pictures, mean over seeds; bands: ± their standard deviation. Bars at the"
    " left: a model that has memorised everything, the exact flow of the training points (a mixture with a standard"
    f" deviation of {NEAR_ATOM} at each). Bars at the right: fresh samples of the law. Dashed, black: the training"
    " points themselves, to the law. A model that has learnt comes nearer to the law than they are."
)
COLUMNS, WIDE, HIGH = 4, 300, 230


def numbers(runs):
    """Per flow its course {"epochs", "points", "law"} and ends; per model the distances by the number of points.

    None if there is no flow.
    """
    flows = [run for run in runs if isinstance(run.model, Flow)]
    if not flows or Reference(flows[0].settings["dataset"]).source:
        return None
    dataset = flows[0].settings["dataset"]
    target = Reference(dataset).target
    longest, counts = {}, {}
    for run in flows:
        name, last = run.settings["model"], {key: values[-1] for key, values in distances(run).items()}
        if name not in longest or len(run.snapshots["epoch"]) > len(longest[name].snapshots["epoch"]):
            longest[name] = run
        last["own"] = sliced_w2(run.data.numpy(), target)
        counts.setdefault(run.model.title, {})[run.data.shape[1]] = {key: over_seeds(x) for key, x in last.items()}
    data = next(iter(longest.values())).data.numpy().astype(float)[:2]  # two seeds' are enough for both ends
    shown = titled([run for run in longest.values() if len(run.snapshots["epoch"]) > 2])  # no run of an experiment
    courses = {
        title: {"epochs": run.snapshots["epoch"].numpy(), "n": run.data.shape[1]}
        | {key: over_seeds(values, 1) for key, values in distances(run).items()}
        for title, run in shown.items()
    }
    found = {
        "data": data_name(flows[0].settings),
        "dataset": dataset,
        "courses": courses,
        "counts": {title: dict(sorted(each.items())) for title, each in counts.items() if len(each) > 1},
        "memorised": ends(np.stack([memorising(points) for points in data]), data, target),
        "fresh": ends(samples(target, N_FOLLOWED, range(10_000, 10_000 + len(data))), data, target),
    }
    return found | {"captions": list(captions(found))}


def distances(run):
    """{"points", "law"}: sliced W2 of the samples at every snapshot to each seed's points and to the law, (K, S)."""
    law, data = run.recorded("sliced_w2"), run.data.numpy()
    with np.errstate(all="ignore"):
        points = np.stack([sliced_w2_to_points(x, data) for x in run.snapshots["samples"].numpy()])
    return {"points": np.where(np.isnan(law), np.nan, points), "law": law}


def memorising(points):
    """Where the exact flow of training points (n, D) takes the followed noise."""
    n, dim = points.shape
    atoms = GaussianMixture(np.ones(n), points, np.tile(NEAR_ATOM**2 * np.eye(dim), (n, 1, 1)))
    flow, x = ExactFlow(atoms), followed_noise(dim)
    if dim == 1:
        return transport_map_1d(flow.source, atoms, x)
    for s in np.arange(STEPS) / STEPS:  # Heun's method: near the atoms an adaptive one takes a hundred times as long
        v = flow.velocity(x, s)
        x = x + (v + flow.velocity(x + v / STEPS, s + 1 / STEPS)) / (2 * STEPS)
    return x


def ends(samples, data, target):
    """{"points", "law"}: the mean distances of samples (S, N, D) to points (S, n, D) and to the law."""
    return {"points": float(sliced_w2_to_points(samples, data).mean()), "law": float(sliced_w2(samples, target).mean())}


def captions(numbers):
    """Where each flow ends between both ends, and where generalisation begins."""
    for title, course in numbers["courses"].items():
        points, law = course["points"][0][-1], course["law"][0][-1]
        memory, new = numbers["memorised"], numbers["fresh"]
        if law < memory["law"]:
            why = "so it has learnt more of the law than a copy of its points would show"
        elif points < 0.5 * new["points"]:
            why = "so it has memorised its points"
        else:
            why = "so it has neither memorised its points nor learnt more than they show"
        yield (
            f"{title}: its samples are {number(points)} from their {course['n']} training points (memorised"
            f" {number(memory['points'])}, fresh samples {number(new['points'])}) and {number(law)} from the law"
            f" (memorised {number(memory['law'])}, fresh samples {number(new['law'])}), {why}."
        )
    for title, found in numbers["counts"].items():
        better = [n for n, each in found.items() if each["law"][0] < each["own"][0]]
        begin = next((n for n in found if all(m in better for m in found if m >= n)), None)
        if begin:
            yield f"{title}: with {begin} training points or more its samples are nearer to the law than they are."
        else:
            yield f"{title}: even with {max(found)} training points its samples are no nearer to the law than they are."


def draw(numbers):
    """A panel per flow over the epochs; below, a panel per model over the number of points, if there are such runs."""
    courses, counts = numbers["courses"], numbers["counts"]
    rows, more = (-(-len(each) // COLUMNS) for each in (courses, counts))
    note = "\n".join([said(numbers["captions"]), NOTE])
    title = f"Memorised or learnt: {numbers['data']}"
    figure = page(100 + (HIGH + 90) * (rows + more), title, note, units(numbers["dataset"]))
    everything = [each[key][0] for each in courses.values() for key in ("points", "law")]
    everything += [[each[key][0] for each in found.values()] for found in counts.values() for key in ("points", "own")]
    values = np.concatenate([*map(np.ravel, everything), [*numbers["memorised"].values(), *numbers["fresh"].values()]])
    values = values[np.isfinite(values) & (values > 1e-4)]
    limits = (max(values.min() / 1.5, 3e-3), values.max() * 1.3)
    for i, (name, course) in enumerate(courses.items()):
        axes = place(figure, (90 + 385 * (i % COLUMNS), 104 + (HIGH + 90) * (i // COLUMNS), WIDE, HIGH), name)
        x = np.maximum(course["epochs"], 0.7)
        lines(axes, x, course["points"], course["law"])
        axes.set(xscale="log", yscale="log", ylim=limits, xlabel="epoch", xlim=(0.45, 1.5 * x[-1]))
        axes.xaxis.set_major_formatter("{x:g}")
        round_ticks(axes.yaxis)
        levels(axes, numbers)
        if i == 0:
            axes.set_ylabel("sliced W2 of the samples")
            axes.legend(frameon=False, fontsize=9.5, loc="upper right")
    for i, (name, found) in enumerate(counts.items()):
        box = (90 + 385 * (i % COLUMNS), 104 + (HIGH + 90) * (rows + i // COLUMNS), WIDE, HIGH)
        axes = place(figure, box, f"{name}: more points")
        points, law, own = (np.array([each[key] for each in found.values()]).T for key in ("points", "law", "own"))
        lines(axes, np.array(list(found)), points, law)
        axes.plot(list(found), own[0], color=INK, ls="--", lw=1.3, label="the points, to the law")
        if i == 0:
            axes.set_ylabel("sliced W2 of the samples")
            axes.legend(frameon=False, fontsize=9.5, loc="upper right")
        axes.set(xscale="log", yscale="log", ylim=limits, xlabel="training points, as many steps")
        axes.set_xticks(list(found), list(map(str, found)))
        axes.minorticks_off()
        round_ticks(axes.yaxis)
    return figure


def lines(axes, x, points, law):
    """Both distances, (mean, standard deviation) each, against x."""
    for (mean, sd), (color, line, mark), words in ((points, POINTS, "to its points"), (law, LAW, "to the law")):
        axes.fill_between(x, np.maximum(mean - sd, 1e-4), mean + sd, color=color, alpha=0.15, lw=0)
        axes.plot(x, mean, color=color, ls=line, marker=mark, ms=4, lw=1.6, label=words)


def levels(axes, numbers):
    """What each distance would be at both ends: a bar at the left for memorised, at the right for fresh samples."""
    for end, x in {"memorised": (0.0, 0.07), "fresh": (0.93, 1.0)}.items():
        for key, (color, *_) in (("points", POINTS), ("law", LAW)):
            level = max(numbers[end][key], axes.get_ylim()[0])
            axes.plot(x, [level, level], transform=axes.get_yaxis_transform(), color=color, lw=3, solid_capstyle="butt")

"""One table of all models: metrics.csv (tidy), scoreboard.md, and the cells of scoreboard.png."""

from data.points import labels, units
from evaluation.captions import captions, failures
from evaluation.labels import COLUMNS
from evaluation.summary import diverged, means, own_steps, summary
from models import MODELS

FIELDS = ("model", "dim", "dataset", "seed", "nfe", "measure", "value", "floor")

NOTES = (
    "W2: 10,000 points by sorting in 1D, 1,024 by exact assignment in 2D, both in exact mode proportions; all else on",
    "512 points. Sliced W2: 32 directions against exact quantiles. Field error: E |v - v_exact|^2. Map error: root",
    "mean square distance to the exact flow map of the same noise.",
)


def tidy(runs):
    """One dict per number, with all of FIELDS. runs: (settings, rows) of evaluated runs."""
    names = labels([settings["dataset"] for settings, _ in runs])
    for settings, rows in runs:
        for row in rows:
            yield {"model": settings["model"], "dim": settings["dim"], "dataset": names[settings["dataset"]], **row}


def groups(runs):
    """Runs grouped by dimension and dataset, models in the order of the registry: [(title, runs)]."""
    grouped, names = {}, labels([settings["dataset"] for settings, _ in runs])

    def place(run):
        return run[0]["dim"], names[run[0]["dataset"]], list(MODELS).index(run[0]["model"])

    for settings, rows in sorted(runs, key=place):
        about = units(settings["dataset"])
        title = f"{settings['dim']}D, {names[settings['dataset']]}" + (f", {about}" if about else "")
        grouped.setdefault(title, []).append((settings, rows))
    return list(grouped.items())


def board(runs):
    """The numbers of one group: (columns, floor of each, {model: [(mean, standard deviation) or None]})."""
    summaries = {settings["model"]: summary(rows) for settings, rows in runs}
    columns = [key for key in COLUMNS if any(key in numbers for numbers in summaries.values())]
    floors = [next(numbers[key][2] for numbers in summaries.values() if key in numbers) for key in columns]
    cells = {
        name: [numbers[key][:2] if key in numbers else None for key in columns] for name, numbers in summaries.items()
    }
    return columns, floors, cells


def table(runs):
    """(head, lines) of one group as text; the first line is for exact samples."""
    columns, floors, cells = board(runs)
    head = ["model", "steps", *(COLUMNS[key] for key in columns)]
    lines = [["exact samples", "", *(f"{floor:.3f}" for floor in floors)]]
    for settings, rows in runs:
        name, (lost, n) = settings["model"], diverged(rows)
        if len(lost) == n:
            texts = ["diverged" if cell else "" for cell in cells[name]]
        else:
            texts = ["{:.3f} ± {:.3f}".format(*cell) if cell else "" for cell in cells[name]]
        few = f" ({n - len(lost)} of {n} seeds)" if 0 < len(lost) < n else ""
        lines.append([name + few, str(own_steps(rows)), *texts])
    return head, lines


def sentences(runs):
    """The captions of one group."""
    missing = failures({settings["model"]: diverged(rows) for settings, rows in runs})
    return [*missing, *captions({settings["model"]: means(summary(rows)) for settings, rows in runs})]


def markdown(runs):
    """The whole scoreboard.md."""
    parts = [
        "# Scoreboard",
        "",
        "Mean ± standard deviation over seeds; the first row is for exact samples.",
    ]
    for title, group in groups(runs):
        head, lines = table(group)
        epochs = ", ".join(sorted({str(settings["epochs"]) for settings, _ in group}))
        parts += ["", f"## {title}, {epochs} epochs", "", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
        parts += ["| " + " | ".join(line) + " |" for line in lines]
        parts += ["", *(f"- {sentence}" for sentence in sentences(group))]
    parts += ["", *NOTES]
    return "\n".join(parts) + "\n"

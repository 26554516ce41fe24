"""One table of all models: metrics.csv (tidy), scoreboard.md, and the numbers of scoreboard.png."""

from data.points import labels, units
from evaluation.captions import captions, failures
from evaluation.labels import COLUMNS, number, plus_minus
from evaluation.summary import results
from models import MODELS

FIELDS = ("model", "dim", "dataset", "seed", "nfe", "measure", "value", "floor")

NOTES = (
    "W2: 10,000 points by sorting in 1D, 1,024 by exact assignment in 2D (or --w2-points), in exact mode proportions.",
    "Of encoders W2 is that of decoded prior samples; with decoder noise (variance 1/2), that of draws from p(x|z).",
    "Sliced W2: the 256 points of all pictures, in 32 directions (one in 1D) against exact quantiles. All else: 512.",
    "Excess error: E|v - v_exact|². Map error: root mean square distance to the exact flow map of the same noise.",
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
    """The numbers of one group: (columns, floor of each, [(Result, [(mean, standard deviation) or None])])."""
    found = results(runs)
    columns = [key for key in COLUMNS if any(key in result.numbers for result in found)]
    floors = [next(result.numbers[key][2] for result in found if key in result.numbers) for key in columns]
    cells = [
        (result, [result.numbers[key][:2] if key in result.numbers else None for key in columns]) for result in found
    ]
    return columns, floors, cells


def table(runs):
    """(head, lines) of one group as text; the first line is for exact samples."""
    columns, floors, cells = board(runs)
    head = ["model", "evaluations", *(COLUMNS[key] for key in columns)]
    lines = [["exact samples", "", *map(number, floors)]]
    for result, each in cells:
        lost = len(result.lost)
        if lost == result.seeds:
            texts = ["diverged" if cell else "" for cell in each]
        else:
            texts = [plus_minus(*cell) if cell else "" for cell in each]
        few = f" ({result.seeds - lost} of {result.seeds} seeds)" if 0 < lost < result.seeds else ""
        lines.append([result.title + few, str(result.steps), *texts])
    return head, lines


def sentences(runs):
    """The captions of one group."""
    found = results(runs)
    return [*failures(found), *captions(found)]


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

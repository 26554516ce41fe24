"""One table of all models: metrics.csv (tidy), scoreboard.md, and the cells of scoreboard.png.

python evaluation/scoreboard.py    rebuilds them from the saved runs, without training
"""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from main import page_script

    page_script("scoreboard")

import csv

from data.points import labels, units
from evaluation.captions import captions, failures
from evaluation.measures import diverged, means, summary
from models import MODELS

FIELDS = ("model", "dim", "dataset", "seed", "nfe", "measure", "value", "floor")
COLUMNS = {  # measure: heading of the table; all are better when nearer to the first row
    ("w2", None): "W2",
    ("sliced_w2", None): "sliced W2",
    ("energy_distance", None): "energy distance",
    ("mmd", None): "MMD",
    ("mass_0", None): "mode 0, mass",
    ("worst_mass", None): "worst mass error",
    ("nll", None): "NLL, nats",
    ("field_error", None): "field error",
    ("map_error", 1): "map error, 1 step",
    ("map_error", 128): "map error, 128 steps",
    ("reconstruction_error", None): "reconstruction",
    ("kl", None): "KL, nats",
    ("latent_w2", None): "latent to prior, W2",
}

NOTES = (
    "W2: 10,000 points by sorting in 1D, 1,024 by exact assignment in 2D, both in exact mode proportions; all else on",
    "512 points. Sliced W2: 32 directions against exact quantiles. Field error: E |v - v_exact|^2. Map error: root",
    "mean square distance to the exact flow map of the same noise.",
)


def tidy(runs):
    """One dict per number, with all of FIELDS. runs: (config, rows) of measured runs."""
    names = labels([config["dataset"] for config, _ in runs])
    for config, rows in runs:
        for row in rows:
            yield {"model": config["model"], "dim": config["dim"], "dataset": names[config["dataset"]], **row}


def write_csv(runs, file):
    writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(tidy(runs))


def groups(runs):
    """The runs of one dimension and dataset each, models in the order of the registry: [(title, runs)]."""
    found, names = {}, labels([config["dataset"] for config, _ in runs])

    def place(run):
        return run[0]["dim"], names[run[0]["dataset"]], list(MODELS).index(run[0]["model"])

    for config, rows in sorted(runs, key=place):
        about = units(config["dataset"])
        title = f"{config['dim']}D, {names[config['dataset']]}" + (f", {about}" if about else "")
        found.setdefault(title, []).append((config, rows))
    return list(found.items())


def table(runs):
    """(head, lines) of one group as text; the first line is that of exact samples."""
    summaries = {config["model"]: summary(rows) for config, rows in runs}
    columns = [key for key in COLUMNS if any(key in numbers for numbers in summaries.values())]
    floors = [next(numbers[key][2] for numbers in summaries.values() if key in numbers) for key in columns]
    head = ["model", "steps", *(COLUMNS[key] for key in columns)]
    lines = [["exact samples", "", *(f"{floor:.3f}" for floor in floors)]]
    for config, rows in runs:
        numbers = summaries[config["model"]]
        own = next((row["nfe"] for row in rows if row["measure"] == "w2"), 1)
        cells = [f"{numbers[key][0]:.3f} ± {numbers[key][1]:.3f}" if key in numbers else "" for key in columns]
        lost, n = diverged(rows)
        if len(lost) == n:
            cells = [cell and "diverged" for cell in cells]
        name = config["model"] + (f" ({n - len(lost)} of {n} seeds)" if 0 < len(lost) < n else "")
        lines.append([name, str(own), *cells])
    return head, lines


def sentences(runs):
    """The captions of one group."""
    missing = failures({config["model"]: diverged(rows) for config, rows in runs})
    return [*missing, *captions({config["model"]: means(summary(rows)) for config, rows in runs})]


def markdown(runs):
    """The whole scoreboard.md."""
    parts = [
        "# Scoreboard",
        "",
        "Mean ± standard deviation over seeds; the first row is exact samples.",
    ]
    for title, group in groups(runs):
        head, lines = table(group)
        epochs = ", ".join(sorted({str(config["epochs"]) for config, _ in group}))
        parts += ["", f"## {title}, {epochs} epochs", "", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
        parts += ["| " + " | ".join(line) + " |" for line in lines]
        parts += ["", *(f"- {sentence}" for sentence in sentences(group))]
    parts += ["", *NOTES]
    return "\n".join(parts) + "\n"

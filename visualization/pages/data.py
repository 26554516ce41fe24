"""What the data look like: a summary in lines, and a picture."""

import numpy as np

from data.exact import ExactFlow
from data.points import label, units
from data.synthetic import noise, samples
from evaluation.reference import Reference
from visualization.config import COLORS
from visualization.pages.layout import page, place
from visualization.panel import Panel, in_users_units, over_time
from visualization.stage import Stage
from visualization.style import house_style
from visualization.text import drawable


def numbers(targets, n, seed):
    """Per dataset: itself, its mixture, n samples (n, D), the floor of flow matching. targets: [(dataset, mixture)]."""
    return [
        (dataset, mixture, samples(mixture, n, [seed])[0], Reference(dataset).flow_matching_floor)
        for dataset, mixture in targets
    ]


def table(numbers):
    """The summary as lines of text."""
    lines = [f"{'dataset':17} components  samples  {'mean':16} {'standard deviation':20} exact loss floor"]
    for dataset, mixture, x, floor in numbers:
        mean, sd = (" ".join(f"{v:6.2f}" for v in values) for values in (x.mean(0), x.std(0)))
        lines.append(f"{label(dataset):17} {len(mixture.weights):10} {len(x):8}  {mean:16} {sd:20} {floor:.3f}")
        if units(dataset):
            lines.append(f"{'':17} {units(dataset)}")
    return lines


def draw(numbers):
    """The figure."""
    return _draw_1d(*numbers[0][:3]) if numbers[0][1].dim == 1 else _draw_2d(numbers)


def _draw_1d(dataset, mixture, x):
    """The samples on their density, and the whole exact flow from the noise to them."""
    flow, x, stage = ExactFlow(mixture), x[:, 0], Stage(dataset)
    counts = f" ({' + '.join(map(str, mixture.counts(len(x))))}, exact proportions)" if len(mixture.weights) < 9 else ""
    ((low, high),) = stage.limits
    grid = np.linspace(low, high, 400)
    with house_style():
        figure = page(700, "The 1D data, and the exact flow from noise to them", about=units(dataset))
        left = place(figure, (62, 100, 560, 540), f"{len(x)} samples{counts} and their density")
        left.hist(x, bins=40, density=True, color=COLORS["data_x"], alpha=0.3)
        left.plot(grid, np.exp(mixture.log_prob(grid)), color=COLORS["data_x"], lw=2, label="data")
        left.plot(
            grid, np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi), color=COLORS["prior_z"], lw=2, label="prior N(0, 1)"
        )
        left.plot(x, np.full_like(x, -0.008), "|", color=COLORS["data_x"], alpha=0.5, ms=8)
        left.legend(frameon=False, loc="upper right", fontsize=12)
        left.set_xlim(low, high)
        in_users_units(left, stage, x=0, density=True)
        left.spines[["top", "right"]].set_visible(False)
        right = place(figure, (700, 100, 860, 540), "Density of x at progress s, and the paths of 32 noise points")
        s = np.linspace(0, 1, 160)
        density = np.stack([np.exp(flow.log_density(grid, at)) for at in s], 1)
        right.imshow(density**0.6, extent=(0, 1, low, high), origin="lower", aspect="auto", cmap="Oranges")
        Panel(right).lines("paths", over_time(flow.path(noise(32, 1, None), s)), "exact", alpha=0.6, still=True)
        right.set(xlim=(0, 1), ylim=(low, high), xlabel="progress s: noise to data")
        in_users_units(right, stage, y=0)
    return figure


def _draw_2d(numbers):
    """Every target: its density, its samples, and the prior's rings; each square at its own scale."""
    side = 372 if len(numbers) > 1 else 640
    rows, about = -(-len(numbers) // 4), units(numbers[0][0]) if len(numbers) == 1 else ""
    with house_style():
        figure = page(
            70 + rows * (side + 42) + 10, f"{len(numbers[0][2])} samples of each 2D target, on its density", about=about
        )
        for i, (name, _, x, _) in enumerate(numbers):
            axes = place(
                figure,
                (22 + i % 4 * (side + 22), 104 + i // 4 * (side + 42), side, side),
                drawable(label(name).replace("_", " ")),
            )
            panel, where = Panel(axes), Stage(name)
            panel.limits(*where.limits, [], [], equal=True)
            panel.columns(where, x=0, y=1)
            panel.rings()
            panel.hills(where.hills)
            panel.points("x", x, "data_x", size=6, still=True, alpha=0.8)
    return figure

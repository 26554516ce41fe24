"""What the data look like: a summary for the terminal and a picture, behind data/synthetic.py and synthetic_2d.py."""

import sys

import numpy as np

from data.exact import ExactFlow
from data.points import label, units
from data.synthetic import DATASETS_2D, noise, samples, target
from training.config import Config, guarded, parse, ready
from visualization.config import COLORS
from visualization.page import page, place, save
from visualization.panels import Panel, in_users_units, over_time
from visualization.scene import stage
from visualization.style import house_style
from visualization.words import drawable


def show(dim):
    """The command behind a data script: ends the program with its exit status."""
    sys.exit(guarded(lambda: _show(dim)))


def _show(dim):
    config, given = parse(sys.modules["__main__"].__doc__, Config(dim=f"{dim}d"))
    names = (config.dataset_in(dim),) if dim == 1 or "dataset" in given else DATASETS_2D
    with ready(config):
        return _describe(dim, names, config)


def _describe(dim, names, config):
    print(f"{'dataset':17} components  samples  {'mean':16} {'standard deviation':20} exact loss floor")
    for name in names:
        x = samples(target(name), config.n_samples, [config.seed])[0]
        floor = ExactFlow(target(name)).loss_floor_and_error(scrambles=2, points=512)[0]
        mean, sd = (" ".join(f"{v:6.2f}" for v in values) for values in (x.mean(0), x.std(0)))
        print(f"{label(name):17} {len(target(name).weights):10} {len(x):8}  {mean:16} {sd:20} {floor:.3f}")
        if units(name):
            print(f"{'':17} {units(name)}")
    figure = (_draw_1d if dim == 1 else _draw_2d)(names, config)
    path = config.output_dir / (f"data_{dim}d.png" if len(names) != 1 or dim == 1 else f"data_2d_{_stem(names[0])}.png")
    save(figure, path)
    print(f"written: {path}")
    return 0


def _stem(name):
    """A dataset's name as part of a file's, in letters that the file system can write."""
    encoding = sys.getfilesystemencoding()
    return label(name).encode(encoding, "plain").decode(encoding)


def _draw_1d(names, config):
    """The samples on their density, and the whole exact flow from the noise to them."""
    mixture, flow = target(names[0]), ExactFlow(target(names[0]))
    x = samples(mixture, config.n_samples, [config.seed])[0, :, 0]
    counts = (
        f" ({' + '.join(map(str, mixture.counts(len(x))))} in exact proportions)" if len(mixture.weights) < 9 else ""
    )
    ((low, high),) = stage(names[0]).limits
    grid = np.linspace(low, high, 400)
    with house_style():
        figure = page(700, "The 1D data, and the exact flow from noise to them", about=units(names[0]))
        left = place(figure, (62, 100, 560, 540), f"{len(x)} samples{counts} and their density")
        left.hist(x, bins=40, density=True, color=COLORS["data_x"], alpha=0.3)
        left.plot(grid, np.exp(mixture.log_prob(grid)), color=COLORS["data_x"], lw=2)
        left.plot(grid, np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi), color=COLORS["prior_z"], lw=2)
        left.plot(x, np.full_like(x, -0.008), "|", color=COLORS["data_x"], alpha=0.5, ms=8)
        for y, words, meaning in ((0.9, "data", "data_x"), (0.85, "prior N(0, 1)", "prior_z")):
            options = {"transform": left.transAxes, "ha": "right", "va": "top", "fontsize": 13}
            left.text(0.98, y, words, color=COLORS[meaning], **options)
        left.set_xlim(low, high)
        in_users_units(left, stage(names[0]), x=0, density=True)
        left.spines[["top", "right"]].set_visible(False)
        right = place(figure, (700, 100, 860, 540), "Density of x at progress s, and the paths of 32 noise points")
        s = np.linspace(0, 1, 160)
        density = np.stack([np.exp(flow.log_density(grid, at)) for at in s], 1)
        right.imshow(density**0.6, extent=(0, 1, low, high), origin="lower", aspect="auto", cmap="Oranges")
        Panel(right).lines("paths", over_time(flow.path(noise(32, 1, None), s)), "exact", alpha=0.6, still=True)
        right.set(xlim=(0, 1), ylim=(low, high), xlabel="progress s: noise to data")
        in_users_units(right, stage(names[0]), y=0)
    return figure


def _draw_2d(names, config):
    """Every target: its density, its samples, and the prior's rings; each square at its own scale."""
    side = 372 if len(names) > 1 else 640
    rows, about = -(-len(names) // 4), units(names[0]) if len(names) == 1 else ""
    with house_style():
        figure = page(
            70 + rows * (side + 42) + 10, f"{config.n_samples} samples of each 2D target, on its density", about=about
        )
        for i, name in enumerate(names):
            axes = place(
                figure,
                (22 + i % 4 * (side + 22), 104 + i // 4 * (side + 42), side, side),
                drawable(label(name).replace("_", " ")),
            )
            panel, where = Panel(axes), stage(name)
            panel.limits(*where.limits, [], [], equal=True)
            panel.columns(where, x=0, y=1)
            panel.rings()
            panel.hills(where)
            x = samples(where.target, config.n_samples, [config.seed])[0]
            panel.points("x", x, "data_x", size=6, still=True, alpha=0.8)
    return figure

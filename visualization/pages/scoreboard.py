"""The scoreboard as a picture: every model, every measure, the value of exact samples first, and the captions."""

import textwrap

from evaluation.scoreboard import NOTES, groups, sentences, table
from visualization.pages.layout import page
from visualization.text import drawable

LINE = 27


def numbers(runs):
    """The tables of all dimensions and datasets: [(title, head, lines, captions)]."""
    measured = [(run.settings, run.measures["rows"]) for run in runs]
    return [(title, *table(group), sentences(group)) for title, group in groups(measured)]


def draw(parts):
    """The tables below each other. parts: see `numbers`."""
    wrapped = [[line for each in said for line in textwrap.wrap("• " + each, 200)] for *_, said in parts]
    height = 60 + sum(
        LINE * (len(lines) + 4) + 20 * len(said) for (_, _, lines, _), said in zip(parts, wrapped, strict=True)
    )
    figure = page(height, "Scoreboard: mean ± standard deviation over seeds", "\n".join(NOTES))
    top = 80
    for (title, head, lines, _), said in zip(parts, wrapped, strict=True):
        text(figure, 24, top, drawable(title), size=13, weight="bold")
        top = rows(figure, top + LINE, head, lines)
        for line in said:
            text(figure, 24, top, line, size=10, color="#444444")
            top += 20
        top += LINE
    return figure


def rows(figure, top, head, lines):
    """One table; exact samples in the first line. Returns where it ends."""
    name = 24 + max(126, 9 * max(len(line[0]) for line in lines))
    width = (1520 - name) / (len(head) - 2)
    left = [24, name, *(name + 60 + i * width for i in range(len(head) - 2))]
    for x, name in zip(left, head, strict=True):
        text(figure, x, top + 12, "\n".join(textwrap.wrap(name, 14)), size=9.5, color="#555555", va="center")
    top += LINE + 12
    for i, line in enumerate(lines):
        if i % 2 == 0:
            stripe(figure, top - 4)
        for x, cell in zip(left, line, strict=True):
            text(figure, x, top + 9, cell, size=9.5, weight="bold" if i == 0 or x == 24 else "normal", va="center")
        top += LINE
    return top + 8


def text(figure, x, y, line, size, **options):
    width, height = figure.get_size_inches() * figure.dpi
    figure.text(x / width, 1 - y / height, line, fontsize=size, **{"va": "top"} | options)


def stripe(figure, y):
    from matplotlib.patches import Rectangle

    width, height = figure.get_size_inches() * figure.dpi
    box = Rectangle((16 / width, 1 - (y + LINE) / height), 1 - 32 / width, LINE / height, color="#f3f3f3", lw=0)
    box.set(transform=figure.transFigure, zorder=-1)
    figure.add_artist(box)

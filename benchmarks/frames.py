"""Milliseconds of a comparison frame of eight panels, split into drawing, PNG and GIF, compared with the plain way."""

import io

from PIL import Image

from benchmarks.tools import median_seconds, table
from commands.config import Config
from models import MODELS
from training.runs import train
from visualization.animation import gif_part, shared_palette, without_unchanged
from visualization.figure import Comparison

FRAMES = 12


def plain_frame(runs, k):
    """A new figure for the frame, drawn from scratch and saved as a PNG; without the text that changes."""
    film = Comparison(runs)
    film.render(k)
    for panel, _, _ in film.cells:
        for artist in panel.artists.values():
            artist.set_animated(False)
    film.figure.savefig(io.BytesIO(), format="png")


def plain_gif(images):
    """Pillow's own GIF, with a palette for each frame."""
    images[0].save(io.BytesIO(), format="GIF", save_all=True, append_images=images[1:])


def split(film):
    """Median milliseconds per frame of (drawing, PNG, its share of the GIF)."""
    palette = shared_palette(film, range(FRAMES))
    pixels = [film.render(k) for k in range(FRAMES)]
    entries = [palette.entries(image) for image in pixels]
    turn = iter(list(range(FRAMES)) * 20)

    def png():
        image = palette.image(palette.entries(pixels[next(turn)]))
        image.save(io.BytesIO(), format="PNG", compress_level=1)

    def gif():
        k = 1 + next(turn) % (FRAMES - 1)
        gif_part(palette.image(without_unchanged(entries[k], entries[k - 1])))

    parts = (lambda: film.render(next(turn))), png, gif
    return [1e3 * median_seconds(part, 2 * FRAMES) for part in parts]


def measure(folder):
    rows = []
    for dim in (1, 2):
        config = Config(epochs=FRAMES, viz_freq=1)
        runs = [train(config.run_settings(name, dim)) for name in MODELS]
        film = Comparison(runs)
        ours = split(film)
        images = [Image.fromarray(film.render(k)) for k in range(4)]
        plain = 1e3 * median_seconds(lambda runs=runs: plain_frame(runs, 3), 3)
        plain += 1e3 * median_seconds(lambda images=images: plain_gif(images), 3) / len(images)
        rows.append([f"{dim}D", *(f"{t:.0f}" for t in (*ours, sum(ours), plain)), f"{plain / sum(ours):.0f}"])
    head = ["frame of eight panels", "draw", "PNG", "GIF", "in all", "plain way", "times faster"]
    table(folder, "frames", "Milliseconds per comparison frame, one core", head, rows)

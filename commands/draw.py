"""How a worker draws what needs no torch. Like work.py it is imported only in workers: see `workers.local`."""

from functools import partial, singledispatch

from PIL.PngImagePlugin import PngInfo

from commands.files import replace_file, stamp, write_bytes
from commands.jobs import DataPage
from commands.sweep import Chart
from data.synthetic import target
from visualization.pages import data, sweep
from visualization.pages.layout import film_of, image_of
from visualization.style import defaults, vector_of

FRAME = 100  # milliseconds of a page's film


@singledispatch
def do(job, report):
    raise TypeError(f"no worker function for {job}")


def write_png(image, path, key=None, **options):
    """Write a Pillow image as a PNG that is known as ours; key: of the runs that it shows."""
    info = PngInfo()
    info.add_text("Comment", stamp(key))
    replace_file(path, lambda temporary: image.save(temporary, format="PNG", pnginfo=info, **options))


def write_vector(content, path, key=None):
    """Write the bytes of an SVG or a PDF as a file that is known as ours: in a comment behind its end."""
    mark = f"<!-- {stamp(key)} -->" if path.suffix == ".svg" else f"% {stamp(key)}"
    write_bytes(path, content.rstrip() + f"\n{mark}\n".encode())


def write_still(path, key, image, vector):
    """Write a still picture in the format of its name; image(): its pixels; vector(kind): its bytes."""
    if path.suffix == ".png":
        write_png(image(), path, key)
    else:
        write_vector(vector(path.suffix[1:]), path, key)


def write_page(draw, numbers, path, key=None):
    """Write the figure draw(numbers) of a page, whatever settings of matplotlib a notebook has changed."""
    with defaults():
        figure = draw(numbers)
        write_still(path, key, partial(image_of, figure), partial(vector_of, figure))


def write_moving(film, numbers, path, key=None):
    """Write the figures film(numbers) of a page as a GIF that loops, and rests on its last one."""
    with defaults():
        first, *others = film_of(film(numbers))
    wait = [FRAME] * len(others) + [20 * FRAME]
    options = {"save_all": True, "append_images": others, "duration": wait, "loop": 0, "comment": stamp(key).encode()}
    replace_file(path, lambda temporary: first.save(temporary, format="GIF", **options))


@do.register
def _(page: DataPage, report):
    targets = [(dataset, target(dataset)) for dataset in page.datasets]
    numbers = data.numbers(targets, page.config.n_samples, page.config.seed)
    write_page(data.draw, numbers, page.path())
    return page.path(), data.table(numbers)


@do.register
def _(chart: Chart, report):
    path = chart.path()
    write_page(lambda table: sweep.draw(table, chart.sweep, chart.measure), chart.table, path)
    return path

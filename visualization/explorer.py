"""The explorer: one offline page, report.html, in which all saved models run and can be played with.

python visualization/explorer.py    rebuilds it from the saved runs, without training
"""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from training.surroundings import own_matplotlib

    own_matplotlib()
    from visualization.explorer import main

    sys.exit(main())

import html
import json
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from models import MODELS
from training.config import Config, UsageError, guarded, parse, ready, run_file
from training.files import drawn_from, stamp, write_text
from visualization.pages import key, of_dataset, readable

PARTS = Path(__file__).with_suffix("")  # the folder of the page's sources


@dataclass(frozen=True)
class Report:
    """The page of a folder's saved runs: those of main.py, or with `comparison` those of run_comparison.py.

    If one of them has none of a dimension, the other's are shown. datasets: {dim: which runs}, see `Page`.
    """

    folder: Path
    datasets: dict = field(default_factory=dict, hash=False)
    comparison: bool = False
    again: bool = False

    def __str__(self):
        return "report"

    def path(self):
        return self.folder / "report.html"

    def files(self):
        return [self.path()]

    def key(self):
        """The key of what the page shows: see `visualization.pages.key`."""
        paths = [path for paths in self.sources().values() for path in paths]
        return key(paths, *(self.datasets.get(dim) for dim in (1, 2)))

    def sources(self):
        """The checkpoints that the page shows: {dim: paths}."""
        found = {}
        for dim in (1, 2):
            places = [self.folder, self.folder / f"comparison_{dim}d"]
            for place in reversed(places) if self.comparison else places:
                paths = [path for name in MODELS if (path := run_file(place, name, dim)).exists()]
                if paths and dim not in found:
                    found[dim] = paths
        return found

    def chosen(self, dim, runs):
        """The runs of a dimension that the page shows; none if nobody asked for it and they have different data."""
        if self.datasets and dim not in self.datasets and len({run.config["dataset"] for run in runs}) > 1:
            return []
        return of_dataset(runs, self.datasets.get(dim))

    def __call__(self, report):
        """Write the page, in a worker."""
        return write_report(self)


def write_report(report):
    """Write the page unless it is there and shows what the runs hold now; its path, or None if it was not written."""
    from visualization.payload import payload

    sources = report.sources()
    if not sources or (drawn_from(report.path()) == report.key() and not report.again):
        return None
    runs_by_dim, refusals = {}, []
    for dim, paths in sources.items():
        runs, refusal = readable(paths)
        runs_by_dim[dim] = report.chosen(dim, runs)
        refusals += [refusal] if refusal else []
    if not any(runs_by_dim.values()):
        raise RuntimeError(f"no saved runs on that dataset in {report.folder}")
    text = assemble(payload(runs_by_dim), report.key())
    write_text(report.path(), text)
    if refusals:
        raise RuntimeError(f"written, but {refusals[0]}")
    return report.path()


def assemble(content, shown=None):
    """One HTML file of the template, the style, the modules and the content, which bears a checksum.

    shown: the key of what it shows.
    """
    # json.dumps leaves ASCII only; what could end a script element or begin a comment is escaped, so it is inert
    data = json.dumps(content, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        data = data.replace(sign, f"\\u{ord(sign):04x}")
    names = ", ".join(dict.fromkeys(each["dataset"] for each in content["dims"]))
    parts = {
        "title": html.escape(f"Gen_Study: {names}"),
        "style": read("style.css"),
        "lessons": read("lessons.html"),
        "data": data,
        "stamp": stamp(shown),
        "checksum": str(zlib.crc32(data.encode())),
        "script": script(),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda hole: parts[hole[1]], read("index.html"))


def script():
    """All modules as one: a page opened from a disk cannot import files, so imports go and exports become plain."""
    text = "\n".join(read(f"{name}.js") for name in modules())
    text = re.sub(r"^import .*?;\n", "", text, flags=re.M | re.S)
    return re.sub(r"^export ", "", text, flags=re.M)


def modules(name="main", done=()):
    """The names of a module and of all that it needs, each after what it imports."""
    if name in done:
        return done
    for needed in re.findall(r'from "\./(\w+)\.js";$', read(f"{name}.js"), re.M):
        done = modules(needed, done)
    return (*done, name)


def read(name):
    return (PARTS / name).read_text(encoding="utf-8")


def rebuild(config, given):
    """Write the page again and say where it is. given: the flags of the command line."""
    from training.checkpoint import BadRun

    with ready(config):
        datasets = {dim: config.dataset_in(dim) for dim in config.dims} if "dataset" in given else {}
        report = Report(config.output_dir, datasets, again=True)
        if not report.sources():
            raise UsageError(f"no saved runs in {config.output_dir}; train some first: python main.py")
        try:
            print(f"written: {write_report(report)}")
        except BadRun as error:
            raise RuntimeError(str(error)) from None


def main(argv=None):
    """The command behind this script: its exit status."""
    return guarded(lambda: rebuild(*parse(__doc__, Config(), argv)) or 0)

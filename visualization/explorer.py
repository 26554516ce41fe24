"""The explorer: one offline page, report.html, in which all saved models run and can be played with.

python visualization/explorer.py    rebuilds it from the saved runs, without training
"""

if __name__ == "__main__" and not __package__:
    import _path  # noqa: F401

import html
import json
import re
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

from models import MODELS
from training.config import Config, UsageError, guarded, parse, ready, run_file
from visualization.pages import is_newer

PARTS = Path(__file__).with_suffix("")  # the folder of the page's sources


@dataclass(frozen=True)
class Report:
    """The page of a folder's saved runs: those of main.py, or of run_comparison.py where these are newer."""

    folder: Path
    again: bool = False

    def __str__(self):
        return "report"

    def path(self):
        return self.folder / "report.html"

    def sources(self):
        """The checkpoints that the page shows, of each dimension those beside the newest: {dim: paths}."""
        found = {}
        for dim in (1, 2):
            places = [
                [path for name in MODELS if (path := run_file(place, name, dim)).exists()]
                for place in (self.folder, self.folder / f"comparison_{dim}d")
            ]
            found[dim] = max(places, key=lambda paths: max(map(written, paths), default=0))
        return {dim: paths for dim, paths in found.items() if paths}

    def __call__(self, report):
        """Write the page, in a worker."""
        return write_report(self)


def written(path):
    return path.stat().st_mtime


def write_report(report):
    """Write the page unless it is newer than what it shows; its path, or None where it was not written."""
    from evaluation.measures import measure
    from training.files import replace_file
    from training.runs import reread
    from visualization.payload import payload

    sources = report.sources()
    checkpoints = [path for paths in sources.values() for path in paths]
    if not checkpoints or (is_newer(report.path(), [*checkpoints, *PARTS.iterdir()]) and not report.again):
        return None
    runs_by_dim = {}
    for dim, paths in sources.items():
        runs = {path: reread(path) for path in paths}
        dataset = runs[max(paths, key=written)].config["dataset"]
        runs = {path: run for path, run in runs.items() if run.config["dataset"] == dataset}
        for path, run in runs.items():
            measure(run, path)
        runs_by_dim[dim] = list(runs.values())
    text = assemble(payload(runs_by_dim))
    replace_file(report.path(), lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return report.path()


def assemble(content):
    """One HTML file of the template, the style, the modules and the content, which bears a checksum."""
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


def rebuild(config):
    """Write the page anew and say where it is."""
    from training.checkpoint import BadRun

    with ready(config):
        report = Report(config.output_dir, again=True)
        if not report.sources():
            raise UsageError(f"no saved runs in {config.output_dir}; train some first: python main.py")
        try:
            print(f"written: {write_report(report)}")
        except BadRun as error:
            raise RuntimeError(str(error)) from None


def main(argv=None):
    """The command behind this script: its exit status."""
    return guarded(lambda: rebuild(parse(__doc__, Config(), argv)[0]) or 0)


if __name__ == "__main__":
    sys.exit(main())

"""Sweep settings: train and measure every combination of values x model x dimension, in processes or on dask workers.

python run_sweep.py --sweep lr=1e-4,1e-3,1e-2 hidden=32-64-32,128-128 --models fm meanflow --dim 1d
python run_sweep.py --sweep lr=1e-4,1e-3,1e-2 --scheduler tcp://host:8786

Leaves sweep/sweep.csv and sweep/sweep.png in the output folder. The first parameter is the chart's axis, the others
choose the panel. Finished points are kept and not computed again.
"""

if __name__ == "__main__":  # first, so that this runs as a module whose classes workers can import
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from training.surroundings import own_matplotlib

    own_matplotlib()
    from run_sweep import main

    sys.exit(main())

import sys
from dataclasses import replace

from evaluation.sweep import Store, SweepConfig, compute, plan, records, show, write_csv
from training.config import guarded, parse, ready
from training.files import refuse_foreign, remove

PRELOAD = ("training.runs", "evaluation.measures")


def main(argv=None):
    """The command behind run_sweep.py: its exit status."""
    return guarded(lambda: run(*parse(__doc__, SweepConfig(), argv)))


def run(config, given):
    """Compute what is missing, write the table and the chart, and say where they are; true if any point failed."""
    points = plan(config, given)
    with ready(replace(config, device="auto") if config.scheduler else config):  # a device is that of the workers
        return sweep(config, points)


def sweep(config, points):
    """The same with the points known, and the output folder held for this command."""
    refuse_foreign(config.folder / "sweep.csv", config.folder / "sweep.png")
    store = Store(config.folder)
    results = {} if config.restart else finished(store, points)
    missing = list(dict.fromkeys(point for _, point in points if point not in results))
    print(f"{len(results) + len(missing)} points, {len(results)} of them finished before", flush=True)
    failed = complete(config, store, points, missing, results) if missing else False
    table = list(records(config, points, results))
    write_csv(config.folder / "sweep.csv", config, table)
    print(f"written: {config.folder / 'sweep.csv'}")
    remove(config.folder / "sweep.png")  # it may be of another sweep, and there may be no chart for this one
    if not any(row["measure"] == config.measure for row in table):
        raise RuntimeError(f"no point has the measure {config.measure}, so there is no chart")
    from visualization.page import save
    from visualization.style import defaults
    from visualization.sweep_chart import draw

    with defaults():
        save(draw(table, config.sweep, config.measure), config.folder / "sweep.png")
    print(f"written: {config.folder / 'sweep.png'}")
    return failed


def finished(store, points):
    """{Point: result} of those that are kept; a damaged file is named and left out."""
    results = {}
    for point in dict.fromkeys(point for _, point in points):
        try:
            result = store.load(point)
        except ValueError as error:
            refuse_foreign(store.path(point))
            print(f"{error}; computed again", file=sys.stderr)
            continue
        if result:
            results[point] = result
    return results


def complete(config, store, points, missing, results):
    """Compute the missing points, save each as it finishes, and add it to results; true if any failed."""
    from tqdm import tqdm

    from training.executors import dask_executor, local_executor, run_all

    names = {point: label(config, values, point) for values, point in reversed(points)}
    executor = dask_executor if config.scheduler else local_executor
    place = (config.scheduler, say) if config.scheduler else (min(config.n_workers, len(missing)), PRELOAD)
    with (
        executor(*place) as (workers, alive),
        tqdm(total=len(missing), unit="point", disable=not sys.stderr.isatty()) as bar,
    ):
        failed = False
        for point, result in run_all(workers, alive, compute, missing):
            bar.update()
            if isinstance(result, Exception):
                say(f"{names[point]}: {' '.join(str(result).split()) or type(result).__name__}")
                failed = True
                continue
            if result["trouble"]:
                say(f"{names[point]}: {result['trouble']}")
            store.save(point, result)
            results[point] = result
    return failed


def say(line):
    """A line for the user, above the progress bar."""
    from tqdm import tqdm

    tqdm.write(line, file=sys.stderr)


def label(config, values, point):
    """A point in words: fm 1d lr=0.001 hidden=32-64-32."""
    swept = (f"{name}={show(value)}" for (name, _), value in zip(config.sweep, values, strict=True))
    return " ".join((point.settings["model"], f"{point.settings['dim']}d", *swept))

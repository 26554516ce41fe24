"""What all benchmarks use: medians, the machine in a line, tables on the screen and in files."""

import os
import platform
import statistics
import sys
import time
from pathlib import Path

from commands.files import NotOurs, stamp, write_text


def median_seconds(function, repeats=7, calls=1):
    """Seconds per call, the median over repeats."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        for _ in range(calls):
            function()
        times.append((time.perf_counter() - begun) / calls)
    return statistics.median(times)


def machine():
    """The machine that the numbers were measured on, in one line."""
    import torch

    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    versions = f"Python {platform.python_version()}, PyTorch {torch.__version__}"
    return f"{model} ({platform.machine()}), {os.cpu_count()} cores, {platform.system()}, {versions}"


def table(folder, name, title, head, rows):
    """Print a table as Markdown, and save it as folder/name.md."""
    lines = [f"### {title}", "", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    text = "\n".join(lines) + "\n"
    print(text, flush=True)
    keep(folder / f"{name}.md", text)


def keep(path, text):
    """Write a table with the mark that identifies it as ours: a user's file is never overwritten."""
    try:
        write_text(path, f"{text}\n<!-- {stamp()} -->\n")
    except NotOurs as error:
        sys.exit(f"error: {error}")

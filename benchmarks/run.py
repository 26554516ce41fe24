"""How fast Gen_Study is on this machine, beside the plain way to do the same: tables on the screen and in files.

python benchmarks/run.py                 training steps and frames (some minutes)
python benchmarks/run.py --parts all     also growth with every size, whole commands, and JAX where it is installed
"""

import argparse
import os
import platform
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)
PARTS = ("steps", "frames", "growth", "commands", "jax")


def median_seconds(function, repeats=7, calls=1):
    """Median over repeats of the seconds of one call."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        for _ in range(calls):
            function()
        times.append((time.perf_counter() - begun) / calls)
    return statistics.median(times)


def machine():
    """What the numbers were measured on, in one line."""
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
    """Write a table, with the mark by which it is known as ours: a user's file is not overwritten."""
    from training.files import NotOurs, stamp, write_text

    try:
        write_text(path, f"{text}\n<!-- {stamp()} -->\n")
    except NotOurs as error:
        sys.exit(f"error: {error}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=(*PARTS, "all"), default=["steps", "frames"], metavar="PART")
    parser.add_argument("--output-dir", type=Path, default=ROOT / "outputs" / "benchmarks")
    arguments = parser.parse_args()
    from training.pool import one_thread

    one_thread()  # as in the commands
    import torch

    from benchmarks import commands, frames, growth, jax_scan, steps

    torch.set_num_threads(1)
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    print(machine(), "\n")
    keep(arguments.output_dir / "machine.md", machine())
    modules = {"steps": steps, "frames": frames, "growth": growth, "commands": commands, "jax": jax_scan}
    for part in PARTS if "all" in arguments.parts else arguments.parts:
        modules[part].measure(arguments.output_dir)


if __name__ == "__main__":
    main()

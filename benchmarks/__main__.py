"""How fast Gen_Study is on this machine, compared with the plain way: tables on the screen and in files.

python -m benchmarks                 training steps and frames (some minutes)
python -m benchmarks --parts all     also growth with every size, whole commands, JAX if it is installed, the explorer,
                                     training in the browser, and the README's film of the explorer
"""

import argparse
from pathlib import Path

from commands.config import ROOT
from commands.workers import one_thread

one_thread()  # as in the commands, and before torch is loaded

import torch

from benchmarks import commands, explorer, film, frames, growth, jax_scan, live, steps, targets
from benchmarks.tools import keep, machine

PARTS = {
    "steps": steps,
    "targets": targets,
    "frames": frames,
    "growth": growth,
    "commands": commands,
    "jax": jax_scan,
    "explorer": explorer,
    "live": live,
    "film": film,
}


def main():
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", choices=(*PARTS, "all"), default=["steps", "frames"], metavar="PART")
    parser.add_argument("--output-dir", type=Path, default=ROOT / "outputs" / "benchmarks")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    print(machine(), "\n")
    keep(arguments.output_dir / "machine.md", machine())
    for part in PARTS if "all" in arguments.parts else arguments.parts:
        PARTS[part].measure(arguments.output_dir)


main()

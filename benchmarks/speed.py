"""Wall-clock time of the whole commands and microseconds a training step, on this machine.

python benchmarks/speed.py            steps, --help, and a small comparison
python benchmarks/speed.py --full     also main.py and run_comparison.py with their defaults (minutes)
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)
COMMANDS = {
    "main.py --help": ["main.py", "--help"],
    "run_comparison.py --dim 1d --epochs 20": ["run_comparison.py", "--dim", "1d", "--epochs", "20"],
}
FULL = {
    "main.py": ["main.py"],
    "main.py again": ["main.py"],
    "run_comparison.py --dim both --epochs 200": ["run_comparison.py", "--dim", "both", "--epochs", "200"],
}


def step_times(n_seeds, steps=800, repeats=5):
    """Median microseconds a step of every model in 1D, batch 64, hidden 32-64-32."""
    import torch

    from data.synthetic import samples, target
    from models import MODELS, model_class
    from training.trainer import Trainer

    torch.set_num_threads(1)
    data = torch.tensor(samples(target("two_gaussians_1d"), 512, range(n_seeds)), dtype=torch.float32)
    for name in MODELS:
        generators = [torch.Generator().manual_seed(seed) for seed in range(n_seeds)]
        trainer = Trainer(model_class(name)(1, (32, 64, 32), generators), data, generators)
        trainer.epoch()  # warm up
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            for _ in range(steps // repeats // 8):
                trainer.epoch()
            times.append((time.perf_counter() - start) / (steps // repeats // 8 * 8))
        print(f"{name:10} {n_seeds:4} seeds {1e6 * statistics.median(times):8.0f} us a step")


def command_times(commands):
    """Seconds of each command, in a fresh output folder that they share."""
    with tempfile.TemporaryDirectory() as folder:
        for label, (script, *flags) in commands.items():
            place = [] if "--help" in flags else ["--output-dir", folder]
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, str(ROOT / script), *flags, *place],
                check=True,
                capture_output=True,
                stdin=subprocess.DEVNULL,
            )
            print(f"{label:45} {time.perf_counter() - start:7.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--full", action="store_true", help="also the commands that take minutes")
    full = parser.parse_args().full
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    command_times(COMMANDS | FULL if full else COMMANDS)
    for n_seeds in (1, 5, 8):
        step_times(n_seeds)


if __name__ == "__main__":
    main()

"""Wall-clock time of the whole commands, of a training step and of an exact field, on this machine.

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


def field_times(repeats=7):
    """Median milliseconds of an exact velocity field of 100 x 100 points in 2D."""
    import numpy as np

    from data.exact import ExactFlow
    from data.mixture import GaussianMixture

    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.linspace(-4, 4, 100)] * 2), -1).reshape(-1, 2)
    for k in (2, 16, 64, 256):
        target = GaussianMixture(np.ones(k), 2 * rng.standard_normal((k, 2)), np.tile(0.1 * np.eye(2), (k, 1, 1)))
        flow, times = ExactFlow(target), []
        for _ in range(repeats):
            start = time.perf_counter()
            flow.velocity(grid, 0.5)
            times.append(time.perf_counter() - start)
        print(f"exact field, {k:4} components {1e3 * statistics.median(times):8.1f} ms")


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
    field_times()
    for n_seeds in (1, 5, 8):
        step_times(n_seeds)


if __name__ == "__main__":
    main()

"""Seconds per whole command, the first time and again when everything is done."""

import subprocess
import sys
import tempfile
import time

from benchmarks.tools import table
from commands.config import ROOT

FILM = ["run_comparison.py", "--dim", "both", "--epochs", "200"]
COMMANDS = {
    "main.py": ["main.py"],
    "run_comparison.py --dim both --epochs 200, four flows": [*FILM, "--models", "fm", "meanflow", "facm", "backflow"],
    "run_comparison.py --dim both --epochs 200, all eight": FILM,
    "train_fm.py --dim 1d --n-seeds 1": ["training/train_fm.py", "--dim", "1d", "--n-seeds", "1"],
    "train_fm.py --dim 1d --n-seeds 8": ["training/train_fm.py", "--dim", "1d", "--n-seeds", "8"],
}


def seconds(script, *flags):
    command = [sys.executable, str(ROOT / script), *flags]
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - begun


def measure(folder):
    rows = [["main.py --help", f"{seconds('main.py', '--help'):.1f}", ""]]
    for label, command in COMMANDS.items():
        with tempfile.TemporaryDirectory() as place:
            first, again = (seconds(*command, "--output-dir", place) for _ in range(2))
        rows.append([label, f"{first:.1f}", f"{again:.1f}"])
    table(folder, "commands", "Seconds per whole command", ["command", "first", "again"], rows)

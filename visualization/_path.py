"""Shim for scripts: imports start at the repository's root instead of the script's folder."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

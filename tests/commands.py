"""The commands as a user runs them, for tests."""

import json
import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
TINY = ["--epochs", "4", "--n-samples", "40", "--n-seeds", "2", "--hidden", "8-8", "--viz-freq", "2"]
SCRIPTS_IN_TURN = """
import json, runpy, sys
from pathlib import Path
path = list(sys.path)
for script, flags in json.loads(sys.argv[1]):
    sys.path[:] = [str(Path(script).parent), *path]
    sys.argv = [script, *flags]
    sys.modules.pop("_path", None)
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code:
            sys.exit(f"{script} ended with {end.code}")
"""


def command(script, *flags, cwd, status=0, timeout=170, **options):
    """Run a script with Python warnings as errors: the finished process. The exit status must be as expected."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / script), *map(str, flags)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=timeout,
        **options,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


def scripts_in_turn(calls, cwd):
    """Run scripts, [(name, flags)], as programs one after the other in one process: torch is then loaded once."""
    calls = [(str(ROOT / script), [str(flag) for flag in flags]) for script, flags in calls]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPTS_IN_TURN, json.dumps(calls)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=170,
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stdout + done.stderr
    return done


def pictures(folder):
    """Sizes of all pictures below a folder, by name; opening them shows that they are whole."""
    sizes = {}
    for path in sorted(folder.rglob("*.png")):
        with Image.open(path) as image:
            image.load()
            sizes[str(path.relative_to(folder))] = image.size
    return sizes


def stamps(folder, pattern="*"):
    """When each file below a folder was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob(pattern) if path.is_file()}

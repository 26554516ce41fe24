"""Train rectified flow's second round, and record its single step and its paths."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("reflow")

from training.snapshots import one_jump_and_many as record  # noqa: F401 (what is recorded)

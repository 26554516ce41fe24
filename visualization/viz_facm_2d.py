"""Draw FACM in 2D: viz_facm.py with --dim 2d."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("facm", dim="2d", draw_only=True)

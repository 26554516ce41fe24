"""Draw the normalising flow: a bijection between data and noise."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("nflow", draw_only=True)

from visualization import views

COMPARE = views.round_trip
PICTURE = views.encoder_panels("Data x to noise ẑ, and back")

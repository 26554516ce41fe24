"""Train the GAN, and record where the generator takes the noise."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from commands.study import script

    script("gan")

from training.train_decoder import record  # noqa: F401 (what is recorded)

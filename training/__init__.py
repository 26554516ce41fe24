"""Training: the settings of a run, the loop, runs and their files, and one short file per model."""


class Stopped(Exception):
    """Raised by a `report` function to stop training; the progress so far is kept."""

"""Training: the settings of a run, the loop, runs and their files, and one short file per model."""


class Stopped(Exception):
    """Raised by a `report` to stop a training; what is done so far is kept."""

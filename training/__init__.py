"""Training: the settings of a run, the loop, runs and their files, and one short file per model."""


class Stopped(Exception):
    """Raised by a `report` to stop a training; what is done so far is kept."""


class Failure(Exception):
    """A failure that was foreseen: its text is one line that says what is wrong and what to do."""

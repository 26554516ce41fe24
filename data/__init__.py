"""Data: Gaussian mixtures, everything that is known exactly about the flows between them, and the named datasets."""


class Failure(Exception):
    """A foreseen failure: its text is one line that says what is wrong and what to do."""

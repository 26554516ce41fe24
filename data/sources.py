"""Data that a flow reaches from another distribution than N(0, I)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FromSource:
    """A dataset, and the one that a flow to it begins in: names or Points of one dimension."""

    dataset: object
    source: object

    def __str__(self):
        return f"{self.source} to {self.dataset}"


def base(dataset):
    """The data themselves, wherever a flow to them begins."""
    return dataset.dataset if isinstance(dataset, FromSource) else dataset

"""What one process of the tests makes, and leaves to the others."""

import os

from filelock import FileLock


def once(tmp_path_factory, name, make):
    """The path of what make(path) writes: the first process that asks for a name makes it, the others wait for it."""
    base = tmp_path_factory.getbasetemp()
    path = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{path}.lock"):
        if not path.exists():
            unfinished = path.with_name(f"unfinished_{name}")
            make(unfinished)
            unfinished.rename(path)
    return path

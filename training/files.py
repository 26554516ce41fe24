"""Files that are whole or not there, and a folder that one command writes at a time."""

import os
from contextlib import contextmanager


class Busy(RuntimeError):
    """Another command is at work in the folder; the text is one line that says which."""


def replace_file(path, write):
    """Call write(temporary path) in the same folder, then rename: the file is whole or not there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def only_command(folder):
    """Hold a folder for one command; raises Busy where another one does.

    The operating system gives the lock back when its process ends, however it ends, so none is ever left behind.
    Temporary files of a command that was killed are removed.
    """
    from filelock import FileLock, Timeout  # here: its import would slow every --help

    lock, owner = FileLock(folder / ".lock"), folder / ".lock_owner"
    try:
        lock.acquire(blocking=False)
    except Timeout:
        try:
            process = f"process {int(owner.read_text())}"
        except (OSError, ValueError):
            process = "another process"
        raise Busy(f"{process} is at work in {folder}; wait for it, stop it, or choose another --output-dir") from None
    try:
        for temporary in folder.rglob(".*.[0-9]*"):
            temporary.unlink(missing_ok=True)
        owner.write_text(str(os.getpid()))
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()

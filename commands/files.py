"""Files that are whole or not there, a folder that one command writes at a time, and which files are ours.

Every file that is written bears a mark, and if it shows runs the key of their contents: what is drawn knows what it was
drawn from, and no time of modification decides anything.
"""

import csv
import io
import os
import re
import secrets
from contextlib import contextmanager
from itertools import count

from data import Failure
from training.settings import key_of

MARK = "written by Gen_Study"
MARKS = (  # by which a file is known as ours; those of a checkpoint, of tables and of a sweep's points stand for it
    MARK.encode(),
    b"gen_study checkpoint ",
    b",seed,nfe,measure,value,floor",
    b'{"settings": {"',
)
STAMP = re.compile(rf"{MARK} from ([0-9a-f]{{16}})".encode())
KEY = re.compile(rb"gen_study key ([0-9a-f]{16}) gen_study checkpoint \d{4} [0-9a-f]{64}\Z")
LOCK, OWNER = ".gen_study.lock", ".gen_study.owner"
ENDS = 4096  # bytes at both ends of a file in which its mark stands
FOLDERS = (
    "",
    "*_epochs",
    "comparison_?d",
    "comparison_?d/comparison_frames",
    "adaptive_runs/p_*",
    "targets_runs/*",
    "gap_runs/*",
    "memorised_runs/n_*",
    "sweep",
    "sweep/points",
    "table",
    "table/points",
)

command = secrets.token_hex(8)  # the name of this command, also in its workers: in the names of its temporary files
_numbers = count()


class Busy(Failure):
    """Another command is at work in the folder; the text is one line that says which."""


class NotOurs(Failure):
    """A file that is in the way and was not written by Gen_Study; the text is one line that says what to do."""


# ---- ours or the user's ---------------------------------------------------------------------------------------------


def stamp(key=None):
    """What a file says of itself: that it is ours, and the key of what it shows if it shows runs."""
    return f"{MARK} from {key}" if key else MARK


def drawn_from(path):
    """The key in a file's stamp; None if there is no such file, or no stamp in it."""
    found = STAMP.search(_ends(path)) if path.is_file() else None
    return found and found[1].decode()


def is_ours(path):
    """Whether a file bears our mark. A link is never ours."""
    if path.is_symlink() or not path.is_file():
        return False
    ends = _ends(path)
    return any(mark in ends for mark in MARKS)


def refuse_foreign(*paths):
    """Raises NotOurs if any of the paths is there and not ours."""
    foreign = [str(path) for path in paths if os.path.lexists(path) and not is_ours(path)]
    if foreign:
        names = ", ".join(foreign[:3]) + (f" and {len(foreign) - 3} more" if len(foreign) > 3 else "")
        were, them = ("was", "it") if len(foreign) == 1 else ("were", "them")
        raise NotOurs(
            f"{names} {were} not written by this version of Gen_Study; move {them} away, or choose another --output-dir"
        )


def _ends(path):
    with open(path, "rb") as file:
        head = file.read(ENDS)
        size = os.fstat(file.fileno()).st_size
        file.seek(max(len(head), size - ENDS))
        return head + file.read(ENDS)


def content_key(path):
    """What a file holds, in 16 hexadecimal digits; a run's file ends with its own key, without the training time."""
    found = KEY.search(_ends(path))
    return found[1].decode() if found else key_of(path.read_bytes())


# ---- writing --------------------------------------------------------------------------------------------------------


def replace_file(path, write):
    """Call write(temporary path) in the same folder, then rename: the file is whole or not there. May raise NotOurs."""
    refuse_foreign(path)
    temporary = temporary_for(path)
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_for(path):
    """A name next to a path that nobody else has: this command's, this process's, and another one each time."""
    return path.with_name(f".gen_study.{command}.{os.getpid()}.{next(_numbers)}")


def remove(*paths):
    """Remove files of ours that are there. May raise NotOurs."""
    refuse_foreign(*paths)
    for path in paths:
        path.unlink(missing_ok=True)


def remove_stale(path, endings, key):
    """Remove what stands next to a path in another format, and shows something else than the key."""
    for ending in endings:
        other = path.with_suffix(f".{ending}")
        if other != path and is_ours(other) and drawn_from(other) != key:
            other.unlink(missing_ok=True)


def frame_path(folder, epoch, last):
    """The frame of one epoch, of a film that ends with epoch `last`."""
    return folder / f"epoch_{epoch:0{max(4, len(str(last)))}d}.png"


def empty_folder(folder):
    """Make a folder for frames, without the frames of an earlier run; whatever else is in it stays."""
    make_folder(folder)
    for frame in folder.iterdir():
        if re.fullmatch(r"epoch_\d+\.png", frame.name) and is_ours(frame):
            frame.unlink()


def make_folder(folder):
    """Make a folder if there is none. NotOurs if a file or a link is in its place."""
    if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
        raise NotOurs(f"{folder} is in the place of a folder; move it away, or choose another --output-dir")
    folder.mkdir(exist_ok=True)


def write_bytes(path, content):
    """Write bytes as a file, as in `replace_file`."""
    replace_file(path, lambda temporary: temporary.write_bytes(content))


def write_text(path, text):
    """Write a text as a file, as in `replace_file`."""
    write_bytes(path, text.encode())


def csv_text(names, rows):
    """Dicts as the text of a CSV with these columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@contextmanager
def only_command(folder):
    """Hold a folder for one command; raises Busy if another one does.

    The operating system gives the lock back when its process ends, however it ends, so none is ever left behind. What
    the last command was called stands next to the lock until it ends in order: if it was killed, the temporary files of
    that name are removed.
    """
    from filelock import FileLock, Timeout  # here: its import would slow every --help

    lock, owner = FileLock(folder / LOCK), folder / OWNER
    if any(os.path.lexists(path) and not known(path) for path, known in ((folder / LOCK, _is_lock), (owner, _owner))):
        raise NotOurs(f"{folder} has a {LOCK} or {OWNER} that is not Gen_Study's; move it away")
    try:
        lock.acquire(blocking=False)
        for other in _around(folder):
            with FileLock(other / LOCK).acquire(blocking=False):  # its command writes here, or this one there
                pass
    except Timeout:
        lock.release()
        holder = _owner(owner)
        process = f"process {holder[0]}" if holder else "another process"
        raise Busy(f"{process} is at work in {folder}; wait for it, stop it, or choose another --output-dir") from None
    try:
        if dead := _owner(owner):
            _remove_temporary(folder, dead[1])
        owner.write_text(f"{os.getpid()} {command}")
        yield
    finally:
        try:
            _remove_temporary(folder, command)  # of workers that were killed in the middle of a file
            owner.unlink(missing_ok=True)
        finally:
            lock.release()


def _owner(path):
    """(process, name) of the command that holds a folder, or held it and was killed; None if there is none."""
    try:
        found = None if path.is_symlink() else re.fullmatch(r"(\d+) ([0-9a-f]{16})", path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # it ended just now
        return None
    return found and found.groups()


def _is_lock(path):
    return path.is_file() and not path.is_symlink() and path.stat().st_size == 0


def _around(folder):
    """The folders with a lock that commands on this one write as well, and those whose commands write this one."""
    inner = [path.parent for place in FOLDERS[1:] for path in folder.glob(f"{place}/{LOCK}") if _is_lock(path)]
    place = folder.resolve()
    outer = [above for above in list(place.parents)[:2] if any(place in above.glob(each) for each in FOLDERS[1:])]
    return [*inner, *(above for above in outer if _is_lock(above / LOCK))]


def _remove_temporary(folder, dead):
    """Remove the temporary files of a command that is dead, in the folders that commands write."""
    for place in FOLDERS:
        for path in folder.glob(f"{place}/.gen_study.{dead}.*" if place else f".gen_study.{dead}.*"):
            path.unlink(missing_ok=True)

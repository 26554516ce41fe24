"""Files that are whole or not there."""

import os


def replace_file(path, write):
    """Call write(temporary path) in the same folder, then rename: the file is whole or not there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)

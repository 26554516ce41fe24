"""Checkpoint files: what torch.save writes, and behind it a mark with the format's number and a checksum.

The mark is the comment of the zip archive that torch.save makes, so `torch.load(path, weights_only=True)` reads the
file as it is. Nothing in a file is ever executed.
"""

import hashlib
import io
import re

import torch

from training.files import replace_file

FORMAT = 3
MARK = re.compile(rb"gen_study checkpoint (\d{4}) ([0-9a-f]{64})")
LENGTH = len("gen_study checkpoint 0003 ") + 64


class BadRun(Exception):
    """A file that is not a run of this version; its text is one line that says so and what to do."""


def write(content, path):
    """Write tensors and plain types as one file, by a temporary name and a rename."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    body = buffer.getvalue()[:-2] + LENGTH.to_bytes(2, "little")  # an archive ends with the length of its comment
    mark = f"gen_study checkpoint {FORMAT:04} {hashlib.sha256(body).hexdigest()}".encode()
    replace_file(path, lambda temporary: temporary.write_bytes(body + mark))


def read(path):
    """The content of a file, on the CPU. Raises BadRun where it is damaged, foreign or of another format."""
    data = path.read_bytes()
    mark = MARK.fullmatch(data[-LENGTH:])
    if not mark:
        raise BadRun(f"{path} is not a run of Gen_Study, or it is cut short; delete it or use --restart")
    if int(mark[1]) != FORMAT:
        raise BadRun(f"{path} has format {int(mark[1])}, this version reads {FORMAT}; delete it or use --restart")
    if hashlib.sha256(data[:-LENGTH]).hexdigest() != mark[2].decode():
        raise BadRun(f"{path} is damaged (its checksum does not match); delete it or use --restart")
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a hostile file makes of the unpickler
        raise BadRun(f"{path} is not a run of Gen_Study ({type(error).__name__}); delete it or use --restart") from None

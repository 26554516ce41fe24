"""Checkpoint files: what torch.save writes, followed by a mark with the format's number and a checksum.

The mark is the comment of the zip archive that torch.save writes, so `torch.load(path, weights_only=True)` reads the
file as it is. Nothing in a file is ever executed.
"""

import hashlib
import io
import re

import torch

from data import Failure
from training.settings import key_of

FORMAT = 6
MARK = re.compile(rb"gen_study checkpoint (\d{4}) ([0-9a-f]{64})")
MOVE = "move it away or delete it"
LENGTH = len("gen_study checkpoint 0004 ") + 64


class BadRun(Failure):
    """A file that is not a run of this version; its text is one line that says so and what to do."""


def packed(content, key):
    """Tensors and plain types as the bytes of a file. key: of the file's content, see `settings.key_of`."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    note = f"gen_study key {key} ".encode()
    length = len(note) + LENGTH
    body = buffer.getvalue()[:-2] + length.to_bytes(2, "little") + note  # an archive ends with its comment
    return body + f"gen_study checkpoint {FORMAT:04} {hashlib.sha256(body).hexdigest()}".encode()


def digest(value):
    """Tensors, plain types, and dicts and lists of them as bytes that are equal for equal values."""
    if isinstance(value, dict):
        return digest([item for pair in sorted(value.items(), key=lambda item: str(item[0])) for item in pair])
    if isinstance(value, list | tuple):
        return key_of(*map(digest, value)).encode()
    if torch.is_tensor(value):
        return f"{value.dtype} {tuple(value.shape)} ".encode() + value.detach().cpu().contiguous().numpy().tobytes()
    return repr(value).encode()


def read(path):
    """The content of a file, on the CPU. Raises BadRun if it is damaged, foreign or of another format."""
    data = path.read_bytes()
    mark = MARK.fullmatch(data[-LENGTH:])
    if not mark:
        raise BadRun(f"{path} is not a run of Gen_Study, or was cut short; {MOVE}")
    if int(mark[1]) != FORMAT:
        raise BadRun(f"{path} has format {int(mark[1])}, but this version reads {FORMAT}; {MOVE}, or use --restart")
    if hashlib.sha256(data[:-LENGTH]).hexdigest() != mark[2].decode():
        raise BadRun(f"{path} is damaged (its checksum does not match); {MOVE}, or use --restart")
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a hostile file makes the unpickler raise
        raise BadRun(f"{path} is not a run of Gen_Study ({type(error).__name__}); {MOVE}, or use --restart") from None

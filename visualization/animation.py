"""Frames and GIFs, fast: each frame is looked up in one palette, written as a small PNG and added to the GIF.

Processes draw and compress frames side by side; the GIF is only put together from their parts, one frame at a time.
"""

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

from visualization.config import COLORS, INK, rgb

HOLD = 300  # hundredths of a second that a GIF shows its last frame
CLEAR = 255  # the palette entry that a GIF leaves as it was in the frame before
CHUNK = 2**20  # bytes that are copied at once
BITS = 5  # a channel: the table that turns colours into palette entries has 2^15 rows


class Palette:
    """At most 255 colours for all frames of an animation, and the table to find them."""

    def __init__(self, images):
        """images: frames (height, width, 3) that hold the colours; white, black and COLORS are kept exactly."""
        fixed = [(255, 255, 255), *(rgb(color) for color in (*COLORS.values(), INK))]
        mosaic = Image.fromarray(np.concatenate([image[::3] for image in images]))  # a third of the rows has them all
        found = mosaic.quantize(CLEAR - len(fixed), method=Image.Quantize.MEDIANCUT).getpalette()
        self.colors = np.array([*fixed, *np.reshape(found, (-1, 3))], dtype=np.uint8)[:CLEAR]
        levels = np.arange(2**BITS) * 255 // (2**BITS - 1)
        cells = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3)
        self._nearest = cKDTree(self.colors.astype(float)).query(cells)[1].astype(np.uint8)

    def entries(self, pixels):
        """Pixels (height, width, 3) as palette entries (height, width)."""
        r, g, b = (pixels[..., i].astype(np.uint16) >> (8 - BITS) for i in range(3))
        return self._nearest[(r << 2 * BITS) | (g << BITS) | b]

    def image(self, entries):
        """Palette entries as an indexed Pillow image."""
        image = Image.fromarray(entries)
        image.putpalette(self.bytes)
        return image

    @property
    def bytes(self):
        """All 256 entries, red, green and blue."""
        return self.colors.tobytes().ljust(768, b"\0")


def shared_palette(figure, frames):
    """The palette of a figure's first, middle and last frame: the same in every process that draws some of them."""
    frames = list(frames)
    return Palette([figure.render(frames[i]) for i in sorted({0, len(frames) // 2, len(frames) - 1})])


@dataclass(frozen=True)
class Cut:
    """What of the frames a film shows: which ones, its size in pixels, and hundredths of a second for each."""

    frames: tuple
    size: tuple
    delay: int

    @classmethod
    def of(cls, figure, width):
        """The film of a figure, so many pixels wide at most."""
        wide, high = figure.size
        width = min(width, wide)
        frames = film_frames(figure.epochs)
        return cls(frames, (width // 2 * 2, round(high * width / wide) // 2 * 2), frame_delay(len(frames)))

    def scaled(self, pixels):
        """A frame (height, width, 3) at the size of the film.

        Hamming's filter looks like Lanczos' here, takes half the time and leaves a smaller GIF.
        """
        if pixels.shape[1::-1] == self.size:
            return pixels
        return np.asarray(_image(pixels).resize(self.size, Image.Resampling.HAMMING))[..., :3]


def _image(pixels):
    """Pixels (height, width, 3) as a Pillow image. Those of `Film.render` are three of four channels: all are taken.

    Pillow would copy the three one by one, which takes as long as the scaling.
    """
    whole, (high, wide, _) = pixels.base, pixels.shape
    known = isinstance(whole, np.ndarray) and whole.shape == (high, wide, 4) and whole.flags.c_contiguous
    if known and (whole.ctypes.data, whole.strides) == (pixels.ctypes.data, pixels.strides):
        return Image.frombuffer("RGBX", (wide, high), whole, "raw", "RGBX", 0, 1)
    return Image.fromarray(pixels)


def film_frames(epochs, most=90):
    """Which frames a film shows, as places in the list of their epochs: even on a logarithmic axis, and the last.

    Most of the change is early: all of the first frames, then fewer and fewer.
    """
    times = np.log1p(np.asarray(epochs, dtype=float))
    nearest = [int(np.abs(times - at).argmin()) for at in np.linspace(times[0], times[-1], most)]
    return tuple(sorted({0, *nearest, len(epochs) - 1}))


def draw_frames(figure, frames, palette, cut=None):
    """Yield (k, indexed image, block) of the snapshots k in `frames`; block: its part of the GIF, or b""."""
    before = None
    for k in frames:
        pixels, block = figure.render(k), b""
        if cut and k in cut.frames:
            entries = palette.entries(cut.scaled(pixels))
            changed = entries if before is None else without_unchanged(entries, before)
            wait = cut.delay if k != cut.frames[-1] else HOLD
            block = b"\x21\xf9\x04\x05" + struct.pack("<HBB", wait, CLEAR, 0) + gif_part(palette.image(changed))
            before = entries
        yield k, palette.image(palette.entries(pixels)), block


def frame_delay(frames, seconds=12.0):
    """Hundredths of a second from frame to frame, so that all of them last about `seconds`; few last shorter."""
    return int(np.clip(100 * seconds / frames, 4, 50))


def without_unchanged(entries, before):
    """Palette entries of a frame, CLEAR if the frame before had the same."""
    return np.where(entries == before, CLEAR, entries)


def gif_part(image):
    """The image block of a one-frame GIF: descriptor and compressed pixels."""
    buffer = io.BytesIO()
    image.save(buffer, format="GIF", optimize=False, interlace=False)
    content = buffer.getvalue()
    start = 13 + 3 * 2 ** ((content[10] & 7) + 1)  # behind the header and its palette
    while content[start] == 0x21:  # extensions: label, then sub-blocks up to an empty one
        start += 2
        while content[start]:
            start += content[start] + 1
        start += 1
    return content[start:-1]


def joined_gif(size, palette, parts, comment):
    """Yield the bytes of a GIF that loops. palette: its bytes; parts: files of blocks by draw_frames, in order."""
    comment = comment.encode()
    yield b"GIF89a" + struct.pack("<HHBBB", *size, 0xF7, 0, 0)  # 256 global colours
    yield palette
    yield b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"  # loop for ever
    yield b"\x21\xfe" + bytes([len(comment)]) + comment + b"\x00"
    for part in parts:
        with open(part, "rb") as frames:
            while content := frames.read(CHUNK):
                yield content
    yield b"\x3b"

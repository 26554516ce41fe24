"""Films as videos, by PyAV, which brings its encoders along: an optional extra, imported only here."""

import struct
from fractions import Fraction

import numpy as np

from visualization.animation import HOLD


def write_video(path, kind, images, cut):
    """Write Pillow images as a video, "mp4" (H.264) or "webm" (VP9), that holds its last frame as a GIF does."""
    import av

    codec, options = {
        "mp4": ("libx264", {"crf": "18", "preset": "medium"}),
        "webm": ("libvpx-vp9", {"crf": "28", "b": "0", "cpu-used": "4", "row-mt": "1"}),
    }[kind]
    about = {"movflags": "faststart"} if kind == "mp4" else {}
    with av.open(str(path), "w", format=kind, container_options=about | {"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=Fraction(100, cut.delay), options=options)
        stream.width, stream.height = cut.size
        stream.pix_fmt, stream.thread_count = "yuv420p", 1  # so that the bytes are the same each time
        for image in images:
            pixels = cut.scaled(np.asarray(image.convert("RGB")))
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            container.mux(stream.encode(frame))
        for _ in range(round(HOLD / cut.delay)):
            last = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            container.mux(stream.encode(last))
        container.mux(stream.encode())


def marked_video(kind, comment):
    """The bytes behind the end of a video that hold a comment: an element that players skip."""
    content = comment.encode()
    if kind == "mp4":
        return struct.pack(">I", len(content) + 8) + b"free" + content
    return b"\xec" + bytes([0x80 | len(content)]) + content

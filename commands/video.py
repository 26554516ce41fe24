"""Films as videos, by PyAV, which brings its encoders along: an optional extra, imported only here."""

import struct
from fractions import Fraction

import numpy as np

from visualization.animation import HOLD

BT709, LIMITED = 1, 1  # how colours become numbers, as FFmpeg counts the ways: players guess if a file does not say it


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
        colors = stream.codec_context
        colors.colorspace = colors.color_primaries = colors.color_trc = BT709
        colors.color_range = LIMITED
        for image in images:
            pixels = np.ascontiguousarray(cut.scaled(np.asarray(image.convert("RGB"))))
            container.mux(stream.encode(_frame(av, pixels)))
        for _ in range(round(HOLD / cut.delay)):
            container.mux(stream.encode(_frame(av, pixels)))
        container.mux(stream.encode())


def _frame(av, pixels):
    """Pixels as a frame whose colours are the ones that the file names."""
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace=BT709, dst_color_range=LIMITED)


def marked_video(kind, comment):
    """The bytes behind the end of a video that hold a comment: an element that players skip."""
    content = comment.encode()
    if kind == "mp4":
        return struct.pack(">I", len(content) + 8) + b"free" + content
    return b"\xec" + bytes([0x80 | len(content)]) + content

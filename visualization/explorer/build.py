"""The explorer: one offline page, report.html, in which all saved models run and can be played with."""

import html
import json
import re
import zlib
from pathlib import Path

WEB = Path(__file__).parent / "web"  # the page's sources


def assemble(content, stamp):
    """One HTML file of the template, the style, the modules and the content, which bears a checksum.

    stamp: what the file says of itself.
    """
    # json.dumps leaves ASCII only; what could end a script element or begin a comment is escaped, so it is inert
    data = json.dumps(content, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        data = data.replace(sign, f"\\u{ord(sign):04x}")
    names = ", ".join(dict.fromkeys(each["dataset"] for each in content["dims"]))
    parts = {
        "title": html.escape(f"Gen_Study: {names}"),
        "style": read("style.css"),
        "lessons": read("lessons.html"),
        "data": data,
        "stamp": html.escape(stamp),
        "checksum": str(zlib.crc32(data.encode())),
        "script": script(),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda hole: parts[hole[1]], read("index.html"))


def script():
    """All modules as one: a page opened from a disk cannot import files, so imports go and exports become plain."""
    text = "\n".join(read(f"{name}.js") for name in modules())
    text = re.sub(r"^import .*?;\n", "", text, flags=re.M | re.S)
    return re.sub(r"^export ", "", text, flags=re.M)


def modules(name="main", done=()):
    """The names of a module and of all that it needs, each after what it imports."""
    if name in done:
        return done
    for needed in re.findall(r'from "\./(\w+)\.js";$', read(f"{name}.js"), re.M):
        done = modules(needed, done)
    return (*done, name)


def read(name):
    return (WEB / name).read_text(encoding="utf-8")

"""The explorer: one offline page, report.html, in which all saved models run and can be played with."""

import html
import json
import posixpath
import re
import zlib
from pathlib import Path

from visualization.explorer.lessons import lessons

WEB = Path(__file__).parent / "web"  # the page's sources
IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]*)\.js";$', re.M)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.M)


def assemble(content, stamp):
    """One HTML file of the template, the styles, the modules and the content, which bears a checksum.

    stamp: what the file says of itself.
    """
    data = inert(content)
    names = ", ".join(dict.fromkeys(each["dataset"] for each in content["dims"]))
    parts = {
        "title": html.escape(f"Gen_Study: {names}"),
        "style": "\n".join(read(path.name) for path in sorted(WEB.glob("*.css"))),
        "lessons": inert(lessons()),
        "data": data,
        "stamp": html.escape(stamp),
        "checksum": str(zlib.crc32(data.encode())),
        "script": script("main"),
        "worker": script("live/worker"),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda hole: parts[hole[1]], read("index.html"))


def inert(content):
    """JSON that cannot end its script element: ASCII only, and what could close it or begin a comment is escaped."""
    data = json.dumps(content, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        data = data.replace(sign, f"\\u{ord(sign):04x}")
    return data


def script(entry):
    """A module and all that it needs as one classic script: a page opened from a disk cannot import files.

    Each module becomes a function that is called at once, so its names stay its own; what it exports is kept under the
    module's path.
    """
    return "const module = {};\n" + "\n".join(scoped(name) for name in modules(entry))


def scoped(name):
    """The text of one module as a call that puts its exports into `module`."""
    text = read(f"{name}.js")
    exports = ", ".join(EXPORT.findall(text))
    text = IMPORT.sub(lambda found: taken(found[1], beside(name, found[2])), EXPORT.sub("", text))
    return f'module["{name}"] = (() => {{\n"use strict";\n{text}\nreturn {{ {exports} }};\n}})();'


def taken(names, origin):
    """An import statement's counterpart: `a as b` of ES modules is `a: b` here."""
    return f'const {{{names.replace(" as ", ": ")}}} = module["{origin}"];'


def modules(name, done=(), above=()):
    """The names of a module and of all that it needs, each after what it imports."""
    if name in above:
        raise ValueError(f"{' imports '.join((*above, name))}: modules must not need each other in a circle")
    if name in done:
        return done
    for _, needed in IMPORT.findall(read(f"{name}.js")):
        done = modules(beside(name, needed), done, (*above, name))
    return (*done, name)


def beside(name, path):
    """The name of the module that `name` calls `path`."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def read(name):
    return (WEB / name).read_text(encoding="utf-8")

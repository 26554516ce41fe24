"""The lessons of the explorer: one plain file each, lessons/<language>/<name>.md; the README has the format.

A file that is wrong is a Failure of one line, which names the file and the line. The parser is our own: the format has
five keys and a few marks, while libraries for Markdown and YAML accept much that the page cannot show, and do not know
the line.
"""

import re
from pathlib import Path

from models import MODELS
from visualization.explorer.lesson_text import NUMBER, Line, formula, paragraph

FOLDER = Path(__file__).parent / "lessons"
FIRST = "en"  # the language that has every lesson, and their states; the others have texts only
LAYERS = ["data", "source", "samples", "trajectories", "field", "truth", "error", "density", "couplings", "jumps"]


def some(names):
    """The form of one or more names with commas between them."""
    one = "|".join(names)
    return f"(?:{one})(?:,(?:{one}))*"


ROOM = {  # what a stage may say: {key: form of its value}, as in the page's address
    "models": some(MODELS),
    "dim": "[12]",
    "epoch": r"first|last|\d+%?",
    "time": r"[01]|0?\.\d+",
    "play": some(("time", "epochs")),
    "layers": some(LAYERS),
    "solver": "own|euler|heun|rk4",
    "steps": r"\d|[1-5]\d|6[0-4]",
    "crowd": r"\d+",
    "grab": "[zx]",
    "z": rf"-?{NUMBER}(?:,-?{NUMBER})?",
    "x": rf"-?{NUMBER}(?:,-?{NUMBER})?",
}
KEYS = ("title", "models", "dim", "formula", "stage")  # of a front matter; a translation has the first only
PARTS = {"Q:": "question", "A:": "answer"}


def lessons(folder=FOLDER):
    """All lessons for the page: {language: {"words": {...}, "lessons": {name: lesson}}}, the first language first."""
    first = language(folder / FIRST)
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name != FIRST)
    return {FIRST: first, **{name: language(folder / name, first) for name in names}}


def language(folder, first=None):
    """The lessons of a language. first: those of the first language, whose states the texts belong to."""
    words = folder / "words.md"
    found = {key: value for _, key, value in head(words, lines_of(words))[0]}
    missing = first["words"].keys() - found.keys() if first else ()
    if missing:
        raise Line(words, 1).wrong(f"without {', '.join(sorted(missing))}")
    paths = [path for path in folder.glob("*.md") if path != words]
    paths.sort(key=lambda path: (path.stem[0].isdigit(), path.stem))  # the tour has no number and is first
    read = translation if first else lesson
    return {"words": found, "lessons": {identity(path): read(path, first) for path in paths}}


def identity(path):
    """The name of a lesson in the address: 3 of 03_vae.md."""
    number = path.stem.partition("_")[0]
    return str(int(number)) if number.isdigit() else path.stem


def lesson(path, _=None):
    """One lesson: its title, the models that it needs, formulas and steps."""
    pairs, rest = head(path, lines_of(path), KEYS)
    found = {"title": "", "models": [], "formulas": []}
    stage = {}
    for line, key, value in pairs:
        if key == "stage":
            stage = settings(line, value)
        elif key == "formula":
            found["formulas"].append(formula(line, value, display=True))
        else:
            found[key] = valid(line, key, value).split(",") if key == "models" else valid(line, key, value)
    own = "".join(found["models"][:1])
    steps = [step(Line(path, number, own), lines, stage) for number, lines in sections(path, rest)]
    return titled(path, found) | {"steps": steps}


def translation(path, first):
    """A translated lesson: its texts, and all else of the first language's."""
    original = first["lessons"].get(identity(path))
    if original is None:
        raise Line(path, 1).wrong(f"there is no lesson {identity(path)} in {FIRST}/")
    pairs, rest = head(path, lines_of(path), KEYS[:1])
    found, texts, own = {key: value for _, key, value in pairs}, sections(path, rest), "".join(original["models"][:1])
    if len(texts) != len(original["steps"]):
        raise Line(path, 1).wrong(f"{len(texts)} steps, but {len(original['steps'])} in {FIRST}/{path.name}")
    steps = []
    for (number, lines), same in zip(texts, original["steps"], strict=True):
        line = Line(path, number, own)
        steps.append(step(line, lines, None) | {"stage": same["stage"]})
        if steps[-1].keys() != same.keys():
            raise line.wrong(
                f"{' and '.join(same.keys() ^ steps[-1].keys())} in only one of this and {FIRST}/{path.name}"
            )
    return original | titled(path, found) | {"steps": steps}


def titled(path, found):
    if not found.get("title"):
        raise Line(path, 1).wrong("no title")
    return found


def lines_of(path):
    """[(line number, line)] of a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Line(path, 1).wrong(f"cannot be read: {error}") from error
    return [(i, line.rstrip()) for i, line in enumerate(text.splitlines(), 1)]


def head(path, lines, keys=None):
    """The front matter, between two lines of ---: [(Line, key, value)]; and the lines after it."""
    if not lines or lines[0][1] != "---":
        raise Line(path, 1).wrong("must begin with a line of ---")
    pairs = []
    for i, (number, text) in enumerate(lines[1:], 1):
        if text == "---":
            return pairs, lines[i + 1 :]
        line, (key, colon, value) = Line(path, number), text.partition(": ")
        if not colon or not value.strip() or not re.fullmatch(r"\w+", key):
            raise line.wrong("must be `key: value`")
        if keys and key not in keys:
            raise line.wrong(f"the key {key} is not one of {', '.join(keys)}")
        pairs.append((line, key, value.strip()))
    raise Line(path, 1).wrong("the second line of --- is missing")


def sections(path, lines):
    """[(line number, lines)] of each step, the heading first."""
    found = []
    for number, text in lines:
        if text.startswith("## "):
            found.append((number, [(number, text)]))
        elif found:
            found[-1][1].append((number, text))
        elif text:
            raise Line(path, number).wrong("text before the first step, which begins with ##")
    if not found:
        raise Line(path, 1).wrong("no step, which begins with ##")
    return found


def step(line, lines, stage):
    """A step: its title, stage, text, question and answer. stage: the lesson's; None in a translation."""
    found = {"title": lines[0][1].removeprefix("## "), "stage": stage, "text": [], "question": [], "answer": []}
    for number, text in paragraphs(lines[1:]):
        here = Line(line.path, number, line.own)
        if text.startswith("stage: "):
            if stage is None:
                raise here.wrong(f"a translation has the stages of {FIRST}/{line.path.name}, none of its own")
            found["stage"] = stage | settings(here, text.removeprefix("stage: "))
        elif re.match(r"[#>`|+-]|\d+\. ", text):
            raise here.wrong(f"{text[:12]!r} … is Markdown that the page does not show")
        elif kind := PARTS.get(text[:2]):
            found[kind].append(paragraph(here, text[2:].strip()))
        else:
            found["text"].append(paragraph(here, text))
    if not found["text"]:
        raise line.wrong("the step says nothing")
    if len(found["question"]) > 1 or len(found["question"]) != len(found["answer"]):
        raise line.wrong("a step has one question (Q:) and its answer (A:), or neither")
    return {key: value for key, value in found.items() if value or key == "stage"}


def paragraphs(lines):
    """[(line number, text)]: a blank line, or one that begins with a mark of its own, begins another paragraph."""
    found = [[]]
    for number, text in lines:
        if not text or re.match("(Q|A|stage): ", text):
            found.append([])
        if text:
            found[-1].append((number, text))
        if text.startswith("stage: "):
            found.append([])
    return [(each[0][0], " ".join(text for _, text in each)) for each in found if each]


def settings(line, text):
    """What a stage says: {key: value}."""
    found = {}
    for word in text.split():
        key, sign, value = word.partition("=")
        if not sign or key not in ROOM:
            raise line.wrong(f"{word!r} is not key=value with a key of {', '.join(ROOM)}")
        found[key] = valid(line, key, value)
    return found


def valid(line, key, value):
    if key in ROOM and not re.fullmatch(ROOM[key], value):
        raise line.wrong(f"{key}={value} is unknown")
    return value

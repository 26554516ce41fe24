"""A paragraph of a lesson: words, *stress*, $formulas$, {figures} of the runs, and {if} between them."""

import re
from dataclasses import dataclass
from pathlib import Path

from data import Failure
from models import MODELS
from visualization.explorer.formulas import mathml

NUMBER = r"\d+(?:\.\d+)?"
FIGURE = re.compile(r"(?P<measure>[a-z]\w*)(?: (?P<nfe>\d+))?(?P<floor> floor)?(?: of (?P<of>\w+))?")
SIDE = re.compile(rf"(?:(?P<times>{NUMBER}) \* )?(?:(?P<number>{NUMBER})|(?P<key>[a-z].*))")
PIECE = re.compile(r"\{([^{}]*)\}|\$([^$]+)\$|(\*\*?)|([^{}$*]+)|(.)", re.S)
STRESS = {"*": "em", "**": "strong"}


@dataclass
class Line:
    """A line of a lesson's file. own: the model whose figures these are unless they say `of` another one."""

    path: Path
    number: int
    own: str = ""

    def wrong(self, text):
        return Failure(f"lessons/{self.path.parent.name}/{self.path.name}, line {self.number}: {text}")


def paragraph(line, text):
    """A paragraph as nodes: texts, {"math"}, {"em"}, {"strong"}, {"figure"} and {"if": [[condition, nodes], ...]}."""
    stack = [("", [])]  # what is open, and its nodes so far
    for hole, maths, stars, words, sign in PIECE.findall(text):
        kind, nodes = stack[-1]
        if words:
            nodes.append(words)
        elif maths:
            nodes.append({"math": formula(line, maths)})
        elif stars and kind == STRESS[stars]:
            stack.pop()
            stack[-1][1].append({kind: nodes})
        elif stars:
            stack.append((STRESS[stars], []))
        elif sign or not hole:
            raise line.wrong(f"{sign or '{}'} stands alone")
        elif hole.partition(" ")[0] in ("if", "or", "else", "end"):
            branch(line, stack, hole)
        else:
            nodes.append({"figure": figure(line, hole)})
    if len(stack) > 1:
        raise line.wrong(f"{ {'em': '*', 'strong': '**'}.get(stack[-1][0], '{if}') } is not ended in its paragraph")
    return stack[0][1]


def branch(line, stack, hole):
    """Begin {if a < b}, go on with {or a < b} or {else}, or {end} it: what is open is its list of branches."""
    word, _, rest = hole.partition(" ")
    if word == "if":
        branches = []
        stack[-1][1].append({"if": branches})
        stack.append(("if", branches))
    else:
        if stack.pop()[0] != "branch" or (word != "end" and stack[-1][1][-1][0] is None):
            raise line.wrong(f"{{{hole}}} belongs to no {{if}}")
        branches = stack[-1][1]
    if word == "end":
        stack.pop()
    else:
        branches.append([None if word == "else" else condition(line, rest), []])
        stack.append(("branch", branches[-1][1]))


def condition(line, text):
    """`target = marginal`, or `a < b`: a is less than b by more than both vary from seed to seed."""
    if found := re.fullmatch(r"target = (marginal|conditional|exact)", text):
        return {"target": found[1], "of": line.own}
    sides = [SIDE.fullmatch(side) for side in text.split(" < ")]
    if len(sides) != 2 or None in sides:
        raise line.wrong(f"{{if {text}}} is neither `a < b` nor `target = …`")
    return {name: bound(line, **side.groupdict()) for name, side in zip(("less", "more"), sides, strict=True)}


def bound(line, times, number, key):
    """One side of a comparison: a number or a figure, perhaps times a number."""
    value = {"number": float(number)} if number else {"figure": figure(line, key)}
    return {"times": float(times or 1)} | value


def figure(line, text):
    """A measure of the lesson's model or `of` another one: {sliced_w2 16}, {w2 floor}, {w2 of fm}."""
    found = FIGURE.fullmatch(text)
    of = found and (found["of"] or line.own)
    if not found or of not in MODELS:
        raise line.wrong(f"{{{text}}} is no figure of a model, such as {{w2}}, {{sliced_w2 16}} or {{w2 floor of fm}}")
    key = " ".join(filter(None, (found["measure"], found["nfe"])))
    return {"key": key, "floor": bool(found["floor"]), "of": of}


def formula(line, text, display=False):
    try:
        return mathml(text, display)
    except ValueError as error:
        raise line.wrong(f"the formula {text!r} cannot be read: {error}") from error

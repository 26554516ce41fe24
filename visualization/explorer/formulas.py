r"""Formulas of the lessons, in a small part of TeX, as MathML.

Letters are variables and digits numbers; `_` and `^` lower and raise one sign or a {group}; \frac{a}{b} is a fraction;
any other \name is an upright name, as in \log. Every other sign stands for itself (𝔼 ε ∑ ′ → ∥). Brackets ( ) and ‖ ‖
belong together, so that they grow with what is between them.
"""

import re
import unicodedata
from html import escape

TOKEN = re.compile(r"\\([A-Za-z]+)|(\d+(?:\.\d+)?)|(\S)")
CLOSES = {"(": ")", "‖": "‖", "{": "}"}


def mathml(text, display=False):
    """A formula as a <math> element; ValueError if it cannot be read."""
    rest = tokens(text)
    items = row(rest, None)
    return f"<math{' display=block' if display else ''}><mrow>{''.join(items)}</mrow></math>"


def tokens(text):
    r"""[(kind, sign)] in reverse, so that the next one is popped; marks such as the hat of x̂ stay with their letter."""
    found = []
    for name, digits, sign in TOKEN.findall(text):
        if sign and unicodedata.combining(sign):
            if not found or found[-1][0] != "mi":
                raise ValueError(f"{text!r}: a mark without its letter")
            found[-1] = ("mi", found[-1][1] + sign)
        elif name:
            found.append(("name", name))
        elif digits:
            found.append(("mn", digits))
        else:
            found.append(("mi" if sign.isalpha() else "mo", sign))
    return found[::-1]


def row(rest, end):
    """The MathML of all up to a closing sign."""
    items = []
    while rest:
        if rest[-1] == ("mo", end):
            rest.pop()
            return items
        item, scripts = atom(rest), {}
        while rest and rest[-1] in (("mo", "_"), ("mo", "^")):
            _, sign = rest.pop()
            scripts[sign] = atom(rest)
        items.append(scripted(item, scripts))
    if end:
        raise ValueError(f"{end} is missing")
    return items


def scripted(item, scripts):
    kind = {"_": "sub", "^": "sup", "_^": "subsup"}.get("".join(sorted(scripts, reverse=True)))
    return f"<m{kind}>{item}{''.join(scripts[sign] for sign in '_^' if sign in scripts)}</m{kind}>" if kind else item


def atom(rest):
    """The next sign or group."""
    if not rest:
        raise ValueError("something is missing at its end")
    kind, sign = rest.pop()
    if kind == "name":
        return f"<mfrac>{atom(rest)}{atom(rest)}</mfrac>" if sign == "frac" else f"<mi>{sign}</mi>"
    if kind == "mo" and sign in CLOSES:
        inner = "".join(row(rest, CLOSES[sign]))
        if sign == "{":
            return f"<mrow>{inner}</mrow>"
        begin, end = (operator(each, tall="<mfrac>" in inner) for each in (sign, CLOSES[sign]))
        return f"<mrow>{begin}{inner}{end}</mrow>"
    if kind == "mo" and sign in ")}":
        raise ValueError(f"{sign} closes nothing")
    return operator(sign) if kind == "mo" else f"<{kind}>{escape(sign)}</{kind}>"


def operator(sign, tall=False):
    """A sign between others; tall: it grows. Around all but fractions some fonts would make brackets far too tall."""
    small = "" if tall else ' stretchy="false"'
    return f"<mo{small}>{escape({'-': '−', chr(39): '′'}.get(sign, sign))}</mo>"

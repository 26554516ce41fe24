"""Tables of numbers as people save them: the contents of a text file, or one line that says what is wrong with it."""

import csv
import re
from dataclasses import dataclass
from itertools import islice

import numpy as np

from data.dialect import (
    MISSING,
    NUMBER,
    PATTERNS,
    Choices,
    commented_names,
    comments,
    counted,
    decide,
    decoded,
    is_number,
    pick,
    shown,
    split,
    title,
    where,
)

CHUNK = 4096  # rows converted to numbers at once
NUMBERS = {  # a column of numbers whose integers are all exact as floats
    mark: re.compile(rf"(?:{each.format(digits=r'[0-9]{1,15}')}[ \t]*\n)*", re.ASCII).fullmatch
    for mark, each in PATTERNS.items()
}


@dataclass(frozen=True)
class Table:
    """names: one per chosen column; values: (N, columns) float64; dropped: how many rows had missing values.

    comments: how many lines were comments.
    """

    names: tuple
    values: np.ndarray
    dropped: int = 0
    comments: int = 0


def read_table(data, choices=None):
    """The Table in the bytes of a text file. The text of a ValueError continues a sentence that begins with it."""
    choices, text = choices or Choices(), decoded(data)
    reading = decide(text, choices)
    picked = pick(reading, choices.columns)
    try:
        values, dropped = numbers(text, reading, picked, choices.drop_missing)
    except csv.Error as error:
        raise ValueError(f"is not a table throughout: {error}") from None
    names = reading.names or commented_names(text, reading)
    return Table(tuple(title(names, i) for i in picked), values, dropped, len(comments(text)))


def numbers(text, reading, picked, drop_missing):
    """(values (N, columns), how many rows were dropped), from a file whose Reading is known."""
    first = reading.rows[reading.headed][0]
    rows = (row for row in split(text, reading.delimiter) if row[0] >= first)
    parts, checked = [np.empty((0, len(picked)))], CheckedRows(reading, picked, drop_missing)
    while chunk := list(islice(rows, CHUNK)):
        values = None if checked.blank else plain_values(chunk, reading, picked)
        parts.append(checked(chunk) if values is None else values)
    return np.concatenate(parts), checked.dropped


def plain_values(rows, reading, picked):
    """The values of rows that are complete and hold plain numbers; None if some do not."""
    if any(len(cells) != reading.width for _, cells in rows):
        return None
    columns = []
    for i in picked:
        cells = [cells[i] for _, cells in rows]
        column = "\n".join(cells) + "\n"
        if column.count("\n") != len(rows) or not NUMBERS[reading.mark](column):
            return None
        columns.append(np.array(list(map(float, column.replace(",", ".").split()))))
    values = np.stack(columns, 1)
    return values if np.isfinite(values).all() and values.all() else None  # a 0 may be a number that is too small


class CheckedRows:
    """The values of rows that are not all plain: checks every cell, and says which one is wrong."""

    def __init__(self, reading, picked, drop_missing):
        self.reading, self.picked, self.drop_missing = reading, picked, drop_missing
        self.dropped, self.blank = 0, []  # blank lines at the end of a file do not count

    def __call__(self, rows):
        values = [row for line, cells in rows if (row := self.row(line, cells))]
        return np.array(values, dtype=float).reshape(len(values), len(self.picked))

    def row(self, line, cells):
        """The numbers of one row; None for one that is left out."""
        if not cells:
            return self.blank.append(line)
        if self.blank and not self.drop_missing:
            raise ValueError(f"has no values in line {self.blank[0]}; delete the line, or use --drop-missing")
        self.dropped += len(self.blank)
        self.blank.clear()
        if len(cells) != self.reading.width:
            raise ValueError(f"has {counted(len(cells), 'column')} in line {line}, but {self.reading.width} before")
        row = [self.number(line, i, cells[i].strip()) for i in self.picked]
        if None in row:
            self.dropped += 1
            return None
        return row

    def number(self, line, i, cell):
        """A cell as a float; None if it is missing and that is allowed."""
        mark, at = self.reading.mark, f"in line {line}, {where(self.reading.names, i)}"
        if cell.lower() in MISSING:
            if self.drop_missing:
                return None
            what = f"{shown(cell)} instead of a number" if cell else "an empty cell"
            raise ValueError(f"has {what} {at}; fill it in, or use --drop-missing")
        if not NUMBER[mark](cell):
            hint = "; its decimal mark differs from that of other numbers" if is_number(cell) else ""
            raise ValueError(f"has {shown(cell)} {at}, which is not a number{hint}")
        value = float(cell.replace(",", "."))
        if abs(value) == np.inf:
            raise ValueError(f"has {shown(cell)} {at}, which is too large for a number")
        if value == 0 and re.search(r"[1-9]", re.split("[eE]", cell)[0]):
            raise ValueError(f"has {shown(cell)} {at}, which is too small for a number")
        if cell.lstrip("+-").isdecimal() and int(cell) != value:
            raise ValueError(f"has {shown(cell)} {at}, an integer of more than 53 bits, too many for a float")
        return value

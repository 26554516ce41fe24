"""How to read a table of numbers: its delimiter, its decimal mark, its heading, and which of its columns.

Python's csv module splits the lines. What it leaves open is decided once for the whole file. If two readings are
possible, the user chooses; nothing is guessed. The text of a ValueError continues a sentence that begins with the
file's name.
"""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

HEAD = 200  # rows that decide how a file is read; if they leave it open, all rows are used
PATTERNS = {  # a number, by its decimal mark; there is only one way to match, so failing is fast
    ".": r"[+-]?(?:{digits}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?",
    ",": r"[+-]?(?:{digits}(?:,\d+)?|,\d+)(?:[eE][+-]?\d+)?",
}
NUMBER = {mark: re.compile(each.format(digits=r"\d+"), re.ASCII).fullmatch for mark, each in PATTERNS.items()}
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([., ])\d{3}(\1\d{3})*([.,]\d*)?", re.ASCII).fullmatch
INTEGER = re.compile(r"[+-]?\d+", re.ASCII).fullmatch
LIKE_A_NUMBER = re.compile(  # so not a name: a number with a sign or a unit, or no letters at all
    r"[+\-.,−–]*(\d|inf(inity)?$)|.*(?<![^\W_])\d+[.,]\d|(?=.*\d)[\W\d_]+$", re.IGNORECASE
).match
MISSING = {"", "-", "--", ".", "?", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "n.a.", "n.d."}
NOTHING = "\x1f"  # a delimiter that no table uses: one column
DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas", " ": "spaces", NOTHING: ""}  # the least ambiguous first
SURE = ("\t", ";")  # if one of these splits all rows alike, commas and spaces belong to the cells
MARKS = {"point": ".", "comma": ","}
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32"}
BOMS |= {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}  # after UTF-32, which begins the same way


@dataclass(frozen=True)
class Choices:
    """What the user says about a file: columns by name or number; decimal "point" or "comma"; heading "yes" or "no"."""

    columns: tuple = ()
    decimal: str = ""
    heading: str = ""
    drop_missing: bool = False


@dataclass(frozen=True)
class Reading:
    """One way to read a file. rows: (line number, cells) of its first rows, or of all of them."""

    delimiter: str
    mark: str
    rows: list
    headed: bool
    numeric: tuple

    @property
    def width(self):
        return len(self.rows[0][1])

    def numbers(self):
        """The cells of the columns with numbers, without the heading."""
        return [cells[i].strip() for _, cells in self.rows[self.headed :] for i, ok in enumerate(self.numeric) if ok]

    @property
    def names(self):
        """The cells of the heading; None if there is none."""
        return [cell.strip() for cell in self.rows[0][1]] if self.headed else None

    def __str__(self):
        if self.width == 1:
            return f"one column{' with decimal commas' if self.mark == ',' else ''}"
        commas = " with decimal commas" if self.mark == "," else ""
        return f"{self.width} columns separated by {DELIMITERS[self.delimiter]}{commas}"


def decoded(data):
    """UTF-8, or whatever else a byte order mark announces."""
    encoding = next((BOMS[bom] for bom in BOMS if data.startswith(bom)), "utf-8")
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ValueError(
            f"is not {encoding.upper()} text: line {line} has the byte {data[error.start]:#04x}; save it as UTF-8"
        ) from None
    if "\0" in text:
        raise ValueError("is not a text file, or is UTF-16 without a byte order mark; save it as UTF-8")
    return text


def split(text, delimiter):
    """Yield (line number, cells) of every line except comments, which begin with #; a blank line has no cells."""
    at = 0

    def lines():
        nonlocal at
        for at, line in enumerate(io.StringIO(text, newline=""), 1):  # noqa: B007
            if not is_comment(line):
                yield " ".join(line.split()) + "\n" if delimiter == " " else line

    for cells in csv.reader(lines(), delimiter=delimiter, skipinitialspace=True, strict=True):
        yield at, [] if len(cells) == 1 and not cells[0].strip() else cells


def is_comment(line):
    """Whether a line is # followed by text; "#N/A,1" and "#1,2" are rows."""
    return bool(re.match(r"\s*#+(\s|!|$)", line))


def comments(text):
    """The lines that are comments."""
    return [line for line in io.StringIO(text, newline="") if is_comment(line)] if "#" in text else []


def commented_names(text, reading):
    """The names in a comment directly above the first row, where NumPy writes them; None if there are none."""
    lines = list(islice(io.StringIO(text, newline=""), reading.rows[0][0] - 1))
    if not lines or not is_comment(lines[-1]):
        return None
    try:
        names = next(cells for _, cells in split(lines[-1].lstrip().lstrip("#").strip(), reading.delimiter))
    except (csv.Error, StopIteration):
        return None
    return names if len(names) == reading.width and is_heading(names, reading.mark) else None


def rows_of(text, delimiter, most=None):
    """The first rows that are not blank, each (line number, cells)."""
    return list(islice((row for row in split(text, delimiter) if row[1]), most))


# ---- how a file is read ---------------------------------------------------------------------------------------------


def decide(text, choices):
    """The only possible Reading."""
    options = readings(text, choices, HEAD)
    if len(options) > 1 and all(options[0].numeric):
        options = readings(text, choices, None, {each.delimiter for each in options})
    if not options:
        raise ValueError(no_reading(text))
    if len(options) > 1:
        ways = " or as ".join(map(str, options))
        flags = "--decimal comma or --decimal point" if len({each.mark for each in options}) > 1 else "--columns"
        line, cells = options[0].rows[options[0].headed]
        example = shown(options[0].delimiter.join(cells))
        raise ValueError(f"can be read in two ways: line {line}, {example}, as {ways}; choose with {flags}")
    (best,) = options
    if (best.delimiter, best.mark, best.headed) == (NOTHING, ",", False) and not choices.decimal:
        raise ValueError(f"{no_reading(text, but=NOTHING)}; use --decimal comma if it is one column")
    check_thousands(best, choices)
    check_heading(best, choices)
    return best


def readings(text, choices, most, among=frozenset(DELIMITERS)):
    """The possible readings of the first `most` rows; if some have numbers in all columns, only those."""
    options = []
    for delimiter in [each for each in DELIMITERS if each in among]:
        try:
            rows = rows_of(text, delimiter, most)
        except csv.Error:
            continue
        widths = {len(cells) for _, cells in rows}
        if len(widths) == 1 and (delimiter == NOTHING) == (widths == {1}):
            options += [each for mark in NUMBER if (each := reading(delimiter, mark, rows, choices))]
            if delimiter in SURE:
                break
    options = [each for each in options if can_pick(each, choices.columns)] or options
    return [each for each in options if all(each.numeric)] or options


def reading(delimiter, mark, rows, choices):
    """The Reading of rows with this decimal mark, or None if it is impossible."""
    if MARKS.get(choices.decimal, mark) != mark:
        return None
    headed = choices.heading == "yes" if choices.heading else is_heading(rows[0][1], mark)
    if headed and mark == "," and any(re.search(r",(?! )", cell) for cell in rows[0][1]):
        return None  # commas that separate names separate numbers too; "time, s" may be one name
    if headed and not choices.heading and any(map(LIKE_A_NUMBER, map(str.strip, rows[0][1]))):
        return None
    columns = list(zip(*(cells for _, cells in rows[headed:]), strict=True))
    numeric = tuple(all_numbers(column, mark) for column in columns)
    result = Reading(delimiter, mark, rows, headed, numeric)
    commas = any("," in cell for cell in result.numbers())
    if mark == "," and not commas and (delimiter == "," or not choices.decimal):
        return None  # a comma cannot be both; without any comma, reading points gives the same
    return result if any(numeric) else None


def all_numbers(column, mark):
    """Whether the cells of a column are numbers, apart from missing ones."""
    present = [cell for cell in map(str.strip, column) if cell.lower() not in MISSING]
    return bool(present) and all(map(NUMBER[mark], present))


def is_heading(cells, mark):
    """Whether a first row holds names: at least one word, and no number."""
    present = [cell for cell in map(str.strip, cells) if cell.lower() not in MISSING]
    return bool(present) and not any(map(NUMBER[mark], present))


def check_heading(reading, choices):
    """ValueError if the first row could be names as well as numbers."""
    line, cells = reading.rows[0]
    cells = [cell.strip() for cell in cells]
    if choices.heading:
        return
    below = [cell.strip() for _, cells in reading.rows[1:] for cell in cells]
    whole = all(map(INTEGER, cells)) and bool(below) and not any(map(INTEGER, below))
    counted_on = cells[cells[0] == "" :]  # pandas numbers unnamed columns, and leaves the index unnamed
    if whole or counted_on == [str(i) for i in range(len(counted_on))]:
        row = shown(reading.delimiter.join(cells))
        raise ValueError(f"begins with {row}, which may be a point or a heading; use --heading no or --heading yes")
    kinds = [bool(NUMBER[reading.mark](cell)) for cell in cells if cell.lower() not in MISSING]
    if not reading.headed and not all(kinds) and len(reading.rows) > 1 and all_but_first(reading):
        word = shown(next(cell for cell in cells if not NUMBER[reading.mark](cell) and cell.lower() not in MISSING))
        raise ValueError(f"has {word} among numbers in line {line}; use --heading yes if these are names")


def all_but_first(reading):
    """Whether all columns hold numbers below the first row."""
    below = zip(*(cells for _, cells in reading.rows[1:]), strict=True)
    return all(all_numbers(column, reading.mark) for column in below)


def check_thousands(reading, choices):
    """ValueError if the delimiter or the decimal mark could be a thousands separator."""
    rows, suspects = [cells for _, cells in reading.rows[reading.headed :]], {}
    if not choices.decimal and (reading.mark == "," or reading.delimiter == ";"):  # 1.000 may be German
        flags = f"--decimal {'comma' if reading.mark == ',' else 'point'}"
        suspects[flags] = [cell for cell in reading.numbers() if reading.mark in cell]
    if not choices.columns and (reading.delimiter == " " or (reading.delimiter == "," and not reading.headed)):
        flags = f"--columns {','.join(str(i + 1) for i in range(reading.width))}"
        suspects[flags] = [reading.delimiter.join(cells) for cells in rows]
    for flags, cells in suspects.items():
        if cells and all(THOUSANDS(cell.strip()) for cell in cells):
            raise ValueError(
                f"can be read in two ways: {shown(cells[0])} as {reading} or as one number with thousands "
                f"separators; use {flags}, or write the numbers without them"
            )


def no_reading(text, but=None):
    """Why no reading fits. but: a delimiter to leave out."""
    tables, broken = [], ""
    for delimiter in [each for each in DELIMITERS if each != but]:
        try:
            tables.append(rows_of(text, delimiter))
        except csv.Error as error:
            broken = f"is not a table: {error}"
    if not tables:
        return broken
    rows = max(tables, key=lambda each: sum(len(cells) > 1 for _, cells in each))
    if len(rows) < 2:
        return f"needs at least two points, but has {counted(len(rows), 'row')}"
    first, width = rows[0][0], len(rows[0][1])
    odd = next((row for row in rows if len(row[1]) != width), None)
    if odd:
        return f"has {counted(width, 'column')} in line {first} and {len(odd[1])} in line {odd[0]}"
    cells = [(line, cell.strip()) for line, cells in rows for cell in cells]
    bad = [each for each in cells if not is_number(each[1]) and (each[0] > first or LIKE_A_NUMBER(each[1]))]
    line, cell = (bad or cells)[0]
    hint = "; use --heading yes if that line holds names" * (line == first)
    return broken or f"has no column of numbers: {shown(cell)} in line {line} is not a number{hint}"


def is_number(cell):
    return any(match(cell.strip()) for match in NUMBER.values())


# ---- which columns --------------------------------------------------------------------------------------------------


def can_pick(reading, columns):
    """Whether a reading has the requested columns, and they hold numbers."""
    try:
        return all(reading.numeric[i] for i in places_of(columns, reading.names, reading.width))
    except ValueError:
        return False


def pick(reading, columns):
    """The places of the columns to read; without --columns the table must have one or two, with nothing but numbers."""
    names = reading.names
    if columns:
        return places_of(columns, names, reading.width)
    good = [i for i, numeric in enumerate(reading.numeric) if numeric and (not names or names[i])]
    choose = f"choose one or two: --columns {','.join(named(names, i) for i in good[:2])}"
    if names and "" in names and len(good) < reading.width:
        at = names.index("")
        raise ValueError(f"has a column {at + 1} without a name, perhaps an index saved with the data; {choose}")
    if reading.width > 2:
        kinds = ", ".join(title(names, i) for i in good[:8]) + ", …" * (len(good) > 8)
        raise ValueError(f"has {reading.width} columns, {len(good)} with numbers ({kinds}); {choose}")
    if not all(reading.numeric):
        bad = reading.numeric.index(False)
        rows = reading.rows[reading.headed :]
        line, cells = next((row for row in rows if not all_numbers([row[1][bad]], reading.mark)), rows[0])
        raise ValueError(f"has {shown(cells[bad])} in line {line}, {where(names, bad)}, not a number; {choose}")
    return list(range(reading.width))


def places_of(columns, names, width):
    """The places of columns given by name or by number, counted from 1."""
    places = []
    for column in columns:
        by_name = [i for i, name in enumerate(names or ()) if name == column]
        by_number = [int(column) - 1] if column.isdecimal() and column.isascii() else []
        matches = {*by_name, *(i for i in by_number if 0 <= i < width)}
        if len(matches) > 1:
            raise ValueError(f"has more than one column {shown(column)}; choose by number, or rename them")
        if not matches:
            called = f": {', '.join(title(names, i) for i in range(width)[:8])}" if names else ""
            have = counted(width, "column") + called
            raise ValueError(f"has no column {shown(column)}; it has {have}")
        places += matches
    if len(set(places)) < len(places):
        raise ValueError("cannot be read with the same column twice; choose two different ones")
    return places


def title(names, i):
    return printable(names[i]) if names and names[i] else f"column {i + 1}"


def printable(text):
    """Text on one line of any terminal: without control characters and undecodable bytes of file names."""
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def named(names, i):
    """What to write after --columns for a column: its name if a shell takes it unquoted, else its number."""
    simple = names and names.count(names[i]) == 1 and re.fullmatch(r"[^\W\d][\w.-]*", names[i])
    return names[i] if simple else str(i + 1)


def where(names, i):
    return f"column {i + 1}" + (f" ({printable(names[i])})" if names and names[i] else "")


def counted(n, word):
    return f"{n:,} {word}{'s' * (n != 1)}"


def shown(cell):
    """A cell in a message, shortened."""
    return repr(printable(cell if len(cell) <= 40 else f"{cell[:37]}..."))

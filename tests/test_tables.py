"""What a user's file is read as, or which line refuses it: no file is ever read as something else."""

import contextlib
import csv
import io
import math
import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.dialect import HEAD, Choices
from data.points import Points, points_of, read_points
from data.tables import CHUNK, Table, read_table

TWO = [[1.5, 2], [3, 4.25]]

# ---- small files, each with what it holds ---------------------------------------------------------------------------

READ = {  # name: (content, columns, values)
    "commas": ("1.5,2\n3,4.25\n", ("column 1", "column 2"), TWO),
    "commas and spaces": ("1.5, 2\n3,  4.25 \n", ("column 1", "column 2"), TWO),
    "semicolons": ("1.5;2\n3;4.25\n", ("column 1", "column 2"), TWO),
    "semicolons, decimal commas": ("1,5;2\n3;4,25\n", ("column 1", "column 2"), TWO),
    "tabs": ("1.5\t2\n3\t4.25\n", ("column 1", "column 2"), TWO),
    "tabs, decimal commas": ("x\ty\n1,5\t2\n3\t4,25\n", ("x", "y"), TWO),
    "spaces": ("  1.5    2\n3 4.25  \n", ("column 1", "column 2"), TWO),
    "spaces, decimal commas": ("1,5 2\n3 4,25\n", ("column 1", "column 2"), TWO),
    "quoted decimal commas": ('"1,5","2"\n"3","4,25"\n', ("column 1", "column 2"), TWO),
    "quotes": ('"x","y"\n"1.5","2"\n"3","4.25"\n', ("x", "y"), TWO),
    "a heading with a comma": ('"x, in m",y\n1.5,2\n3,4.25\n', ("x, in m", "y"), TWO),
    "Windows line ends": ("x,y\r\n1.5,2\r\n3,4.25\r\n", ("x", "y"), TWO),
    "old Mac line ends": ("x,y\r1.5,2\r3,4.25", ("x", "y"), TWO),
    "a byte order mark": ("\ufeffx,y\n1.5,2\n3,4.25\n", ("x", "y"), TWO),
    "comments": ("# made by hand\n1.5,2\n# in between\n3,4.25\n", ("column 1", "column 2"), TWO),
    "names as NumPy writes them": ("# x,y\n1.5,2\n3,4.25\n", ("x", "y"), TWO),
    "a name with a number in it": ("PM2.5,x1\n1.5,2\n3,4.25\n", ("PM2.5", "x1"), TWO),
    "blank lines around": ("\n\n1.5,2\n3,4.25\n\n\n", ("column 1", "column 2"), TWO),
    "negative second column": ("1,-2\n3,-4\n", ("column 1", "column 2"), [[1, -2], [3, -4]]),
    "exponents": ("1e3,2E-2\n-.5,+4.\n", ("column 1", "column 2"), [[1000, 0.02], [-0.5, 4]]),
    "two named columns of whole numbers": ("x,y\n1,2\n3,4\n", ("x", "y"), [[1, 2], [3, 4]]),
    "one column": ("1.5\n-2\n", ("column 1",), [[1.5], [-2]]),
    "one named column": ("height\n1.5\n-2\n", ("height",), [[1.5], [-2]]),
    "one column of decimal commas": ("x\n0,126\n-0,536\n", ("x",), [[0.126], [-0.536]]),
    "a name with a digit in it": ("x1,2nd\n1.5,2\n3,4.25\n".replace("2nd", "y2"), ("x1", "y2"), TWO),
    "an exact integer": ("9007199254740992\n1\n", ("column 1",), [[9007199254740992], [1]]),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read(name):
    content, names, values = READ[name]
    table = read_table(content.encode())
    assert table.names == names and table.dropped == 0
    assert table.values.dtype == float and table.values.tolist() == values


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_encodings_with_a_mark_are_read(encoding):
    table = read_table("größe,y\n1.5,2\n3,4.25\n".encode(encoding))
    assert table.names == ("größe", "y") and table.values.tolist() == TWO


REFUSED = {  # name: (content, words of the line that refuses it)
    "whole pairs": ("1,2\n3,4\n", ["two ways", "'1,2'", "2 columns", "decimal comma", "--decimal point"]),
    "decimal commas without a heading": ("0,126\n-0,536\n", ["two ways", "--decimal comma"]),
    "one name with a comma, or two": ("time, s\n0,5\n1,5\n", ["two ways", "--decimal"]),
    "a short row, or a decimal comma": ("12,34\n56,78\n9\n", ["2 columns in line 1", "1 in line 3", "--decimal comma"]),
    "separators of thousands": ("1,000.5\n2,000.5\n", ["two ways", "thousands", "--columns 1,2"]),
    "thousands without decimals": ("1 000\n2 500\n", ["two ways", "thousands"]),
    "decimal commas or thousands": ("1,234;5,678\n9,876;5,432\n", ["two ways", "thousands", "--decimal comma"]),
    "German thousands": ("1.234,5;2\n1,5;3\n", ["'1.234,5'", "line 1", "not a number"]),
    "German thousands between semicolons": ("1.234;567\n12.345;890\n", ["two ways", "thousands", "--decimal point"]),
    "a heading of other whole numbers": ("2019,2020\n0.5,0.7\n1.5,2.5\n", ["'2019,2020'", "--heading"]),
    "French thousands": ("1 234,50\n2 345,60\n", ["two ways", "thousands", "--columns 1,2"]),
    "French thousands below names": ("Prix total\n1 234\n2 345\n", ["two ways", "thousands"]),
    "errors of Excel first in their rows": ("x,y\n1,2.5\n#N/A,3.5\n4,5\n", ["'#N/A'", "line 3, column 1"]),
    "a division by zero": ("x,y\n1,2.5\n#DIV/0!,3.5\n4,5\n", ["'#DIV/0!'", "line 3", "not a number"]),
    "numbers behind a hash": ("#1,2.5\n#2,3.5\n", ["'#1'", "not a number"]),
    "units behind decimal commas": ("1,5 kg\n2,5 kg\n", ["two ways", "--decimal"]),
    "what pandas makes of an array": (",0,1\n0,1.5,2.5\n1,3.5,4.5\n", ["',0,1'", "--heading yes"]),
    "what pandas makes of a series": (",0\n0,1.5\n1,3.5\n", ["',0'", "--heading yes"]),
    "thousands points next to decimal commas": ("Menge;Preis\n1.234;0,5\n2.345;0,7\n", ["two ways", "--decimal"]),
    "below a limit": ("<0.5\n0.7\n0.9\n", ["'<0.5'", "line 1", "--heading yes"]),
    "a currency": ("$1.50\n2.50\n", ["'$1.50'", "line 1"]),
    "a currency's name": ("CHF 1.50\nCHF 2.50\n", ["'CHF'", "--columns 2"]),
    "a bracket for a sign": ("(1.5)\n2.5\n", ["'(1.5)'", "line 1"]),
    "an en dash for a sign": ("–1.5\n2\n", ["line 1"]),
    "an apostrophe before a number": ("'1.5\n2.5\n", ["line 1"]),
    "a word for a missing value": ("n.d.\n2.5\n3.5\n", ["'n.d.'", "--drop-missing"]),
    "a number below floats": ("1e-400\n2.5\n", ["'1e-400'", "too small"]),
    "two decimal marks": ("0.5;1\n0,5;1\n", ["'0,5'", "line 2"]),
    "an empty cell": ("1.5,\n1,2.5\n", ["empty cell", "line 1, column 2", "--drop-missing"]),
    "holes left and right": ("1.5,\n,2.5\n", ["empty cell", "line 1, column 2"]),
    "three columns with a hole per row": ("1,2,\n,2,3\n1,,3\n", ["3 columns", "--columns 1,2"]),
    "NA in the first row": ("NA,2\n3,4.5\n", ["'NA'", "line 1, column 1", "--drop-missing"]),
    "nan": ("x,y\n1,nan\n3,4\n", ["'nan'", "line 2, column 2 (y)"]),
    "a blank line between": ("1.5\n\n2.5\n", ["line 2", "--drop-missing"]),
    "an empty quoted cell": ('1.5\n""\n2.5\n', ["line 2"]),
    "a heading of whole numbers": ("0,1\n0.5,0.7\n", ["'0,1'", "--heading"]),
    "an index without a name": (",x\n0,1.5\n1,2.5\n", ["without a name", "--columns x"]),
    "an index and two columns": (",x,y\n0,1.5,2\n1,2.5,3\n", ["without a name", "--columns x,y"]),
    "an index of R": ('"x" "y"\n"1" 0.5 0.7\n"2" 1.5 2.5\n', ["2 columns in line 1", "3 in line 2"]),
    "underscores": ("1_5\n2\n", ["'1_5'", "line 1"]),
    "underscores below": ("2\n1_5\n", ["'1_5'", "line 2"]),
    "full-width digits": ("1\uff15\n2\n", ["line 1"]),
    "a Unicode minus": ("\u22121.5\n2\n", ["line 1"]),
    "a damaged first number": ("1.5x,2\n3,4.5\n", ["'1.5x'", "line 1"]),
    "names and numbers in the first row": ("x,2\n1.5,3\n", ["'x'", "--heading yes"]),
    "dates": ("2024-01-01\n2024-01-02\n", ["'2024-01-01'", "not a number"]),
    "dates and values": ("day,t\n2024-01-01,5.5\n2024-01-02,6.5\n", ["'2024-01-01'", "--columns t"]),
    "words and values": ("name,v\nAnn,1.5\nBob,2.5\n", ["'Ann'", "line 2", "--columns v"]),
    "more than two columns": ("a,b,c\n1,2,3.5\n2,3,4.5\n", ["3 columns", "a, b, c", "--columns a,b"]),
    "rows of different lengths": ("1.5,2\n3\n", ["2 columns in line 1", "1 in line 2"]),
    "a delimiter at the end": ("1.5,2,\n3,4,\n", ["3 columns", "2 with numbers", "--columns 1,2"]),
    "an open quote": ('"1.5,2\n3,4\n', ["not a table"]),
    "infinity": ("1.5\ninf\n", ["'inf'", "line 2"]),
    "infinity first": ("inf\n1.5\n", ["'inf'", "line 1"]),
    "a number beyond floats": ("1e999,2\n3,4\n", ["'1e999'", "too large"]),
    "an integer beyond 53 bits": ("9007199254740993\n1\n", ["'9007199254740993'", "53 bits"]),
    "hexadecimal": ("0x10\n2\n", ["'0x10'"]),
    "a complex number": ("1+2j\n2\n", ["'1+2j'"]),
    "true and false": ("True\nFalse\n", ["'False'"]),
    "no rows": ("", ["at least two points", "0 rows"]),
    "a heading alone": ("x,y\n", ["at least two points", "1 row"]),
    "prose": ("My points.\nVery few.\n", ["'Very", "line 2", "not a number"]),
    "code": ("1,2.5\n__import__('os').system('touch planted'),3\n", ["line 2, column 1", "not a number"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    content, words = REFUSED[name]
    with pytest.raises(ValueError) as refusal:
        read_table(content.encode())
    line = str(refusal.value)
    assert "\n" not in line and all(word in line for word in words), line


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("größe,y\n1.5,2\n".encode("latin-1"), ["not UTF-8", "line 1", "0xf6"]),
        ("x,y\n1.5,2\n".encode("utf-16-le"), ["UTF-16", "save it as UTF-8"]),
        (b"PK\x03\x04\x00\x00", ["not a text file"]),
        (b"\xff\xfe\x00\x01\x02", ["UTF-16"]),
    ],
)
def test_what_is_no_text(data, words):
    with pytest.raises(ValueError) as refusal:
        read_table(data)
    assert all(word in str(refusal.value) for word in words), refusal.value


CHOSEN = {
    "two columns": ("1,2\n3,4\n", {"columns": ("1", "2")}, [[1, 2], [3, 4]]),
    "a decimal point": ("1,2\n3,4\n", {"decimal": "point"}, [[1, 2], [3, 4]]),
    "a decimal comma": ("1,2\n3,4\n", {"decimal": "comma"}, [[1.2], [3.4]]),
    "not thousands": ("1,000.5\n2,000.5\n", {"columns": ("1", "2")}, [[1, 0.5], [2, 0.5]]),
    "a heading": ("0,1\n0.5,0.7\n1,2\n", {"heading": "yes"}, [[0.5, 0.7], [1, 2]]),
    "no heading": ("0,1\n0.5,0.7\n", {"heading": "no"}, [[0, 1], [0.5, 0.7]]),
    "by name": ("a,b,c\n1,x,3.5\n2,y,4.5\n", {"columns": ("c", "a")}, [[3.5, 1], [4.5, 2]]),
    "by number": ("a,b,c\n1,x,3.5\n2,y,4.5\n", {"columns": ("3", "1")}, [[3.5, 1], [4.5, 2]]),
    "the column beside an index": (",x\n0,1.5\n1,2.5\n", {"columns": ("x",)}, [[1.5], [2.5]]),
    "a heading of pandas": (
        ",0,1\n0,1.5,2.5\n1,3.5,4.5\n",
        {"heading": "yes", "columns": ("2", "3")},
        [[1.5, 2.5], [3.5, 4.5]],
    ),
    "decimal commas that come late": (
        "x;y\n" + "1;2\n" * 250 + "1,5;2\n",
        {"decimal": "comma"},
        [[1, 2]] * 250 + [[1.5, 2]],
    ),
    "no missing value but 0": ("0.0\n-0e5\n1.5\n", {}, [[0], [0], [1.5]]),
    "without missing values": ("1.5,\n1,2\n\n3,4\nNA,1\n", {"drop_missing": True}, [[1, 2], [3, 4]]),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_the_user_chooses(name):
    content, choices, values = CHOSEN[name]
    table = read_table(content.encode(), Choices(**choices))
    assert table.values.tolist() == values
    assert table.dropped == (3 if "drop_missing" in choices else 0)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (("q",), ["no column 'q'", "a, b, c"]),
        (("4",), ["no column '4'"]),
        (("b",), ["'x'", "line 2, column 2 (b)"]),
        (("a", "1"), ["twice"]),
    ],
)
def test_columns_that_are_not_there(columns, words):
    with pytest.raises(ValueError) as refusal:
        read_table(b"a,b,c\n1,x,3.5\n2,y,4.5\n", Choices(columns=columns))
    assert all(word in str(refusal.value) for word in words), refusal.value


@pytest.mark.parametrize(
    ("content", "choices"),
    [
        ("1,5 kg\n2,5 kg\n", {"columns": ("1",)}),
        ("2024-01-01 1,5\n2024-01-02 2,5\n", {"columns": ("2",)}),
        ("name\tpop\nSmith, John\t1,234\nDoe, Jane\t5,678\n", {"columns": ("pop",)}),
        ("Menge;Preis\n1.234;0,5\n2.345;0,7\n", {"columns": ("Menge",)}),
        ("Menge\n1.234\n5.678\n", {"decimal": "comma"}),
    ],
)
def test_a_choice_of_columns_is_no_choice_between_readings(content, choices):
    with pytest.raises(ValueError) as refusal:
        read_table(content.encode(), Choices(**choices))
    assert "two ways" in str(refusal.value) or "not a number" in str(refusal.value)


def test_a_column_called_twice():
    with pytest.raises(ValueError, match="more than one column"):
        read_table(b"x,x,y\n1.5,2,3\n3,4,5\n", Choices(columns=("x", "y")))


@pytest.mark.parametrize("row", [HEAD + 5, CHUNK + 5])
@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ('"1\n5"', "not a number"),
        ("1_5", "'1_5'"),
        ("", "empty cell"),
        ("1,5", "3 columns"),
        ("NaN", "'NaN'"),
        ("1e999", "large"),
    ],
)
def test_a_late_row_is_checked_like_the_first(row, cell, words):
    lines = [f"{i}.5,{i}" for i in range(row + 10)]
    lines[row] = f"{cell},2"
    with pytest.raises(ValueError, match=f"line {row + 1 + cell.count(chr(10))}") as refusal:
        read_table("\n".join(lines).encode())
    assert words in str(refusal.value)


@pytest.mark.parametrize("cell", ['"5.5"x', '"5', "5" * 140_000])
def test_a_late_row_that_is_no_row(cell):
    lines = [f"{i}.5,{i}" for i in range(HEAD + 100)]
    lines[HEAD + 50] = f"{cell},2"
    with pytest.raises(ValueError, match="not a table"):
        read_table("\n".join(lines).encode())


def test_a_late_row_decides_what_the_first_rows_leave_open():
    lines = [f"{i},{i}" for i in range(HEAD + 10)] + ["1.5,2"]
    assert read_table("\n".join(lines).encode(), Choices(heading="no")).values.shape == (HEAD + 11, 2)


# ---- property: whatever a program writes is read back exactly, or refused -------------------------------------------

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**6), 10**6),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(-1e3, 1e3).map(lambda value: round(value, 3)),
)
TABLES = st.integers(1, 2).flatmap(
    lambda d: st.lists(st.lists(NUMBERS, min_size=d, max_size=d), min_size=2, max_size=6)
)
HEADINGS = st.sampled_from([None, ("x", "y"), ("time, s", "height"), ("0", "1"), ("", "x")])


def check(data, rows, names=None):
    """What is read is what was written; a refusal is one line."""
    try:
        table = read_table(data)
    except ValueError as refusal:
        assert "\n" not in str(refusal)
        return
    assert table.values.tolist() == [[float(value) for value in row] for row in rows], data
    assert table.dropped == 0 and (names is None or table.names == names[: len(table.names)])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    TABLES,
    HEADINGS,
    st.sampled_from([",", ";", "\t", " "]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_what_csv_writes(rows, heading, delimiter, quoting, end, comma):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end)
    if heading:
        writer.writerow(heading[: len(rows[0])])
    for row in rows:
        writer.writerow([str(value).replace(".", ",") if comma else value for value in row])
    check(file.getvalue().encode(), rows, heading and tuple(heading) if heading and all(heading) else None)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TABLES, HEADINGS, st.sampled_from([",", ";", "\t"]), st.sampled_from([".", ","]), st.booleans(), st.booleans())
def test_what_pandas_writes(rows, heading, delimiter, mark, index, headed):
    frame = pd.DataFrame(rows, columns=heading[: len(rows[0])] if heading else None, dtype=object).infer_objects()
    text = frame.to_csv(sep=delimiter, decimal=mark, index=index, header=headed)
    written = [[float(value) for value in row] for row in frame.to_numpy().tolist()]
    if index:
        written = [[i, *row] for i, row in enumerate(written)]
    check(text.encode(), written)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    TABLES.map(lambda rows: np.array(rows, dtype=float)),
    st.sampled_from([",", ";", "\t", " "]),
    st.sampled_from(["", "x y", "x,y"]),
    st.sampled_from(["%.18e", "%.17g", "%r"]),
)
def test_what_numpy_writes(rows, delimiter, header, form):
    file = io.StringIO()
    if form == "%r":
        form = "%s"
    np.savetxt(file, rows, delimiter=delimiter, header=header, fmt=form)
    check(file.getvalue().encode(), rows.tolist())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text):
    with contextlib.suppress(ValueError):
        assert np.isfinite(read_table(text.encode("utf-8", "surrogatepass")).values).all()


# ---- .npy -----------------------------------------------------------------------------------------------------------


def saved(path, array, **options):
    np.save(path, array, **options)
    return path


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "i1", "u2", "i8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_read_exactly(kind, order, tmp_path):
    array = np.array([[1, 2], [3, 5], [8, 13]], dtype=kind, order=order)
    points = read_points(saved(tmp_path / "a.npy", array))
    back = [points.user(column, i) for i, column in enumerate(np.transpose(points.components))]
    assert np.allclose(np.transpose(back), array) and points.rows == 3


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([1 + 2j, 3]), ["complex128", "not real numbers"]),
        (np.array(["2024-01-01", "2024-01-02"], dtype="M8[D]"), ["datetime64"]),
        (np.array(["a", "b"]), ["not real numbers"]),
        (np.array([True, False]), ["bool"]),
        (np.zeros(3, dtype=[("x", "f8"), ("y", "f8")]), ["records"]),
        (np.array([2**53 + 1, 3]), ["53 bits", "row 1, column 1"]),
        (np.array([[1, np.nan], [3, 4]]), ["NaN", "row 1, column 2", "--drop-missing"]),
        (np.array([[1, 2], [3, np.inf]]), ["infinite", "row 2, column 2"]),
        (np.zeros((4, 3)), ["3 columns", "--columns 1,2"]),
        (np.zeros((2, 2, 2)), ["shape"]),
        (np.float64(3), ["shape"]),
        (np.array([1.5]), ["two points"]),
        (np.array([1.5, 1.5]), ["are the same"]),
    ],
)
def test_arrays_that_are_refused(array, words, tmp_path):
    with pytest.raises(ValueError) as refusal:
        read_points(saved(tmp_path / "a.npy", array))
    line = str(refusal.value)
    assert "\n" not in line and "a.npy" in line and all(word in line for word in words), line


@pytest.mark.parametrize(
    "header", [b"{'descr': '<f8', 'shape': (3,\n", b"{[]: 1}\n", b"x" * 9000 + b"\n", b"\xff\n", b"{}\n"]
)
def test_headers_of_arrays_that_are_broken(header, tmp_path):
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(ValueError, match=r"a\.npy is not a whole \.npy file") as refusal:
        read_points(tmp_path / "a.npy")
    assert len(str(refusal.value)) < 300 + len(str(tmp_path)) and "\n" not in str(refusal.value)


def test_an_array_of_negative_size(tmp_path):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (-3, -2)}\n"
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(48))
    with pytest.raises(ValueError, match=r"claims the shape \(-3, -2\)"):
        read_points(tmp_path / "a.npy")


def test_columns_of_an_array(tmp_path):
    path = saved(tmp_path / "a.npy", np.arange(12.0).reshape(4, 3))
    points = read_points(path, Choices(columns=("3", "1")))
    assert points.columns == ("column 3", "column 1") and points.centre == (6.5, 4.5)
    for columns, words in ((("x",), "no column 'x'"), (("1", "9"), "no column '9'"), (("1", "1"), "twice")):
        with pytest.raises(ValueError, match=words):
            read_points(path, Choices(columns=columns))


def test_claims_are_checked_before_memory_is_taken(tmp_path):
    """A file of 128 bytes that claims 16 TB, and one with something behind its array."""
    with open(tmp_path / "a.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 2)})
    with pytest.raises(ValueError, match="claims 16,000,000,000,000 bytes"):
        read_points(tmp_path / "a.npy")
    with open(saved(tmp_path / "b.npy", np.array(TWO)), "ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match=r"claims 32 bytes.* has 36"):
        read_points(tmp_path / "b.npy")


# ---- what is no file ------------------------------------------------------------------------------------------------


def test_the_name_that_the_user_gave_decides(tmp_path):
    (tmp_path / "blob").write_text("1.5,2\n3,4.25\n")
    (tmp_path / "two.csv").symlink_to("blob")
    points = read_points(tmp_path / "two.csv")
    assert points.name == "two.csv" and points.dim == 2 and points.centre == (2.25, 3.125)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_and_devices_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for target in ("zero", "stdin"):
        (tmp_path / f"{target}.csv").symlink_to(os.path.join(os.sep, "dev", target))
    for name in ("pipe.csv", "zero.csv", "stdin.csv"):
        with pytest.raises(ValueError, match=f"{name} is not a regular file"):
            read_points(tmp_path / name)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ValueError, match=r"folder\.csv cannot be read"):
        read_points(tmp_path / "folder.csv")


# ---- from numbers to a mixture --------------------------------------------------------------------------------------


def table(values, names=None):
    values = np.array(values, dtype=float)
    return Table(names or tuple("xy"[: values.shape[1]]), values, 0)


def test_the_mixture_of_points_by_value():
    """Three points, by hand: mean (2, 2), mean square 8 / 6 per axis, scaled to 2; bandwidth 3^(-1/6)."""
    points = points_of(table([[1, 2], [2, 0], [3, 4]]), "p")
    scale = math.sqrt((1 + 0 + 1 + 0 + 4 + 4) / 6) / 2
    assert points.centre == pytest.approx((2, 2)) and points.scale == pytest.approx((scale, scale))
    mixture = points.mixture()
    assert np.allclose(mixture.means, np.array([[-1, 0], [0, -2], [1, 2]]) / scale)
    assert np.allclose(mixture.weights, 1 / 3)
    assert np.allclose(mixture.covariances, (0.5 * 2 * 3 ** (-1 / 6)) ** 2 * np.eye(2))
    one = points_of(table([[0], [1], [2], [3]]), "p").mixture()
    assert np.allclose(one.covariances, (4 ** (-1 / 5)) ** 2) and np.sqrt(np.square(one.means).mean()) == pytest.approx(
        2
    )


def test_each_axis_by_its_own_standard_deviation():
    rng = np.random.default_rng(0)
    values = rng.normal((1.7, 50_000), (0.1, 9_000), (200, 2))
    one, each = (points_of(table(values), "p", standardize) for standardize in (False, True))
    assert one.scale[0] == one.scale[1] and "--standardize" in one.about and "--standardize" not in each.about
    assert np.allclose(np.std(each.components, 0), 2) and np.std(one.components, 0)[0] < 1e-3
    assert np.allclose(each.scale, values.std(0) / 2)
    assert points_of(table([[1, 2], [3, 2]]), "p").about.endswith("; y has only one value")
    with pytest.raises(ValueError, match="only one value in y"):
        points_of(table([[1, 2], [3, 2]]), "p", standardize=True)


@pytest.mark.parametrize("standardize", [False, True])
def test_a_far_point_does_not_rule_the_scale(standardize):
    values = np.random.default_rng(0).standard_normal((5000, 2))
    values[17] = 1e6, 0
    points = points_of(table(values), "p", standardize)
    assert np.allclose(points.scale, 0.5, rtol=0.05)
    assert np.sqrt(np.trace(points.mixture().covariance) / 2) == pytest.approx(2, rel=0.1)
    assert "1 point far from all others left out, the farthest at (1e+06, 0)" in points.about
    assert "256 of 4,999" in points.about


def test_the_farthest_of_those_left_out_is_named():
    """Each axis by its own measure: -900 is not far on a wide axis, 500 is on a narrow one."""
    values = np.random.default_rng(0).standard_normal((500, 2)) * (300, 1)
    values[7], values[8] = (3, 500), (-900, 0)
    assert "the farthest at (3, 500)" in points_of(table(values), "p", standardize=True).about


def test_lines_that_are_skipped_are_counted():
    text = "# x,y\n1.5,2\n# 7,8\n3,4.25\n"
    points = points_of(read_table(text.encode()), "p.csv")
    assert points.columns == ("x", "y") and "; 2 lines beginning with # skipped" in points.about


def test_a_small_mode_and_heavy_tails_are_not_far():
    rng = np.random.default_rng(0)
    small = np.concatenate([rng.normal(0, 1, (950, 1)), rng.normal(100, 1, (50, 1))])
    assert "left out" not in points_of(table(small), "p").about
    assert "left out" not in points_of(table(rng.standard_t(3, (1000, 1))), "p").about
    assert "left out" not in points_of(table([[0], [1], [1000]]), "p").about, "of few points each counts"


@pytest.mark.parametrize("power", [-300, -160, -13, 0, 150, 300])
@pytest.mark.parametrize("offset", [0, 3])
def test_the_scale_of_the_file_changes_nothing(power, offset):
    """Points of any size are the same target, and go back to what they were."""
    values = np.random.default_rng(0).standard_normal((40, 2)) + offset
    scaled = points_of(table(values * 10.0**power), "p")
    assert np.allclose(scaled.components, points_of(table(values), "p").components, atol=1e-9)
    back = np.stack([scaled.user(column, i) for i, column in enumerate(np.transpose(scaled.components))], 1)
    assert np.allclose(back / 10.0**power, values)


def test_points_are_values(tmp_path):
    """Equal by what they hold, not by where they were; plain types and back change nothing."""
    import json

    from data.points import plain, restored

    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "p.csv").write_text("1.5,2\n3,4.25\n")
    (tmp_path / "p.csv").write_text("1.5,2\n3,4.25\n")
    one, two = read_points(tmp_path / "p.csv"), read_points(tmp_path / "a" / "p.csv")
    assert one == two and hash(one) == hash(two)
    again = restored(json.loads(json.dumps(plain(one))))
    assert isinstance(again, Points) and again == one and restored("moons") == "moons"
    (tmp_path / "p.csv").write_text("1.5,2\n3,4.26\n")
    assert read_points(tmp_path / "p.csv") != two

"""What the design promises of the whole tree: the direction of imports, the dependencies, no path of any machine."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from models import MODELS

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("data", "models", "evaluation", "training", "visualization", "commands")  # each may use those before it
LIBRARY = ROOMS[:-1]
SCRIPTS = ("main.py", "run_comparison.py", "run_sweep.py", "run_pages.py", "run_table.py")
FILES = sorted(
    path
    for path in ROOT.rglob("*.py")
    if not any(part.startswith(".") or part == "outputs" for part in path.relative_to(ROOT).parts)
)
SOURCES = [path for path in FILES if path.relative_to(ROOT).parts[0] != "tests"]
REQUIRED_AS = {"PIL": "pillow", "distributed": "dask"}
REQUIREMENTS = ("requirements.txt", "requirements-sweep.txt", "requirements-film.txt")  # the second is optional


def name_of(path):
    return str(path.relative_to(ROOT))


def room_of(path):
    return path.relative_to(ROOT).parts[0]


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def in_rooms(*rooms):
    return pytest.mark.parametrize("path", [path for path in SOURCES if room_of(path) in rooms], ids=name_of)


def main_lines(tree):
    """The body of `if __name__ == "__main__"`; none if there is no such block."""
    blocks = [node for node in tree.body if isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)]
    return [line for block in blocks for line in block.body]


def imports(node):
    """Every module that a tree imports, inner imports and __main__ lines too."""
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom):
            assert each.level == 0
            yield each.module


def tops(node):
    return {name.partition(".")[0] for name in imports(node)}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_go_one_way(path):
    """Inner imports too; only the hand-over lines of the scripts of one model import the commands."""
    room, tree = room_of(path), parsed(path)
    if path.stem.startswith(("train_", "viz_")):
        hand_over = main_lines(tree)[-2:]
        assert ast.unparse(hand_over[0]) == "from commands.study import script", "the hand-over"
        for block in tree.body:
            if isinstance(block, ast.If):
                block.body = block.body[:-2]
    allowed = ROOMS[: ROOMS.index(room) + 1] if room in ROOMS else (*ROOMS, "benchmarks")
    scripts = {Path(script).stem for script in SCRIPTS}
    for name in tops(tree):
        assert name not in (*ROOMS, *scripts, "benchmarks", "tests") or name in allowed, (
            f"{room} must not import {name}"
        )


def test_no_circles():
    """No module of ours imports itself through others."""
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in SOURCES}
    modules = {name.removesuffix(".__init__"): path for name, path in modules.items()}
    needs = {}
    for name, path in modules.items():
        tree, found = parsed(path), set()
        tree.body = [node for node in tree.body if not isinstance(node, ast.If)]  # __main__ lines end the program
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
        needs[name] = found & modules.keys() - {name}
    while needs:
        free = {name for name, others in needs.items() if not others & needs.keys()}
        assert free, f"a circle among {sorted(needs)}"
        for name in free:
            del needs[name]


def test_no_inner_imports():
    """Inner imports wait for what is heavy and seldom needed; ours are at the top of a file."""
    inner = {}
    for path in SOURCES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef) and room_of(path) in ROOMS and (names := tops(node) & {*ROOMS}):
                inner[name_of(path)] = names
    assert not inner, "jobs name the module that does them, see commands/workers.py"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_scripts_run(path):
    """Whoever has __main__ lines is a script: three lines of its own, which nobody imports."""
    lines = main_lines(parsed(path))
    if name_of(path) == "benchmarks/__main__.py":
        return
    if name_of(path) in SCRIPTS or path.stem.startswith(("train_", "viz_")):
        others = [line for line in lines if not isinstance(line, ast.Import | ast.ImportFrom)]
        assert len(others) == 2 and "sys.path" in ast.unparse(others[0]) and room_of(path) != "commands"
        assert sum(isinstance(line, ast.ImportFrom) and "commands" in line.module for line in lines) == 1
    else:
        assert not lines and "sys.path" not in path.read_text(encoding="utf-8"), "no script"


FORBIDDEN = {"argparse", "signal", "subprocess", "multiprocessing", "concurrent", "threading", "tqdm", "filelock"}
WRITERS = {"write_text", "write_bytes", "mkdir", "unlink", "touch", "rmdir", "rename", "savefig", "exit"}


@in_rooms(*LIBRARY)
def test_a_library_writes_prints_and_starts_nothing(path):
    """Only commands/ reads flags, writes files, prints, starts processes or catches signals."""
    tree = parsed(path)
    tree.body = [node for node in tree.body if not isinstance(node, ast.If)]  # the hand-over
    assert not tops(tree) & FORBIDDEN
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called != "print" and called not in WRITERS, f"{called} in line {node.lineno}"
            if called == "open" and ast.unparse(node.func) != "os.open":
                modes = [*node.args[1:2], *(keyword.value for keyword in node.keywords if keyword.arg == "mode")]
                assert all(not set("wax+") & set(ast.literal_eval(mode)) for mode in modes), f"line {node.lineno}"


@in_rooms(*ROOMS)
def test_what_a_model_is_its_class_says(path):
    """No hasattr on models, and no model's name but in the registry and in its own files."""
    tree = parsed(path)
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "hasattr"]
    assert all(ast.unparse(node.args[0]) in ("os", "signal") for node in attributes)
    if room_of(path) == "models" or path.stem.startswith(("train_", "viz_")):
        return
    named = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert not named & MODELS.keys()


@pytest.mark.parametrize(
    ("room", "banned"),
    [
        ("data", {"torch", "matplotlib"}),
        ("models", {"numpy", "argparse", "matplotlib"}),
        ("evaluation", {"matplotlib"}),
        ("training", {"matplotlib"}),
    ],
)
def test_rooms_do_without(room, banned):
    for path in (ROOT / room).glob("*.py"):
        assert not banned & tops(parsed(path)), path.name


def test_requirements_cover_every_import():
    text = "".join((ROOT / name).read_text() for name in REQUIREMENTS)
    pinned = re.findall(r"^([a-z-]+)(?:\[[a-z]+\])?==\d[\w.]*", text, re.M)
    lines = [line for line in text.splitlines() if line and line[0] != "#"]
    assert len(pinned) == len(lines), "every requirement is pinned exactly"
    own = {path.stem for path in SOURCES} | set(ROOMS) | {"benchmarks"}
    own |= {"jax", "selenium"}  # of benchmarks, which are left out if these are not installed
    used = {REQUIRED_AS.get(name, name) for path in SOURCES for name in tops(parsed(path))}
    outside = used - own - set(sys.stdlib_module_names)
    assert outside == set(pinned)
    optional = {path.name for path in SOURCES if "distributed" in tops(parsed(path))}
    assert optional == {"workers.py"}, "what is optional is imported in one place, where it is asked for"
    assert {path.name for path in SOURCES if "av" in tops(parsed(path)) and "tests" not in path.parts} == {"video.py"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8").lower()
    assert all(name in readme for name in pinned), "README says why each is there"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_absolute_path(path):
    assert not re.search(r"""["'](/(home|tmp|work|Users|root|opt)\b|[A-Z]:\\\\)""", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_functions_and_files_stay_short(path):
    text = path.read_text(encoding="utf-8")
    room, lines = path.relative_to(ROOT).parts[0], text.count("\n")
    kind = room if room == "models" and path.stem not in ("__init__", "base", "source") else path.stem.partition("_")[0]
    assert lines <= {"models": 69, "train": 25, "viz": 40}.get(kind, 400)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 40, node.name


def test_generated_files_are_not_kept():
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    if not kept:
        pytest.skip("not a git checkout")
    assert not [name for name in kept if name.startswith(("outputs/", ".venv/")) or "__pycache__" in name]


def test_every_promise_names_tests_that_exist():
    """docs/RELIABILITY.md: a bare name is in the file that was named last in its row."""
    text = (ROOT / "docs" / "RELIABILITY.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "`test_" in line]
    assert len(rows) > 30
    for row in rows:
        tests = ""
        for file, name in re.findall(r"`(?:(test_\w+\.py)(?:::)?)?(test_\w+)?`", row.rpartition(" | ")[2]):
            tests = (ROOT / "tests" / file).read_text(encoding="utf-8") if file else tests
            assert not name or f"def {name}(" in tests, (file, name)

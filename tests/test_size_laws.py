"""One idea per file, one screen per function."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = [
    *(ROOT / "src").rglob("*.py"),
    *(ROOT / "src").rglob("*.cu*"),
    *(ROOT / "workflow/rules").glob("*.smk"),
]


def lines_of_code(function, text):
    """Lines of a function that are neither its docstring, nor comments, nor empty."""
    lines = text.splitlines()[function.lineno - 1 : function.end_lineno]
    docstring = ast.get_docstring(function, clean=False)
    if docstring is not None:
        first = function.body[0]
        del lines[first.lineno - function.lineno : first.end_lineno - function.lineno + 1]
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in lines)


def test_no_file_is_over_300_lines():
    sizes = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in FILES}
    assert {path: n for path, n in sizes.items() if n > 300} == {}


def test_no_function_is_over_40_lines_of_code():
    too_long = {}
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and lines_of_code(node, text) > 40:
                too_long[f"{path.relative_to(ROOT)}:{node.name}"] = lines_of_code(node, text)
    assert too_long == {}


def test_no_test_file_is_over_250_lines():
    sizes = {
        p.relative_to(ROOT): len(p.read_text().splitlines()) for p in ROOT.glob("tests/**/*.py")
    }
    assert {path: n for path, n in sizes.items() if n > 250} == {}

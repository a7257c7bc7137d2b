"""All text is read and written as UTF-8, whatever the locale says."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
OPENERS = {"open", "read_text", "write_text", "fdopen", "NamedTemporaryFile", "TextIOWrapper"}
OTHERS = {"atomic", "outputs", "Image", "os", "gzip", "archive", "tarfile", "lmdb", "reader"}
"""Whose functions of these names name the encoding themselves, or open bytes unless told."""


def _names_encoding(call):
    return any(keyword.arg in ("encoding", None) for keyword in call.keywords)


def _is_binary(call):
    """Whether a mode is given that opens bytes; what opens no text at all has a "b" nowhere."""
    texts = [a.value for a in call.args[:2] if isinstance(a, ast.Constant)]
    modes = texts + [k.value.value for k in call.keywords if k.arg == "mode"]
    return any(isinstance(mode, str) and "b" in mode for mode in modes)


def calls_in_the_locales_encoding(text):
    """Lines of calls that read or write text, and leave the encoding to the locale."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = getattr(function, "attr", getattr(function, "id", None))
        owner = getattr(function, "value", None)
        owner = getattr(owner, "attr", getattr(owner, "id", None))
        if name not in OPENERS or owner in OTHERS:
            continue
        imported = isinstance(function, ast.Name) and name != "open"  # ours, by its bare name
        if not (imported or _is_binary(node) or _names_encoding(node)):
            found.append(node.lineno)
    return found


def test_the_law_knows_what_breaks_it():
    assert calls_in_the_locales_encoding("open('x')\np.read_text()\np.open('w')") == [1, 2, 3]
    kept = "open('x', 'rb')\np.read_text(encoding='utf-8')\np.open('ab')\natomic.write_text(p, t)"
    assert calls_in_the_locales_encoding(kept) == []


def test_no_file_is_read_or_written_in_the_locales_encoding():
    wrong = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "src").rglob("*.py")
        if (lines := calls_in_the_locales_encoding(path.read_text(encoding="utf-8")))
    }
    assert wrong == {}

"""Public names are on the page of the API; docstrings say arguments, results and errors."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs/api.md").read_text("utf-8")
PACKAGES = ("beyond_blur", "beyond_blur.processes", "beyond_blur.features", "beyond_blur.metrics")
NAMES = [(package, name) for package in PACKAGES
         for name in importlib.import_module(package).__all__]  # fmt: skip


def has_section(text, title):
    return re.search(rf"^\s*{title}\n\s*-+$", text, re.MULTILINE) is not None


def documented(package, name):
    """What is public, with its docstring; of a class also that of its ``__call__``."""
    found = getattr(importlib.import_module(package), name)
    return found, inspect.getdoc(found) or ""


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_the_page_has_every_public_name(package, name):
    found, _ = documented(package, name)
    if callable(found) and hasattr(found, "__module__"):
        assert re.search(rf"^\.\. auto\w+:: (\w+\.)*{name}$", PAGE, re.MULTILINE), name


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_a_docstring_names_arguments_results_and_errors(package, name):
    found, text = documented(package, name)
    if not callable(found) or not hasattr(found, "__module__"):
        return  # a table of constants, or an alias of a type
    if not inspect.isfunction(found):
        assert text
        return
    signature = inspect.signature(found)
    missing = [one for one in signature.parameters if not re.search(rf"\b{one}\b", text)]
    assert missing == []
    returned = signature.return_annotation not in (None, "None")
    assert has_section(text, "Returns") or not returned
    raises = re.search(r"^ +raise \w", inspect.getsource(found), re.MULTILINE)
    assert has_section(text, "Raises") or not raises

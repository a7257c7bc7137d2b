"""Compiled kernels: their cache on disk looks at every file that they are compiled from."""

import ast
from pathlib import Path
from types import SimpleNamespace

import numba
import pytest

import beyond_blur
from beyond_blur.lbm.cpu import simd, step

PACKAGE = Path(beyond_blur.__file__).parent


def solver_modules(path):
    """Files of the solver that a file imports from."""
    nodes = ast.walk(ast.parse(path.read_text()))
    names = [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    rooms = [name.split(".")[1:] for name in names if name.startswith("beyond_blur.lbm")]
    return {PACKAGE.joinpath(*room).with_suffix(".py") for room in rooms}


def test_the_cache_watches_every_file_that_kernels_are_compiled_from():
    kernels = set((PACKAGE / "lbm" / "cpu").glob("*.py"))
    assert kernels <= set(simd._SOURCES)
    assert set().union(*map(solver_modules, kernels)) <= set(simd._SOURCES)


def test_every_kernel_carries_the_date_of_all_files():
    assert step.step._cache._cache_file._source_stamp == simd._STAMP
    assert len(simd._STAMP) == len(simd._SOURCES)


@pytest.mark.parametrize("dispatcher", [
    SimpleNamespace(), SimpleNamespace(_cache=SimpleNamespace()),
    SimpleNamespace(_cache=SimpleNamespace(_cache_file=SimpleNamespace())),
])  # fmt: skip
def test_a_numba_whose_cache_cannot_be_told_is_refused(dispatcher, monkeypatch):
    monkeypatch.setattr(numba, "__version__", "9.9")
    monkeypatch.setattr(simd, "njit", lambda **_: lambda function: dispatcher)
    with pytest.raises(RuntimeError, match=r"^numba 9\.9 has no .*_source_stamp.*pyproject\.toml$"):
        simd.kernel(lambda: None)

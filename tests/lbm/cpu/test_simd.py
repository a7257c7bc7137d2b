"""Compiled kernels: their cache on disk looks at every file that they are compiled from."""

import ast
import errno
from pathlib import Path
from types import SimpleNamespace

import numba
import pytest
from numba.core import caching, dispatcher

import beyond_blur
from beyond_blur.lbm.cpu import simd, step
from beyond_blur.storage import cache_folders

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


@pytest.mark.parametrize("missing", ["_cache", "_cache_file", "_source_stamp",
                                     "_guard_against_spurious_io_errors"])  # fmt: skip
def test_a_numba_with_another_cache_compiles_anew_and_says_so(
    missing, monkeypatch, tmp_path, caplog
):
    """Its cache would not see that other files have changed, and would run stale code."""
    real, cached = numba.njit, []

    def njit(**options):
        def decorate(function):
            made = real(**options)(function)
            made.enable_caching = lambda: cached.append(made)
            members = {"_source_stamp": 0, "_guard_against_spurious_io_errors": None}
            members.pop(missing, None)
            cache = SimpleNamespace(_cache_file=SimpleNamespace(**members), **members)
            if missing == "_cache_file":
                del cache._cache_file
            made._cache = None if missing == "_cache" else cache
            return made

        return decorate

    monkeypatch.setattr(numba, "__version__", "9.9")
    monkeypatch.setattr(simd, "njit", njit)
    monkeypatch.setattr(cache_folders, "_said", set())
    kept = simd.kernel(double)
    assert len(cached) == 1 and kept is not cached[0]
    (said,) = caplog.messages
    assert said.startswith("the solver is compiled anew by each process: its cache is not made for")
    assert "numba 9.9" in said and "envs/pins.txt" in said


@pytest.fixture
def unwritable(monkeypatch, tmp_path):
    """A machine where Numba finds no folder for its cache, but those of ``NUMBA_CACHE_DIR``."""
    real = caching.FunctionCache

    def cache(function):
        if not numba.config.CACHE_DIR:
            raise RuntimeError("cannot cache function: no locator available")
        return real(function)

    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setattr(dispatcher, "FunctionCache", cache)
    monkeypatch.setattr(cache_folders, "_said", set())
    monkeypatch.setattr(simd, "fallback", lambda name: tmp_path / name)
    return tmp_path


def double(x):
    return 2 * x


def test_without_a_place_beside_the_code_or_in_home_the_cache_is_kept_elsewhere(unwritable, caplog):
    assert simd.kernel(double)(3) == simd.kernel(double)(3) == 6
    assert list((unwritable / "numba").rglob("*double*.nbc"))
    (said,) = caplog.messages
    assert said.startswith(f"the compiled solver is kept in {unwritable / 'numba'}: neither")


def test_without_any_place_each_process_compiles_anew(unwritable, monkeypatch, caplog):
    monkeypatch.setattr(simd, "fallback", lambda name: None)
    assert simd.kernel(double)(3) == simd.kernel(double)(4) - 2 == 6
    assert not list(unwritable.iterdir())
    (said,) = caplog.messages
    assert "compiled anew by each process (cannot cache function: no locator" in said


def test_a_cache_that_is_full_or_damaged_is_done_without(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(cache_folders, "_said", set())
    simd.kernel(double)(3)
    (index,) = tmp_path.rglob("*double*.nbi")
    index.write_bytes(b"\x80")
    assert simd.kernel(double)(3) == 6

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    for each in tmp_path.rglob("*double*"):
        each.unlink()
    monkeypatch.setattr(caching.IndexDataCacheFile, "save", full)
    assert simd.kernel(double)(3) == 6
    assert "the compiled solver is not kept ([Errno 28] No space left" in caplog.text

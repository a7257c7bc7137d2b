"""Vectors of 8 or 16 floats inside Numba functions, as the processor likes them best.

LLVM turns one of 16 into one AVX-512 register or four NEON registers, and one of 8 into one AVX
register (:mod:`beyond_blur.lbm.cpu.vector_width` chooses). Numba's own loops vectorise only where
it can prove that arrays do not overlap, and then 256 bits wide; the solver's rows are faster
written out. ``a * b + c`` of vectors becomes one fused operation where the processor has it.
"""

from __future__ import annotations

import operator
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
from llvmlite import ir
from numba import njit, types
from numba.core.datamodel import models
from numba.extending import intrinsic, overload, register_model

from beyond_blur.lbm.cpu.vector_width import LANES
from beyond_blur.storage.cache_folders import fallback, say_once

_LLVM_VECTOR = ir.VectorType(ir.FloatType(), LANES)


# Compiled code holds what it calls and the constants that it reads from other files, but Numba's
# cache looks only at the file of the function itself: an edit of another would leave stale code.
_LBM = Path(__file__).parents[1]
_SOURCES = sorted(
    file for folder in ("cpu", "coarse", ".") for file in (_LBM / folder).glob("*.py")
)


_STAMP = tuple((source.stat().st_mtime, source.stat().st_size) for source in _SOURCES)


def kernel(function):
    """Compile without the interpreter lock; cached on disk until any of the solver's files changes.

    What is compiled is named after the width of vectors.

    Where neither the folder of the code nor HOME can be written, the cache is in a folder for
    temporary files; without such a folder each process compiles anew.

    ``_nrt=False``: kernels neither make nor return arrays, so slices need no reference counts,
    whose atomic updates cost more than a step of a small image.

    A Numba that keeps the date of a cached function's source in another place compiles anew in each
    process, too: its cache could not be told of the other files.
    """
    # Processors of both widths may share the folder of the cache, whose files have this name.
    function.__qualname__ = f"{function.__qualname__}_{LANES}_lanes"
    dispatcher = _compiler(function)
    if _cached(dispatcher) and not _watches_all_sources(dispatcher):
        say_once(
            "the solver is compiled anew by each process: its cache is not made for numba "
            f"{numba.__version__} (envs/pins.txt names the version that it is made for)"
        )
        return _compiler(function)
    return dispatcher


def _compiler(function: Any) -> Any:
    return njit(nogil=True, error_model="numpy", _nrt=False)(function)


def _cached(dispatcher: Any) -> bool:
    """Have what is compiled kept on disk; whether there is a place for it."""
    try:
        dispatcher.enable_caching()
    except RuntimeError as error:  # no folder can be written
        numba.config.CACHE_DIR = str(fallback("numba") or "")
        if not numba.config.CACHE_DIR:
            say_once(f"the solver is compiled anew by each process ({error}): set NUMBA_CACHE_DIR")
            return False
        say_once(
            f"the compiled solver is kept in {numba.config.CACHE_DIR}: neither the code's folder "
            "nor HOME can be written (set NUMBA_CACHE_DIR for another place)"
        )
        dispatcher.enable_caching()
    return True


@contextmanager
def _forgiving() -> Iterator[None]:
    """A cache that cannot be read or written is done without: the code is there all the same."""
    try:
        yield
    except (OSError, EOFError, pickle.UnpicklingError) as error:
        say_once(f"the compiled solver is not kept ({error}): set NUMBA_CACHE_DIR to another place")


def _watches_all_sources(dispatcher: Any) -> bool:
    """Have a cache watch all of the solver's files, and do without what it cannot read or write.

    Numba has no public way to: False, and nothing done, where this version has no such members.
    """
    cache = getattr(dispatcher, "_cache", None)
    file: Any = getattr(cache, "_cache_file", None)
    guard = "_guard_against_spurious_io_errors"
    if not hasattr(file, "_source_stamp") or not hasattr(cache, guard):
        return False
    file._source_stamp = _STAMP
    setattr(cache, guard, _forgiving)
    return True


def inlined(function):
    """Compile into every kernel that calls it, so that its vectors stay in registers."""
    return njit(forceinline=True, error_model="numpy", _nrt=False)(function)


class Vector(types.Type):
    """Numba type of a vector of float32."""

    def __init__(self):
        super().__init__(name=f"Vector{LANES}")


VECTOR = Vector()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager, numba_type):
        super().__init__(manager, numba_type, _LLVM_VECTOR)


def _address(context, builder, array_type, array, index):
    data = context.make_array(array_type)(context, builder, array).data
    pointer = builder.gep(data, [index], source_etype=ir.FloatType())
    return builder.bitcast(pointer, _LLVM_VECTOR.as_pointer())


@intrinsic
def load(typing_context, array, index):
    """A vector of a contiguous float32 array from ``index`` on, without a bounds check."""

    def code(context, builder, signature, arguments):
        pointer = _address(context, builder, signature.args[0], *arguments)
        return builder.load(pointer, align=4)

    return VECTOR(array, types.intp), code


@intrinsic
def store(typing_context, array, index, value):
    """Write a vector to a contiguous float32 array from ``index`` on, without a bounds check."""

    def code(context, builder, signature, arguments):
        pointer = _address(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], pointer, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, VECTOR), code


@intrinsic
def spread(typing_context, scalar):
    """A vector with the same value in all lanes."""

    def code(context, builder, signature, arguments):
        vector = builder.insert_element(
            ir.Constant(_LLVM_VECTOR, ir.Undefined), arguments[0], ir.Constant(ir.IntType(32), 0)
        )
        return builder.shuffle_vector(vector, vector, _mask([0] * LANES))

    return VECTOR(types.float32), code


def _mask(lanes):
    return ir.Constant(ir.VectorType(ir.IntType(32), LANES), lanes)


@intrinsic
def shift_up(typing_context, left, right):
    """Last lane of ``left``, then all but the last lane of ``right``."""

    def code(context, builder, signature, arguments):
        return builder.shuffle_vector(*arguments, _mask(list(range(LANES - 1, 2 * LANES - 1))))

    return VECTOR(VECTOR, VECTOR), code


@intrinsic
def shift_down(typing_context, left, right):
    """All but the first lane of ``left``, then the first lane of ``right``."""

    def code(context, builder, signature, arguments):
        return builder.shuffle_vector(*arguments, _mask(list(range(1, LANES + 1))))

    return VECTOR(VECTOR, VECTOR), code


@intrinsic
def transpose(typing_context, source, at, step, target, to, target_step):
    """Write the transpose of LANES vectors ``step`` apart as as many ``target_step`` apart."""

    def code(context, builder, signature, arguments):
        source, at, step, target, to, target_step = arguments
        move = builder.add
        rows = []
        for _ in range(LANES):
            rows.append(
                builder.load(_address(context, builder, signature.args[0], source, at), align=4)
            )
            at = move(at, step)
        # In rounds: exchange the off-diagonal halves of blocks of (16,) 8, 4, 2 rows.
        half = LANES // 2
        while half:
            low = [i if not i & half else i - half + LANES for i in range(LANES)]
            high = [i + half if not i & half else i + LANES for i in range(LANES)]
            for i in (i for i in range(LANES) if not i & half):
                a, b = rows[i], rows[i + half]
                rows[i] = builder.shuffle_vector(a, b, _mask(low))
                rows[i + half] = builder.shuffle_vector(a, b, _mask(high))
            half //= 2
        for row in rows:
            builder.store(row, _address(context, builder, signature.args[3], target, to), align=4)
            to = move(to, target_step)
        return context.get_dummy_value()

    integers = types.intp
    return types.void(source, integers, integers, target, integers, integers), code


@intrinsic
def add_lanes(typing_context, start, vector):
    """A scalar plus the lanes, first to last."""

    def code(context, builder, signature, arguments):
        result, vector = arguments
        for i in range(LANES):
            lane = builder.extract_element(vector, ir.Constant(ir.IntType(32), i))
            result = builder.fadd(result, lane)
        return result

    return types.float32(types.float32, VECTOR), code


def _arithmetic(name):
    @intrinsic
    def operation(typing_context, left, right):
        def code(context, builder, signature, arguments):
            return getattr(builder, name)(*arguments, flags=("contract",))

        return VECTOR(VECTOR, VECTOR), code

    return operation


def _overload(python_operator, operation):
    @overload(python_operator, inline="never")
    def vector_operator(left, right):
        if isinstance(left, Vector) and isinstance(right, Vector):
            return lambda left, right: operation(left, right)
        return None


_overload(operator.add, _arithmetic("fadd"))


_overload(operator.sub, _arithmetic("fsub"))


_overload(operator.mul, _arithmetic("fmul"))

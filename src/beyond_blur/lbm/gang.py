"""Threads that run one image together inside Numba functions, and the barrier they meet at."""

# mypy: ignore-errors

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from beyond_blur.lbm.simd import kernel

PATIENCE = 2000
"""Looks at the counter, about a microsecond, before the core is offered to others."""

CACHE_LINE = 8
"""In numbers of 64 bits."""

_yield_core = types.ExternalFunction(
    "SwitchToThread" if sys.platform == "win32" else "sched_yield", types.int32()
)


class Gang(NamedTuple):
    """One thread's place in a gang."""

    size: int
    rank: int
    arrivals: np.ndarray  # int64, shared: how often any thread has come to a meeting
    meetings: np.ndarray  # int64, its own: how many it has been at


def gang(size: int) -> list[Gang]:
    """The places of a gang; every one must be taken by a thread of its own."""
    arrivals = np.zeros(2 * CACHE_LINE, np.int64)
    return [Gang(size, rank, arrivals, np.zeros(CACHE_LINE, np.int64)) for rank in range(size)]


def _counter(context, builder, signature, arguments):
    return context.make_array(signature.args[0])(context, builder, arguments[0]).data


@intrinsic
def _arrive(typing_context, arrivals):
    """Count one arrival; what was written before is seen by all who read the count after."""

    def code(context, builder, signature, arguments):
        counter = _counter(context, builder, signature, arguments)
        builder.atomic_rmw("add", counter, ir.Constant(ir.IntType(64), 1), "acq_rel")
        return context.get_dummy_value()

    return types.void(arrivals), code


@intrinsic
def _arrived(typing_context, arrivals):
    """Arrivals so far."""

    def code(context, builder, signature, arguments):
        counter = _counter(context, builder, signature, arguments)
        return builder.load_atomic(counter, "acquire", 8)

    return types.int64(arrivals), code


@kernel
def meet(place):
    """Wait until every thread of the gang has come; writes before are seen by all after."""
    if place.size == 1:
        return
    place.meetings[0] += 1
    everybody = place.size * place.meetings[0]
    _arrive(place.arrivals)
    looks = 0
    while _arrived(place.arrivals) < everybody:
        looks += 1
        if looks > PATIENCE:
            _yield_core()

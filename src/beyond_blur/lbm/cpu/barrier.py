"""Threads that run one image together inside Numba functions, and the barrier they meet at.

Who waits looks for the others for some microseconds and then sleeps between looks: a thread that
kept its core busy would have used up its share of it when its turn comes, and beside other work
each meeting would last as long as the slices of time that the system gives out.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from beyond_blur.lbm.cpu.simd import kernel

PATIENCE = 100_000
"""Looks at the counter before the first sleep: some 20 microseconds."""


NAP = 20
"""Microseconds between later looks."""


CACHE_LINE = 8
"""In numbers of 64 bits."""


_sleep = types.ExternalFunction("usleep", types.int32(types.uint32))


class Gang(NamedTuple):
    """One thread's place in a gang."""

    size: int
    rank: int
    arrivals: np.ndarray  # int64, shared: how often any thread has come to a meeting
    dissolved: np.ndarray  # int64, shared: whether nobody shall wait any more
    meetings: np.ndarray  # int64, its own: how many it has been at


def gang(size: int) -> list[Gang]:
    """The places of a gang; every one must be taken by a thread of its own."""
    arrivals, dissolved = np.zeros(CACHE_LINE, np.int64), np.zeros(CACHE_LINE, np.int64)
    return [
        Gang(size, rank, arrivals, dissolved, np.zeros(CACHE_LINE, np.int64))
        for rank in range(size)
    ]


def together(places: list[Gang], calls: list[Callable[[], None]]) -> None:
    """Make all calls at the same time, each by one member of a gang, the first on this thread.

    If one fails, the others wait for it no longer: they come to an end with numbers that mean
    nothing, and the error is raised.
    """

    def make(call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException:
            places[0].dissolved[0] = 1
            raise

    with ThreadPoolExecutor(len(calls)) as pool:  # starts a thread only where one is needed
        try:
            others = [pool.submit(make, call) for call in calls[1:]]
        except BaseException:
            places[0].dissolved[0] = 1
            raise
        make(calls[0])
        for other in others:
            other.result()


def _first(context, builder, signature, arguments):
    """Address of the first element of an array."""
    return context.make_array(signature.args[0])(context, builder, arguments[0]).data


@intrinsic
def _add_one(typing_context, counter):
    """Count up; what was written before is seen by all who read the count after."""

    def code(context, builder, signature, arguments):
        one = ir.Constant(ir.IntType(64), 1)
        builder.atomic_rmw("add", _first(context, builder, signature, arguments), one, "acq_rel")
        return context.get_dummy_value()

    return types.void(counter), code


@intrinsic
def _read(typing_context, counter):
    """A count as it is now."""

    def code(context, builder, signature, arguments):
        counter = _first(context, builder, signature, arguments)
        return builder.load_atomic(counter, "acquire", 8)

    return types.int64(counter), code


@kernel
def meet(place):
    """Wait until every thread of the gang has come; writes before are seen by all after."""
    if place.size == 1 or _read(place.dissolved):
        return
    place.meetings[0] += 1
    everybody = place.size * place.meetings[0]
    _add_one(place.arrivals)
    looks = 0
    while _read(place.arrivals) < everybody:
        looks += 1
        if looks > PATIENCE:
            if _read(place.dissolved):
                return
            _sleep(np.uint32(NAP))

"""A team of threads inside Numba functions, and the barrier that they synchronise at.

The barrier spins for some microseconds and then sleeps between looks. A thread that spins on uses
up its time slice; beside other work on the same cores the scheduler then lets it wait for the next
one, and each barrier would last as long as a time slice (some milliseconds).
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

SPINS_BEFORE_SLEEP = 100_000
"""Looks at the counter before the first sleep: some 20 microseconds.

A choice: several lattice steps of a slab, so that threads in step never sleep, and far less than a
time slice of the scheduler.
"""


SLEEP_MICROSECONDS = 20
"""Sleep between later looks. A choice: a late wake-up costs about as much as the spinning did."""


CACHE_LINE = 8
"""In numbers of 64 bits: counters on lines of their own do not slow each other's updates."""


_sleep = types.ExternalFunction("usleep", types.int32(types.uint32))


class Team(NamedTuple):
    """A team of threads as one of them sees it."""

    size: int
    rank: int
    arrivals: np.ndarray  # int64, shared: arrivals of all threads at all barriers so far
    aborted: np.ndarray  # int64, shared: 1 once a thread has failed; nobody waits any more
    barriers: np.ndarray  # int64, its own: barriers that it has reached


def new_team(size: int) -> list[Team]:
    """A team as each of its threads sees it; every one must be taken by a thread of its own."""
    arrivals, aborted = np.zeros(CACHE_LINE, np.int64), np.zeros(CACHE_LINE, np.int64)
    return [
        Team(size, rank, arrivals, aborted, np.zeros(CACHE_LINE, np.int64)) for rank in range(size)
    ]


def run_together(team: list[Team], calls: list[Callable[[], None]]) -> None:
    """Make all calls at the same time, each on a thread of the team, the first on this thread.

    If one fails, the team is aborted: the others no longer wait at barriers and end with numbers
    that mean nothing, and the error is raised.
    """

    def make(call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException:
            team[0].aborted[0] = 1
            raise

    with ThreadPoolExecutor(len(calls)) as pool:  # starts a thread only where one is needed
        try:
            others = [pool.submit(make, call) for call in calls[1:]]
        except BaseException:
            team[0].aborted[0] = 1
            raise
        make(calls[0])
        for other in others:
            other.result()


def _first(context, builder, signature, arguments):
    """Address of the first element of an array."""
    return context.make_array(signature.args[0])(context, builder, arguments[0]).data


@intrinsic
def _add_one(typing_context, counter):
    """Atomic increment, acquire-release: who reads the count sees all that was written before."""

    def code(context, builder, signature, arguments):
        one = ir.Constant(ir.IntType(64), 1)
        builder.atomic_rmw("add", _first(context, builder, signature, arguments), one, "acq_rel")
        return context.get_dummy_value()

    return types.void(counter), code


@intrinsic
def _read(typing_context, counter):
    """Atomic load, acquire."""

    def code(context, builder, signature, arguments):
        counter = _first(context, builder, signature, arguments)
        return builder.load_atomic(counter, "acquire", 8)

    return types.int64(counter), code


@kernel
def wait_at_barrier(team):
    """Wait until every thread of the team has come; writes before are seen by all after."""
    if team.size == 1 or _read(team.aborted):
        return
    team.barriers[0] += 1
    everybody = team.size * team.barriers[0]
    _add_one(team.arrivals)
    spins = 0
    while _read(team.arrivals) < everybody:
        spins += 1
        if spins > SPINS_BEFORE_SLEEP:
            if _read(team.aborted):
                return
            _sleep(np.uint32(SLEEP_MICROSECONDS))

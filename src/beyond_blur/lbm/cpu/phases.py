"""Phases of waves, advanced in float32 without a sine and made exact every so many counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.lbm.cpu.simd import kernel, load, store
from beyond_blur.lbm.cpu.strips import aligned
from beyond_blur.lbm.cpu.vector_width import LANES

SYNC = 64
"""Counts (key frames, or steps) between exact evaluations of phases.

A choice: rounding errors of the float32 turns grow until the next one, to less than 2e-5 within 64
(tests/lbm/cpu/test_phases.py), and the exact turn in double precision costs some times as much.
"""


class Phases(NamedTuple):
    """Waves that turn at their own rates: exactly every SYNC counts, by float32 in between."""

    turn: np.ndarray  # float32 (2, m): cos, sin now
    exact: np.ndarray  # complex128 (m,): exp(i phase) at the last multiple of SYNC
    advance: np.ndarray  # float32 (2, m): cos, sin of the turn in one count
    leap: np.ndarray  # complex128 (m,): exp(i turn) of SYNC counts


def phases_at_rest(rates: np.ndarray) -> Phases:
    """Waves that have yet to be advanced to count 0; rates (m,) in radians per count."""
    m = rates.size
    advance = aligned(2, m)
    advance[:] = np.cos(rates), np.sin(rates)
    return Phases(aligned(2, m), np.ones(m, np.complex128), advance, np.exp(1j * SYNC * rates))


def own_phases(phases: Phases) -> Phases:
    """A thread's own copy of the phases, to be advanced by it; rates stay shared."""
    return phases._replace(turn=aligned(*phases.turn.shape), exact=phases.exact.copy())


@kernel
def advance_phases(phases, count):
    """To the phases of a count from those of the count before; count 0 is the start."""
    turn, exact, advance, leap = phases
    if count % SYNC == 0:
        for i in range(len(exact)):
            exact[i] = exact[i] * leap[i] if count else 1
            turn[0, i], turn[1, i] = np.float32(exact[i].real), np.float32(exact[i].imag)
        return
    cos, sin, by_cos, by_sin = turn[0], turn[1], advance[0], advance[1]
    for i in range(0, len(exact), LANES):
        c, s, a, b = load(cos, i), load(sin, i), load(by_cos, i), load(by_sin, i)
        store(cos, i, c * a - s * b)
        store(sin, i, s * a + c * b)


@kernel
def phases_before(phases, count):
    """To the phases of the count before this one, whatever they were; 0 leaves them as they are."""
    if count == 0:
        return
    whole = (count - 1) // SYNC
    turn, exact, leap = phases.turn, phases.exact, phases.leap
    for i in range(len(exact)):
        exact[i] = _power(leap[i], whole)
        turn[0, i], turn[1, i] = np.float32(exact[i].real), np.float32(exact[i].imag)
    for before in range(whole * SYNC + 1, count):
        advance_phases(phases, before)


@kernel
def _power(x, n):
    """x^n by squaring, n a whole number."""
    y = x * 0 + 1
    while n > 0:
        if n % 2 == 1:
            y = y * x
        x = x * x
        n //= 2
    return y

"""Inverse FFT of one column per lane at once, in place, inside Numba functions.

A buffer has one row per element: as many real parts as a vector has lanes, then as many imaginary
parts. Its input lies in the
order in which the passes split it (decimation in time), so that no pass needs a second buffer: the
caller makes the input and may as well make it in that order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.lbm.cpu.simd import inlined, kernel, load, spread, store
from beyond_blur.lbm.cpu.vector_width import LANES

ROW = 2 * LANES
"""Length of a row of a buffer."""


ROOT_HALF = np.float32(np.sqrt(0.5))


class Plan(NamedTuple):
    """What the transform of one length needs."""

    radices: np.ndarray  # of the passes, first to last
    twiddles: np.ndarray  # exp(2 pi i j k / (r l)) of each pass, its radix r after length l
    roots: np.ndarray  # exp(2 pi i k / r) of each pass
    place: np.ndarray  # where in the buffer each number of the input belongs


def fft_plan(n: int) -> Plan:
    """Plan of length n."""
    radices, length, place = _radices(n), 1, np.zeros(1, np.int64)
    twiddles, roots = [np.ones(1)], [np.ones(1)]
    for radix in radices:
        j, k = np.meshgrid(np.arange(length), np.arange(radix), indexing="ij")
        twiddles.append(np.exp(2j * np.pi * (j * k).ravel() / (radix * length)))
        roots.append(np.exp(2j * np.pi * np.arange(radix) / radix))
        # The numbers k, k + r, k + 2 r, ... are transformed first, in block k.
        place = (place[:, None] + length * np.arange(radix)).ravel()
        length *= radix
    return Plan(np.array(radices, np.int64), _table(twiddles), _table(roots), place)


def _table(parts: list[np.ndarray]) -> np.ndarray:
    """Complex numbers as pairs of float32."""
    return np.concatenate(parts).astype(np.complex64).view(np.float32)


def _radices(n: int) -> list[int]:
    """Eights, fours or a two, then the odd primes."""
    odd, twos = n, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    fours = 2 if twos % 3 == 1 and twos > 1 else int(twos % 3 == 2)
    radices = [8] * ((twos - 2 * fours) // 3) + [4] * fours + [2] * (twos == 1)
    for radix in range(3, odd + 1, 2):
        while odd % radix == 0:
            radices.append(radix)
            odd //= radix
    return radices


@inlined
def _load_turned(buffer, at, twiddles, tw, turned):
    """One complex vector, times its twiddle."""
    r, i = load(buffer, at), load(buffer, at + LANES)
    if turned:
        c, s = spread(twiddles[tw]), spread(twiddles[tw + 1])
        r, i = c * r - s * i, c * i + s * r
    return r, i


@inlined
def _put(buffer, at, r, i):
    store(buffer, at, r)
    store(buffer, at + LANES, i)


@inlined
def _four(ar, ai, br, bi, cr, ci, dr, di):
    """Four complex vectors to their inverse transform."""
    sr, si, tr, ti = ar + cr, ai + ci, ar - cr, ai - ci
    ur, ui, vr, vi = br + dr, bi + di, di - bi, br - dr
    return sr + ur, si + ui, tr + vr, ti + vi, sr - ur, si - ui, tr - vr, ti - vi


@inlined
def _radix_2(buffer, at, apart, twiddles, tw, turned):
    ar, ai = load(buffer, at), load(buffer, at + LANES)
    br, bi = _load_turned(buffer, at + apart, twiddles, tw + 2, turned)
    _put(buffer, at, ar + br, ai + bi)
    _put(buffer, at + apart, ar - br, ai - bi)


@inlined
def _radix_4(buffer, at, apart, twiddles, tw, turned):
    b, c, d = at + apart, at + 2 * apart, at + 3 * apart
    br, bi = _load_turned(buffer, b, twiddles, tw + 2, turned)
    cr, ci = _load_turned(buffer, c, twiddles, tw + 4, turned)
    dr, di = _load_turned(buffer, d, twiddles, tw + 6, turned)
    pr, pi, qr, qi, rr, ri, sr, si = _four(
        load(buffer, at), load(buffer, at + LANES), br, bi, cr, ci, dr, di
    )
    _put(buffer, at, pr, pi)
    _put(buffer, b, qr, qi)
    _put(buffer, c, rr, ri)
    _put(buffer, d, sr, si)


@inlined
def _radix_8(buffer, at, apart, twiddles, tw, turned):
    """Four at even places, four at odd ones, and these turned by eighths."""
    b, c, d = at + apart, at + 2 * apart, at + 3 * apart
    e, f, g, h = at + 4 * apart, b + 4 * apart, c + 4 * apart, d + 4 * apart
    br, bi = _load_turned(buffer, b, twiddles, tw + 2, turned)
    cr, ci = _load_turned(buffer, c, twiddles, tw + 4, turned)
    dr, di = _load_turned(buffer, d, twiddles, tw + 6, turned)
    er, ei = _load_turned(buffer, e, twiddles, tw + 8, turned)
    fr, fi = _load_turned(buffer, f, twiddles, tw + 10, turned)
    gr, gi = _load_turned(buffer, g, twiddles, tw + 12, turned)
    hr, hi = _load_turned(buffer, h, twiddles, tw + 14, turned)
    pr, pi, qr, qi, rr, ri, sr, si = _four(
        load(buffer, at), load(buffer, at + LANES), cr, ci, er, ei, gr, gi
    )
    tr, ti, ur, ui, vr, vi, wr, wi = _four(br, bi, dr, di, fr, fi, hr, hi)
    eighth = spread(ROOT_HALF)  # of a turn: (1 + i) / sqrt 2
    ur, ui = eighth * (ur - ui), eighth * (ur + ui)
    wr, wi = eighth * (wr + wi), eighth * (wr - wi)  # three eighths, times -1 and conjugate
    _put(buffer, at, pr + tr, pi + ti)
    _put(buffer, b, qr + ur, qi + ui)
    _put(buffer, c, rr - vi, ri + vr)
    _put(buffer, d, sr - wr, si + wi)
    _put(buffer, e, pr - tr, pi - ti)
    _put(buffer, f, qr - ur, qi - ui)
    _put(buffer, g, rr + vi, ri - vr)
    _put(buffer, h, sr + wr, si - wi)


@kernel
def _radix_any(buffer, at, apart, twiddles, tw, roots, root, radix, spare):
    """Any radix by the definition; the inputs wait in ``spare``."""
    for k in range(radix):
        r, i = _load_turned(buffer, at + k * apart, twiddles, tw + 2 * k, True)
        _put(spare, k * ROW, r, i)
    for j in range(radix):
        xr, xi = load(spare, 0), load(spare, LANES)
        for k in range(1, radix):
            turn = root + 2 * ((j * k) % radix)
            c, s = spread(roots[turn]), spread(roots[turn + 1])
            r, i = load(spare, k * ROW), load(spare, k * ROW + LANES)
            xr, xi = xr + (c * r - s * i), xi + (c * i + s * r)
        _put(buffer, at + j * apart, xr, xi)


@inlined
def _butterflies(buffer, start, radix, j, length, n, plan, tw, root, turned, spare):
    """Those of one pass that take number j of every block of ``length``."""
    apart, block = length * ROW, radix * length * ROW
    for at in range(start + j * ROW, start + n * ROW, block):
        if radix == 8:
            _radix_8(buffer, at, apart, plan.twiddles, tw, turned)
        elif radix == 4:
            _radix_4(buffer, at, apart, plan.twiddles, tw, turned)
        elif radix == 2:
            _radix_2(buffer, at, apart, plan.twiddles, tw, turned)
        else:
            _radix_any(buffer, at, apart, plan.twiddles, tw, plan.roots, root, radix, spare)


@kernel
def inverse_fft(buffer, start, plan, spare):
    """Unnormalised inverse FFT of a buffer from ``start`` on, ordered as ``plan.place`` says.

    spare : a buffer of as many rows, for odd lengths.
    """
    n, length, tw, root = len(plan.place), 1, 2, 2
    for radix in plan.radices:
        if length == 1:  # every twiddle is one
            _butterflies(buffer, start, radix, 0, length, n, plan, tw, root, False, spare)
            tw += 2 * radix
        else:
            for j in range(length):
                _butterflies(buffer, start, radix, j, length, n, plan, tw, root, True, spare)
                tw += 2 * radix
        root += 2 * radix
        length *= radix

"""Key frames of the flow on a CPU: mode tables, a vectorised inverse FFT and the speed limit.

Fields lie in strips of 16 columns (:mod:`beyond_blur.lbm.cpu_step`), so the transform along y
works on 16 columns at once and the transform along x on 16 rows of the spectrum at once; a
transpose in registers lies between them. Both velocity components come from one complex transform:
its input is u^ + i v^, its output u + i v.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.lbm.cpu.barrier import meet
from beyond_blur.lbm.cpu.fft import ROW, Plan, fft_plan, inverse_fft
from beyond_blur.lbm.cpu.simd import LANES, kernel, load, spread, store, total, transpose
from beyond_blur.lbm.key_frames import interpolation_gain
from beyond_blur.lbm.turbulence import Energy, RandomModes

GHOST = 2
"""Ghost rows above and below every strip."""


SYNC = 64
"""Key frames, or steps, between exact evaluations of phases; in between they are advanced."""


class Phases(NamedTuple):
    """Waves that turn at their own rates: exactly every SYNC counts, by float32 in between."""

    turn: np.ndarray  # float32 (2, m): cos, sin now
    exact: np.ndarray  # complex128 (m,): exp(i phase) at the last multiple of SYNC
    advance: np.ndarray  # float32 (2, m): cos, sin of the turn in one count
    leap: np.ndarray  # complex128 (m,): exp(i turn) of SYNC counts


class Modes(NamedTuple):
    """Mode tables shared by the images of a batch."""

    phases: Phases  # (n_strips_y, w // 2 + 1, 16) flat, from key frame to key frame
    energy_phases: Phases  # of the energy's classes, a multiple of 16, from step to step
    plan_x: Plan
    plan_y: Plan
    joint: bool


class Frames(NamedTuple):
    """Key frames of one image, shared by the threads that run it: one more than there are threads.

    Frame f lies at place f % len(raw).
    """

    raw: np.ndarray  # (frames, 2, plane): before scaling and limit
    to_unit: np.ndarray  # float64 (frames, 2): factors that give each component unit rms


class Workshop(NamedTuple):
    """Where one thread makes key frames."""

    phases: Phases  # of the modes, at the last frame it made
    work: np.ndarray  # 16 rows of the spectrum; those beyond w stay zero
    middle: np.ndarray  # spectra transformed along x, (strip along x, row, 32)
    spare: np.ndarray  # of the transforms


def aligned(*shape: int) -> np.ndarray:
    """Zeros, float32, that start on a cache line."""
    raw = np.zeros(int(np.prod(shape)) + LANES, np.float32)
    start = (-raw.ctypes.data // raw.itemsize) % LANES
    return raw[start : start + int(np.prod(shape))].reshape(shape)


def plane_size(h: int, w: int) -> int:
    """Numbers of a plane of strips, an empty strip before the first.

    Five lines more than needed: planes a multiple of 4 KiB apart would share their cache sets.
    """
    return (-(-w // LANES) + 1) * (h + 2 * GHOST) * LANES + 5 * LANES


def empty_frames(h: int, w: int, threads: int) -> Frames:
    """Room for the key frames of an image (h, w)."""
    return Frames(aligned(threads + 1, 2, plane_size(h, w)), np.ones((threads + 1, 2)))


def workshop(h: int, w: int, modes: Modes) -> Workshop:
    """Work arrays of one thread."""
    strips_x, strips_y = -(-w // LANES), -(-h // LANES)
    return Workshop(
        own_phases(modes.phases), aligned(strips_x * LANES * ROW),
        aligned(strips_x * strips_y * LANES * ROW), aligned(max(h, w) * ROW),
    )  # fmt: skip


def shared_modes(omega: np.ndarray, energy: Energy, joint: bool) -> Modes:
    """What all images of one shape have in common; omega (h, w) is per key frame."""
    h, w = omega.shape
    plan_x, plan_y = fft_plan(w), fft_plan(h)
    half = _lanes_along_y(omega[:, : w // 2 + 1], plan_y).ravel()
    twice = 2 * _whole_vectors(energy.rate)
    return Modes(phases_at_rest(half), phases_at_rest(twice), plan_x, plan_y, joint)


def phases_at_rest(rates: np.ndarray) -> Phases:
    """Waves that have yet to be advanced to count 0; rates (m,) in radians per count."""
    m = rates.size
    advance = aligned(2, m)
    advance[:] = np.cos(rates), np.sin(rates)
    return Phases(aligned(2, m), np.ones(m, np.complex128), advance, np.exp(1j * SYNC * rates))


def own_phases(phases: Phases) -> Phases:
    """The same waves with phases of one's own."""
    return phases._replace(turn=aligned(*phases.turn.shape), exact=phases.exact.copy())


def energy_tables(energy: Energy) -> np.ndarray:
    """Float32 (n, 2, 2, m): real part and minus the imaginary part of each class's swing."""
    swing = _whole_vectors(energy.swing)
    return np.stack([swing.real, -swing.imag], axis=2).astype(np.float32)


def _whole_vectors(a: np.ndarray) -> np.ndarray:
    padded = np.zeros((*a.shape[:-1], -(-a.shape[-1] // LANES) * LANES), a.dtype)
    padded[..., : a.shape[-1]] = a
    return padded


def mode_tables(modes: RandomModes, spacing: int, plan_y: Plan) -> np.ndarray:
    """Float32 (n, 4, n_strips_y, w, 16): what one image's key frames are summed from.

    With P = forward and Q = backward of u^ + i v^, a key frame's spectrum is
    cos (Pr + Qr) - sin (Pi - Qi) + i (cos (Pi + Qi) + sin (Pr - Qr)).
    """
    gain = interpolation_gain(modes.omega.shape, modes.phase_step, spacing)
    p, q = (gain * (f[:, 0] + 1j * f[:, 1]) for f in (modes.forward, modes.backward))
    tables = [p.real + q.real, p.imag - q.imag, p.imag + q.imag, p.real - q.real]
    return _lanes_along_y(np.stack(tables, axis=1).astype(np.float32), plan_y)


def _lanes_along_y(a: np.ndarray, plan: Plan) -> np.ndarray:
    """(..., h, x) -> (..., strips of 16 rows, x, 16) in the plan's order, padded with zeros."""
    strips = -(-a.shape[-2] // LANES)
    padded = np.zeros((*a.shape[:-2], strips * LANES, a.shape[-1]), a.dtype)
    padded[..., plan.place, :] = a
    return np.ascontiguousarray(padded.reshape(*a.shape[:-2], strips, LANES, -1).swapaxes(-2, -1))


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
def _spectrum_strip(table, turn, strip, place, out):
    """Spectrum of a key frame for 16 wave numbers along y and all along x."""
    w = len(place)
    half = w // 2 + 1
    cos, sin = turn[0], turn[1]
    a, b, c, d = table[0], table[1], table[2], table[3]
    for x in range(w):
        at = (strip * w + x) * LANES
        mode = (strip * half + min(x, w - x)) * LANES
        vc, vs = load(cos, mode), load(sin, mode)
        to = place[x] * ROW
        store(out, to, vc * load(a, at) - vs * load(b, at))
        store(out, to + LANES, vc * load(c, at) + vs * load(d, at))


@kernel
def _along_x(table, modes, h, w, shop):
    """Spectrum of a key frame at the phases' time, transformed along x."""
    strips_x, strips_y = (w + LANES - 1) // LANES, (h + LANES - 1) // LANES
    for j in range(strips_y):
        _spectrum_strip(table, shop.phases.turn, j, modes.plan_x.place, shop.work)
        inverse_fft(shop.work, 0, modes.plan_x, shop.spare)
        for i in range(strips_x):
            for part in range(0, ROW, LANES):
                transpose(shop.work, i * ROW + part, strips_x * ROW,
                          shop.middle, (i * strips_y + j) * LANES * ROW + part, ROW)  # fmt: skip


@kernel
def _along_y(modes, h, w, shop, raw, to_unit):
    """A raw key frame (2, plane) from its spectrum transformed along x."""
    rows, out_u, out_v = (h + LANES - 1) // LANES * LANES, raw[0], raw[1]
    square_u = square_v = spread(np.float32(0))
    for i in range((w + LANES - 1) // LANES):
        at = i * rows * ROW
        inverse_fft(shop.middle, at, modes.plan_y, shop.spare)
        start = ((i + 1) * (h + 2 * GHOST) + GHOST) * LANES
        for y in range(h):
            a, b = load(shop.middle, at + y * ROW), load(shop.middle, at + y * ROW + LANES)
            square_u, square_v = square_u + a * a, square_v + b * b
            store(out_u, start + y * LANES, a)
            store(out_v, start + y * LANES, b)
    mean_u, mean_v = np.float64(total(square_u)) / (h * w), np.float64(total(square_v)) / (h * w)
    if modes.joint:
        mean_u = mean_v = (mean_u + mean_v) / 2
    to_unit[0], to_unit[1] = 1 / np.sqrt(mean_u), 1 / np.sqrt(mean_v)


@kernel
def make_frames(table, modes, h, w, first, frames, shop, place):
    """As many key frames as there are threads, from number ``first`` on, one by each thread.

    Sharing out one transform would move more between cores. All threads of the gang must call
    this, and no one needs frames before ``first`` - 1 any more. table : (4, n) of the image.
    """
    meet(place)
    mine = first + place.rank
    for count in range(max(0, mine - place.size + 1), mine + 1):
        advance_phases(shop.phases, count)
    _along_x(table, modes, h, w, shop)
    at = mine % (place.size + 1)
    _along_y(modes, h, w, shop, frames.raw[at], frames.to_unit[at])
    meet(place)


@kernel
def mean_squares(mean, swing, turn):
    """Mean squares of both components at the time of ``turn``."""
    cos, sin = turn[0], turn[1]
    real, imaginary, real_y, imaginary_y = swing[0, 0], swing[0, 1], swing[1, 0], swing[1, 1]
    x = y = spread(np.float32(0))
    for i in range(0, len(real), LANES):
        c, s = load(cos, i), load(sin, i)
        x = x + (load(real, i) * c + load(imaginary, i) * s)
        y = y + (load(real_y, i) * c + load(imaginary_y, i) * s)
    return mean[0] + total(x), mean[1] + total(y)


# tanh(x) / x as a polynomial in x^2: exact to float32 up to speeds a little past the limit.
SERIES_END = 1.3


SERIES = (
    np.polynomial.Chebyshev.interpolate(
        lambda z: np.tanh(np.sqrt(z)) / np.sqrt(z), 7, domain=[0, SERIES_END]
    )
    .convert(kind=np.polynomial.Polynomial)
    .coef.astype(np.float32)
)


PEAK = 8.5
"""No speed passes this many times the rms of a component (6 sqrt 2)."""


@kernel
def limit_frame(raw, scale, rms, limit, mirror, h, n_strips, first, rows, out):
    """Half a key frame times the factor of the speed limit at this rms speed, with ghost rows.

    out : (2, plane), strips of ``rows`` rows, from row ``first`` of the image on. Where they pass
    its edge they go on at the other one.
    """
    a, b = np.float32(rms * scale[0] / limit), np.float32(rms * scale[1] / limit)
    series = (PEAK * rms / limit) ** 2 < SERIES_END
    for i in range(1, n_strips + 1):
        start = (i * (rows + 2 * GHOST) + GHOST) * LANES
        done = 0
        while done < rows:
            y = (first + done) % h
            n = min(rows - done, h - y)
            source = (i * (h + 2 * GHOST) + GHOST + y) * LANES
            if series:
                _limit_by_series(raw, a, b, source, n * LANES, out, start + done * LANES)
            else:
                _limit_by_tanh(raw, a, b, source, n * LANES, out, start + done * LANES)
            done += n
        _ghost_rows(out, start, rows, mirror)


@kernel
def _limit_by_tanh(raw, a, b, source, n, out, to):
    for at in range(n):
        u, v = raw[0, source + at], raw[1, source + at]
        ratio = np.float32(np.sqrt((a * u) * (a * u) + (b * v) * (b * v)))
        factor = np.float32(0.5) * (
            np.float32(np.tanh(ratio)) / ratio if ratio > 0 else np.float32(1)
        )
        out[0, to + at], out[1, to + at] = factor * u, factor * v


@kernel
def _limit_by_series(raw, a, b, source, n, out, to):
    s7, s6, s5, s4 = spread(SERIES[7]), spread(SERIES[6]), spread(SERIES[5]), spread(SERIES[4])
    s3, s2, s1, s0 = spread(SERIES[3]), spread(SERIES[2]), spread(SERIES[1]), spread(SERIES[0])
    va, vb, half = spread(a), spread(b), spread(np.float32(0.5))
    u, v, out_u, out_v = raw[0], raw[1], out[0], out[1]
    for at in range(0, n, LANES):
        x, y = load(u, source + at), load(v, source + at)
        z = (va * x) * (va * x) + (vb * y) * (vb * y)
        factor = (((s7 * z + s6) * z + s5) * z + s4) * z + s3
        factor = half * (((factor * z + s2) * z + s1) * z + s0)
        store(out_u, to + at, factor * x)
        store(out_v, to + at, factor * y)


@kernel
def _ghost_rows(field, start, h, mirror):
    """Rows beyond the walls: mirrored, normal component reversed, or from the other side."""
    last = start + (h - 1) * LANES
    for part in range(2):
        sign = np.float32(-1 if mirror and part == 1 else 1)
        plane = field[part]
        top, bottom = spread(sign) * load(plane, start), spread(sign) * load(plane, last)
        store(plane, start - LANES, top if mirror else bottom)
        store(plane, last + LANES, bottom if mirror else top)

"""The memoryless scheme on CPU threads: Numba, float32, one image per task.

Each image is run by one thread with its own flow, so a trajectory depends neither on its batch nor on
the number of threads.

What is stored is the deviation d from a constant background b, with phi = b + d:

    d' = P d + b (P 1 - 1).

P 1 - 1, how much the flow compresses a uniform field in one step, is made from the velocities without
cancellation, so float32 rounds quantities that shrink with the contrast of the image.

One step per row, in the order that needs fewest operations: with q_e = w_e(v_y) m, the shares of each
source cell by vertical velocity (q_0 as m minus what leaves, which keeps the mass),

    S = sum_e q_e,   R+- = sum_e w_+-(v_x) q_e    (each q_e, w from the row it comes from),
    m'(x) = (S - R+ - R-)(x) + R+(x - 1) + R-(x + 1).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from beyond_blur.config import Velocity, Walls
from beyond_blur.lbm.turbulence import Flow, frame_spacing
from beyond_blur.lbm.units import LatticeSchedule, rms_speed

CHUNK = 64
"""Key frames made at a time."""


@njit(nogil=True, cache=True, error_model="numpy")
def _limited(frame, rms, limit, out):
    """limit tanh(|v| / limit) of rms times a unit frame (2, h, w)."""
    for y in range(frame.shape[1]):
        for x in range(frame.shape[2]):
            u, v = rms * frame[0, y, x], rms * frame[1, y, x]
            ratio = np.sqrt(u * u + v * v) / limit
            scale = np.float32(1)
            if ratio > 0:
                scale = np.tanh(ratio) / ratio
            out[0, y, x], out[1, y, x] = u * scale, v * scale


@njit(nogil=True, cache=True, error_model="numpy")
def _weights(v0, v1, part, half, tilde, full):
    """Weights of one step from limited frames: tilde = (s^2 +- s) / 2, full = cs2 / 2 + tilde.

    tilde, full : (4, h, w), order x-, x+, y-, y+.
    """
    for axis in range(2):
        for y in range(v0.shape[1]):
            for x in range(v0.shape[2]):
                s = v0[axis, y, x] + part * (v1[axis, y, x] - v0[axis, y, x])
                minus, plus = np.float32(0.5) * (s * s - s), np.float32(0.5) * (s * s + s)
                tilde[2 * axis, y, x], tilde[2 * axis + 1, y, x] = minus, plus
                full[2 * axis, y, x], full[2 * axis + 1, y, x] = half + minus, half + plus


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def _finish_row(s, plus, minus, mirror, scale, source, out):
    """out = scale source + S - R+ - R- + R+ moved right + R- moved left, walls included."""
    w = s.shape[0]
    for x in range(1, w - 1):
        out[x] = (s[x] - plus[x] - minus[x]) + plus[x - 1] + minus[x + 1] + scale * source[x]
    a, b = (minus[0], plus[w - 1]) if mirror else (plus[w - 1], minus[0])
    out[0] = (s[0] - plus[0] - minus[0]) + a + minus[1] + scale * source[0]
    out[w - 1] = (s[w - 1] - plus[w - 1] - minus[w - 1]) + plus[w - 2] + b + scale * source[w - 1]


@njit(nogil=True, cache=True, error_model="numpy")
def _compression(tilde, full, half, mirror, rows, zero, out):
    """P 1 - 1 (h, w): the same sums with weights minus their values at rest."""
    h = out.shape[0]
    s, plus, minus = rows[0], rows[1], rows[2]
    for y in range(h):
        up, down, from_up, from_down = y - 1, y + 1, 3, 2
        if y == 0:
            up, from_up = (0, 2) if mirror else (h - 1, 3)
        if y == h - 1:
            down, from_down = (y, 3) if mirror else (0, 2)
        tu, td, fu, fd = tilde[from_up, up], tilde[from_down, down], full[from_up, up], full[from_down, down]
        t2, t3, f2, f3 = tilde[2, y], tilde[3, y], full[2, y], full[3, y]
        xu, xd, xm = tilde[:, up], tilde[:, down], tilde[:, y]
        for x in range(out.shape[1]):
            total = tu[x] + td[x] - (t2[x] + t3[x])
            f0 = np.float32(1) - f2[x] - f3[x]
            s[x] = total
            plus[x] = half * total + (fu[x] * xu[1, x] + fd[x] * xd[1, x] + f0 * xm[1, x])
            minus[x] = half * total + (fu[x] * xu[0, x] + fd[x] * xd[0, x] + f0 * xm[0, x])
        _finish_row(s, plus, minus, mirror, np.float32(0), zero, out[y])


@njit(nogil=True, cache=True, error_model="numpy")
def _step(phi, full, mirror, background, source, rows, out):
    """One step of one channel (h, w)."""
    h = phi.shape[0]
    s, plus, minus = rows[0], rows[1], rows[2]
    for y in range(h):
        up, down, from_up, from_down = y - 1, y + 1, 3, 2
        if y == 0:
            up, from_up = (0, 2) if mirror else (h - 1, 3)
        if y == h - 1:
            down, from_down = (y, 3) if mirror else (0, 2)
        mu, md, m = phi[up], phi[down], phi[y]
        fu, fd, f2, f3 = full[from_up, up], full[from_down, down], full[2, y], full[3, y]
        xu, xd, xm = full[:, up], full[:, down], full[:, y]
        for x in range(phi.shape[1]):
            a, b = fu[x] * mu[x], fd[x] * md[x]
            c = m[x] - f2[x] * m[x] - f3[x] * m[x]
            s[x] = a + b + c
            plus[x] = xu[1, x] * a + xd[1, x] * b + xm[1, x] * c
            minus[x] = xu[0, x] * a + xd[0, x] * b + xm[0, x] * c
        _finish_row(s, plus, minus, mirror, background, source[y], out[y])


@njit(nogil=True, cache=True, error_model="numpy")
def _advance(phi, background, frames, first_frame, spacing, limit, mirror, step, n_steps, alpha, rms):
    """n_steps of all channels (c, h, w) in place, from lattice step ``step`` on."""
    h, w = phi.shape[1:]
    half = np.float32(alpha)
    v0, v1 = np.empty((2, h, w), np.float32), np.empty((2, h, w), np.float32)
    tilde, full = np.empty((4, h, w), np.float32), np.empty((4, h, w), np.float32)
    source, rows, zero = np.zeros((h, w), np.float32), np.empty((3, w), np.float32), np.zeros(w, np.float32)
    other = np.empty((h, w), np.float32)
    loaded = -1
    for t in range(step, step + n_steps):
        frame = t // spacing
        if frame != loaded:
            _limited(frames[frame - first_frame], np.float32(rms), np.float32(limit), v0)
            _limited(frames[frame - first_frame + 1], np.float32(rms), np.float32(limit), v1)
            loaded = frame
        _weights(v0, v1, np.float32((t - frame * spacing) / spacing), half, tilde, full)
        _compression(tilde, full, half, mirror, rows, zero, source)
        for c in range(phi.shape[0]):
            _step(phi[c], full, mirror, background[c], source, rows, other)
            phi[c] = other


def _run_image(phi, background, schedule, peclet, flow, walls, levels, out):  # type: ignore[no-untyped-def]
    """States of one image (c, h, w) at its levels, into out (m, c, h, w)."""
    phi, size, step = phi.copy(), max(phi.shape[1:]), 0
    out[levels == 0] = phi
    first, frames = 0, flow.frames(0, 2)
    spacing = flow.spacing
    for k in range(1, int(levels.max(initial=0)) + 1):
        alpha, left = float(schedule.alpha[k]), int(schedule.n_lbm_steps[k])
        while left > 0:
            if step // spacing + 1 >= first + len(frames):
                first = step // spacing
                ahead = min(CHUNK, (left - 1) // spacing + 2)
                frames = flow.frames(first, first + ahead + 1)
            n = min(left, (first + len(frames) - 1) * spacing - step)
            _advance(phi, background, frames, first, spacing, flow.speed_limit, walls == "mirror",
                     step, n, alpha, rms_speed(peclet, alpha, size))  # fmt: skip
            step, left = step + n, left - n
        out[levels == k] = phi


def trajectories(
    phi: np.ndarray, background: np.ndarray, schedule: LatticeSchedule, peclet: float,
    velocity: Velocity, walls: Walls, seeds: np.ndarray, keep: np.ndarray, threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """States of phi + background at the wanted levels, minus background.

    Parameters
    ----------
    phi : float32 (n, c, h, w)
        Deviation from the background; small values keep small rounding errors.
    background : float (n, c)
        The constant carried along with each channel.
    schedule : LatticeSchedule
    peclet : float
    velocity : Velocity
    walls : "mirror" or "periodic"
    seeds : int (n,)
        Seed of each image's flow.
    keep : int (n, m)
        Levels wanted of each image, in any order; each image runs up to its largest.
    threads : int
        Images run at once; does not change the result.

    Returns
    -------
    float32 (n, m, c, h, w)
    """
    shape = (phi.shape[-2], phi.shape[-1])
    spacing = frame_spacing(velocity, shape, peclet)
    background = np.asarray(background, np.float32)
    out = np.empty((*keep.shape, *phi.shape[1:]), np.float32)

    def run(i: int) -> None:
        flow = Flow(shape, velocity, int(seeds[i]), spacing)
        _run_image(phi[i], background[i], schedule, peclet, flow, walls, keep[i], out[i])

    longest_first = np.argsort(-keep.max(axis=1, initial=0), kind="stable")
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, longest_first.tolist()))
    return out

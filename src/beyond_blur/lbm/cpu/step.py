"""One step of the memoryless scheme on a CPU: Numba, float32, at the speed of the vector units.

**What is stored.** With b a constant of each channel, phi = b (1 + d), and d changes by

    d' = P (1 + d) - 1,

with every weight split into its value at rest and the rest, w = w0 + w~. No term of order one is
ever added, so float32 rounds quantities that shrink with the contrast of the image. What leaves a
cell is subtracted from what it holds, so no mass is lost.

**One step.** With q_e = w_e d + w~_e the shares of a source row by vertical velocity e (q_0 as d
minus what leaves) and R+- = sum_e w_+- q_e + g_+- the shares that also move right and left,

    d'(x) = (sum_e q_e - R+ - R-)(x) + R+(x - 1) + R-(x + 1),

where g = sum_e w0_e w~_+- is the part the uniform field contributes. A row's shares are scattered
to the rows above, at and below it while they are in registers: per cell one number is read and one
written. The weights of a row stay in registers as well, for three channels at a time.

**Layout.** Fields lie in strips (:mod:`beyond_blur.lbm.cpu.strips`). An array of edges takes what
leaves a strip to the right, an empty strip what leaves the first one to the left.
"""

from __future__ import annotations

import numpy as np

from beyond_blur.lbm.cpu.simd import (
    inlined,
    kernel,
    load,
    shift_down,
    shift_up,
    spread,
    store,
)
from beyond_blur.lbm.cpu.strips import GHOST, PARTS, strip_at, strips_of
from beyond_blur.lbm.cpu.vector_width import LANES


@inlined
def _shares_along(now, after, at, by_now, by_after):
    """w~_-, w~_+ of some cells; velocities are halved: with t = s / 2, w~_+- = 2 t^2 +- t."""
    t = by_now * load(now, at) + by_after * load(after, at)
    twice = t + t
    minus = twice * t - t
    return minus, minus + twice


@inlined
def _weights(now, after, cell, half, factors, rows):
    """Weights of one source row, and what the next row needs of them.

    factors : of now and after in the velocity along x, the same along y.
    rows : w~_x-, w~_x+ of this row and of the row above, w_x-, w_x+ of the row above.
    """
    plane = now.shape[1]
    here_m, here_p, above_m, above_p, before_m, before_p = rows
    below_m, below_p = _shares_along(now, after, cell + LANES, factors[0], factors[1])
    y_m, y_p = _shares_along(now, after, plane + cell, factors[2], factors[3])
    rest = spread(np.float32(1)) - half - half
    g_m = half * (above_m + below_m) + rest * here_m
    g_p = half * (above_p + below_p) + rest * here_p
    x_m, x_p = half + here_m, half + here_p
    weights = (x_m, x_p, half + y_m, half + y_p, y_m, y_p, before_m, before_p, g_m, g_p)
    return weights, (below_m, below_p, here_m, here_p, x_m, x_p)


@inlined
def _scatter(phi, cell, strip, edge, border, weights, sums, leftmost):
    """Send a vector of cells of one channel to their neighbours; the row above is complete then.

    sums : what the row above has so far of sum q, R+ and R-, and its own share downwards.
    """
    x_m, x_p, y_m, y_p, dy_m, dy_p, above_m, above_p, g_m, g_p = weights
    stays, right, left, from_above = sums
    d = load(phi, cell)
    up = y_m * d + dy_m
    down = y_p * d + dy_p
    level = d - up - down
    right, left = right + x_p * up, left + x_m * up
    complete, before = stays + up - right - left, cell - LANES - strip
    if leftmost:  # nothing has come from the left, and nothing has gone there in this step
        store(phi, cell - LANES, complete)
        store(phi, before, left)
    else:
        store(phi, cell - LANES, complete + load(edge, border))
        store(phi, before, load(phi, before) + left)
    store(edge, border, right)
    return (from_above + level, (g_p + above_p * from_above) + x_p * level,
            (g_m + above_m * from_above) + x_m * level, down)  # fmt: skip


@inlined
def _strip_of_three(phi, first, edge, now, after, at, strip, rows, half, factors, part, leftmost):
    """One step of one strip of three channels from channel ``first`` on."""
    plane, border, zero = phi.shape[1], edge.shape[1], half - half
    a = b = c = (zero, zero, zero, zero)
    here = _shares_along(now, after, at, factors[0], factors[1])
    carried = (here[0], here[1], zero, zero, half, half)
    one, two, three = first * plane, (first + 1) * plane, (first + 2) * plane
    of_one = first * border + part * strip
    of_two, of_three = of_one + border, of_one + 2 * border
    for y in range(0, rows * LANES, LANES):
        cell = at + y
        weights, carried = _weights(now, after, cell, half, factors, carried)
        a = _scatter(phi, one + cell, strip, edge, of_one + y, weights, a, leftmost)
        b = _scatter(phi, two + cell, strip, edge, of_two + y, weights, b, leftmost)
        c = _scatter(phi, three + cell, strip, edge, of_three + y, weights, c, leftmost)


@inlined
def _strip_of_one(phi, first, edge, now, after, at, strip, rows, half, factors, part, leftmost):
    """One step of one strip of channel ``first``."""
    border, zero, channel = edge.shape[1] * first + part * strip, half - half, phi.shape[1] * first
    sums = (zero, zero, zero, zero)
    here = _shares_along(now, after, at, factors[0], factors[1])
    carried = (here[0], here[1], zero, zero, half, half)
    for y in range(0, rows * LANES, LANES):
        weights, carried = _weights(now, after, at + y, half, factors, carried)
        sums = _scatter(phi, channel + at + y, strip, edge, border + y, weights, sums, leftmost)


@inlined
def _strip(phi, edge, now, after, at, strip, rows, half, factors, part, leftmost):
    """One step of one strip of all channels, whose first source row lies at ``at``."""
    threes = len(phi) - len(phi) % 3
    for c in range(0, threes, 3):
        _strip_of_three(phi, c, edge, now, after, at, strip, rows, half, factors, part, leftmost)
    for c in range(threes, len(phi)):
        _strip_of_one(phi, c, edge, now, after, at, strip, rows, half, factors, part, leftmost)


@kernel
def _fill_ghosts(phi, n_strips, strip, h, mirror):
    """Rows beyond the upper and lower wall."""
    for i in range(n_strips):
        top = strip_at(i, n_strips, strip) + GHOST * LANES
        bottom = top + (h - 1) * LANES
        first, last = load(phi, top), load(phi, bottom)
        store(phi, top - LANES, first if mirror else last)
        store(phi, bottom + LANES, last if mirror else first)


@kernel
def _close_sides(phi, n_strips, strip, h, w, edge, mirror):
    """Carry on what left the sides of each part: to the next lane or back from a wall.

    What leaves a part to the right enters the next part in the same lane.
    """
    zero, lane, n, others = spread(np.float32(0)), w // n_strips, n_strips // PARTS, PARTS - 1
    end = strip_at((w - 1) % n_strips, n_strips, strip) + (w - 1) // n_strips
    beyond = strip_at(w % n_strips, n_strips, strip) + lane
    start, part = strip, (n + 1) * strip  # of the first strip, and from part to part
    for y in range(0, (GHOST + h) * LANES, LANES):
        first, last, to_left = start + y, start + others * part + (n - 1) * strip + y, phi[y]
        right, left = load(edge, others * strip + y), load(phi, y)
        up, down = shift_up(right, right), shift_down(left, left)
        if mirror:
            up, down = shift_up(down, right), shift_down(left, up)
        store(phi, first, load(phi, first) + up)
        for i in range(others):
            entered = first + (i + 1) * part
            store(phi, entered, load(phi, entered) + load(edge, i * strip + y))
        if lane < LANES:  # the wall lies before the last lane
            out, phi[beyond + y] = phi[beyond + y], 0
            phi[end + y if mirror else first] += out
            if not mirror:
                down, phi[end + y] = shift_down(left, zero), phi[end + y] + to_left
        for i in range(others):
            entered = start + i * part + (n - 1) * strip + y
            store(phi, entered, load(phi, entered) + load(phi, (i + 1) * part + y))
        store(phi, last, load(phi, last) + down)


@kernel
def step(phi, edge, now, after, h, w, scale, fraction, half, mirror):
    """One lattice step of all channels in place.

    phi : (c, plane), the state d in strips.
    edge : (c, PARTS * strip), room for what leaves the strips of a part to the right.
    now, after : (2, plane), the last and the next key frame in strips.
    scale : (float, float), what brings key frames to the velocity of this step.
    fraction : float, time since the last key frame over the key-frame spacing.
    half : float32, cs2 / 2 = alpha.
    """
    n_strips, strip = strips_of(w), (h + 2 * GHOST) * LANES
    channels, x, y, rest = len(phi), scale[0], scale[1], 1 - fraction
    factors = (spread(np.float32(x * rest)), spread(np.float32(x * fraction)),
             spread(np.float32(y * rest)), spread(np.float32(y * fraction)))  # fmt: skip
    for c in range(channels):
        _fill_ghosts(phi[c], n_strips, strip, h, mirror)
    above = (GHOST - 1) * LANES  # the ghost row is the first source
    for part in range(PARTS):
        start, half_vector = part * n_strips // PARTS, spread(half)
        at = strip_at(start, n_strips, strip) + above
        _strip(phi, edge, now, after, at, strip, h + 2, half_vector, factors, part, True)
        for _ in range(1, n_strips // PARTS):
            at += strip
            _strip(phi, edge, now, after, at, strip, h + 2, half_vector, factors, part, False)
    for c in range(channels):
        _close_sides(phi[c], n_strips, strip, h, w, edge[c], mirror)

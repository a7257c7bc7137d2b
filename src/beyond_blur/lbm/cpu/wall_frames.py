"""Key frames of a flow between walls: the first quarter of a periodic field, fitted to a lattice.

See `beyond_blur.lbm.wall_flow`. The periodic field is made as any other, on 2 h x 2 w cells.
"""

from __future__ import annotations

import numpy as np

from beyond_blur.lbm.cpu.simd import kernel, load, spread, store
from beyond_blur.lbm.cpu.speed_limit import fill_ghosts
from beyond_blur.lbm.cpu.strips import GHOST, strip_at, strips_of
from beyond_blur.lbm.cpu.vector_width import LANES


@kernel
def first_quarter(whole, rows, columns, raw):
    """The image's part (4, plane) of a field (2, plane) of rows x columns; its largest speed.

    The last two are the second differences that the field is fitted with: of the first component
    along x and of the second along y. Beyond the walls the field goes on as mirrors reflect it.
    """
    h, w = rows // 2, columns // 2
    n_wide, tall = strips_of(columns), (rows + 2 * GHOST) * LANES
    n_strips, strip = strips_of(w), (h + 2 * GHOST) * LANES
    u, v, fastest = whole[0], whole[1], np.float32(0)
    for x in range(w):
        to = strip_at(x % n_strips, n_strips, strip) + GHOST * LANES + x // n_strips
        before, after = (x - 1) % columns, x + 1
        at = strip_at(x % n_wide, n_wide, tall) + GHOST * LANES + x // n_wide
        left = strip_at(before % n_wide, n_wide, tall) + GHOST * LANES + before // n_wide
        right = strip_at(after % n_wide, n_wide, tall) + GHOST * LANES + after // n_wide
        above = at + (rows - 1) * LANES
        for y in range(0, h * LANES, LANES):
            a, b = u[at + y], v[at + y]
            raw[0, to + y], raw[1, to + y] = a, b
            raw[2, to + y] = (u[left + y] - a) + (u[right + y] - a)
            raw[3, to + y] = (v[above] - b) + (v[at + y + LANES] - b)
            fastest, above = max(fastest, a * a + b * b), at + y
    return np.sqrt(np.float64(fastest))


@kernel
def limit_wall_frame(raw, speed, limit, alpha, shape, first, rows, out):
    """Half a key frame, fitted to a diffusivity and slowed down where it passes the limit.

    raw : (4, plane), as of :func:`first_quarter`.
    speed : the largest of the frame.
    Other arguments are those of :func:`beyond_blur.lbm.cpu.speed_limit.limit_frame`.
    """
    h, n_strips = shape[0], strips_of(shape[1])
    strip, image_strip = (rows + 2 * GHOST) * LANES, (h + 2 * GHOST) * LANES
    factor = spread(np.float32(0.5 * min(1.0, limit / speed)))
    spreading = spread(np.float32(alpha))
    for i in range(n_strips):
        start = strip_at(i, n_strips, strip) + GHOST * LANES
        source = strip_at(i, n_strips, image_strip) + (GHOST + first) * LANES
        for component in range(2):
            field, bend, plane = raw[component], raw[2 + component], out[component]
            for at in range(0, rows * LANES, LANES):
                value = load(field, source + at) + spreading * load(bend, source + at)
                store(plane, start + at, factor * value)
        fill_ghosts(out, start, rows, True)

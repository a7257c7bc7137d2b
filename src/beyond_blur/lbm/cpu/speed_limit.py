"""The speed limit on key frames: every velocity times tanh(x) / x, x its speed over the limit."""

from __future__ import annotations

import numpy as np

from beyond_blur.lbm.cpu.simd import kernel, load, spread, store
from beyond_blur.lbm.cpu.strips import GHOST, strip_at, strips_of
from beyond_blur.lbm.cpu.vector_width import LANES
from beyond_blur.lbm.single_precision import SERIES, SERIES_END

PEAK = 8.5
"""Largest speed over the rms of a component that the polynomial is chosen for: 6 sqrt 2.

A choice: components are sums of many waves, so nearly Gaussian, and six standard deviations of both
at once do not occur in an image. Flows whose peak would pass SERIES_END take tanh itself.
"""


@kernel
def limit_frame(raw, to_unit, rms, limit, mirror, shape, first, rows, out):
    """Half a key frame times the factor of the speed limit at this rms speed, with ghost rows.

    raw : (2, plane), strips of the whole image.
    to_unit : (2,), factors that give each component unit rms.
    shape : (height, width) of the image.
    out : (2, plane), strips of ``rows`` rows, from row ``first`` of the image on. Where they pass
    its edge they go on at the other one.
    """
    h, n_strips = shape[0], strips_of(shape[1])
    strip, image_strip = (rows + 2 * GHOST) * LANES, (h + 2 * GHOST) * LANES
    a, b = np.float32(rms * to_unit[0] / limit), np.float32(rms * to_unit[1] / limit)
    series = (PEAK * rms / limit) ** 2 < SERIES_END
    for i in range(n_strips):
        start = strip_at(i, n_strips, strip) + GHOST * LANES
        done = 0
        while done < rows:
            y = (first + done) % h
            n = min(rows - done, h - y)
            source = strip_at(i, n_strips, image_strip) + (GHOST + y) * LANES
            if series:
                _limit_by_series(raw, a, b, source, n * LANES, out, start + done * LANES)
            else:
                _limit_by_tanh(raw, a, b, source, n * LANES, out, start + done * LANES)
            done += n
        fill_ghosts(out, start, rows, mirror)


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
def fill_ghosts(field, start, h, mirror):
    """Rows beyond the walls: mirrored, normal component reversed, or from the other side."""
    last = start + (h - 1) * LANES
    for component in range(2):
        sign = np.float32(-1 if mirror and component == 1 else 1)
        plane = field[component]
        top, bottom = spread(sign) * load(plane, start), spread(sign) * load(plane, last)
        store(plane, start - LANES, top if mirror else bottom)
        store(plane, last + LANES, bottom if mirror else top)

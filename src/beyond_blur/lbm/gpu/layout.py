"""How an image lies on the card: which block, warp and lane holds which of its cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.config import Walls
from beyond_blur.lbm.single_precision import SERIES, SERIES_END
from beyond_blur.lbm.turbulence import LEAST_SHARE

WARPS = 8
"""Most warps of a block: a multiprocessor's 65,536 registers then are 255 for every thread."""


MOST_COLUMNS = 24
"""Most columns, over all channels, that a thread has registers for.

tests/lbm/gpu/test_gpu_compile.py compiles that many and holds them to what spills.
"""


class Layout(NamedTuple):
    """How an image lies on the card; all of it is compiled into the kernels."""

    height: int
    width: int
    channels: int  # of one block
    cols: int  # neighbouring columns per lane
    rows: int  # of a warp's band
    cluster: int = 1  # blocks, each with its share of rows, that hold one image
    on_chip: bool = True
    frames_on_chip: bool = False
    frame_threads: int = 256  # of the blocks that make key frames

    @property
    def warps(self) -> int:
        """Bands of a block, one warp each."""
        return -(-self.height // self.cluster // self.rows)

    @property
    def pitch(self) -> int:
        """Columns of a padded row."""
        return -(-self.width // self.cols) * self.cols

    @property
    def cells(self) -> int:
        """Pixels of a channel."""
        return self.height * self.width

    @property
    def shared_bytes(self) -> int:
        """Shared memory of a block: the first row of every band, and the field if on chip."""
        rows = self.warps + (self.height // self.cluster if self.on_chip else 0)
        return 4 * rows * self.channels * self.pitch

    @property
    def frame_bytes(self) -> int:
        """Shared memory of a block that makes a key frame from end to end, less 8 per thread."""
        return 8 * (self.height * (self.width + 1) + self.height + self.width)

    def defines(self, walls: Walls) -> tuple[str, ...]:
        """Macros for the compiler."""
        values = {
            "HEIGHT": self.height, "WIDTH": self.width, "CHANNELS": self.channels,
            "COLS": self.cols, "ROWS": self.rows, "WARPS": self.warps, "CLUSTER": self.cluster,
            "MIRROR": int(walls == "mirror"), "ON_CHIP": int(self.on_chip),
            "FRAME_THREADS": self.frame_threads, "SERIES_END": f"{SERIES_END}f",
            "LEAST_SHARE": f"{LEAST_SHARE:.9e}f",
            **{f"SERIES_{i}": f"{x:.9e}f" for i, x in enumerate(SERIES)},
        }  # fmt: skip
        if self.frames_on_chip:
            values |= {"FINE_X": fft_pass(self.width), "FINE_Y": fft_pass(self.height)}
        return tuple(f"-D{name}={value}" for name, value in values.items())


def layout(
    shape: tuple[int, int], channels: int, shared_limit: int, clusters: bool = False
) -> Layout:
    """A warp spans the image's width; the channels lie together wherever they fit.

    In order of preference: all channels in one block, all in a cluster of two to eight blocks, one
    channel per block, one channel per block in global memory.

    Parameters
    ----------
    shape : (height, width)
    channels : int
    shared_limit : int
        Bytes of shared memory that one block may have.
    clusters : bool
        Whether the card has thread-block clusters (compute capability 9.0 and up).

    Raises
    ------
    ValueError
        If the image is wider than the kernels' 256 columns.
    """
    h, w = shape
    if w > 256:
        raise ValueError(
            f"images are {w} pixels wide, but the GPU solver takes at most 256; "
            "set corruption.backend to 'cpu'"
        )
    cols, threads = -(-w // 32), 512 if h * w >= 2**13 else 256
    choices = []
    if channels * cols <= MOST_COLUMNS:
        sizes = [n for n in (1, 2, 4, 8) if n == 1 or (clusters and h % n == 0)]
        choices = [
            Layout(h, w, channels, cols, _rows(h // n), n, frame_threads=threads) for n in sizes
        ]
    one = Layout(h, w, 1, cols, _rows(h), frame_threads=threads)
    fits = [x for x in (*choices, one) if x.shared_bytes <= shared_limit]
    chosen = fits[0] if fits else one._replace(on_chip=False)
    powers = all(4 <= n <= 256 and n & (n - 1) == 0 for n in shape)
    small = one.frame_bytes + 8 * one.frame_threads <= shared_limit
    return chosen._replace(frames_on_chip=powers and small)


def _rows(height: int) -> int:
    """Rows of a band: eight make little of the rows beyond its ends; more for more than 8 warps."""
    return min(height, max(8, -(-height // WARPS)))


def fft_pass(n: int) -> int:
    """Length of the first of the two passes of an on-chip FFT: the root of n, 4..256, or twice."""
    return 1 << -(-(n.bit_length() - 1) // 2)


def fft_order(n: int) -> np.ndarray:
    """Which number of the input the on-chip FFT wants in each place."""
    fine = fft_pass(n)
    place = np.arange(n)
    return place // fine + n // fine * (place % fine)

"""What streamed pairs without a flow cost with operators built at every call, and with kept ones.

python benchmarks/diffusion.py [--cases 28:1:64 32:3:128 64:3:64 128:3:32] [--turns 15]

A case is pixels, channels and images of a batch; each has a level k drawn uniformly of 200, and its
states k and k - 1 are made. The two ways take turns. Times are of the processor, one thread: a busy
machine makes a process wait, but hardly makes it work more.
"""

import argparse
import platform
import statistics
import time

import numpy as np

from beyond_blur.config import Levels
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm import diffusion
from beyond_blur.lbm.trajectory import Trajectory

LEVELS = 200


def built(trajectory):
    """In place of the kept operators: each is made anew."""

    def operator(_, level, n, walls):
        return diffusion.axis_operator(trajectory.schedule, level, n, walls)

    return operator


def milliseconds(operator, arguments):
    """Processor time of one call with operators from there, and its states."""
    kept, diffusion.kept_operator = diffusion.kept_operator, operator
    try:
        start = time.thread_time()
        states = diffusion.trajectories(*arguments)
        return 1e3 * (time.thread_time() - start), states
    finally:
        diffusion.kept_operator = kept


def compare(size, channels, n, turns):
    """Median milliseconds of both ways, and the median of their ratios."""
    trajectory = Trajectory(tuple(blur_widths(Levels(n_levels=LEVELS, sigma_max=size / 2))))
    for level in range(LEVELS + 1):
        diffusion.kept_operator(trajectory.blur_widths, level, size, "mirror")
    rng, ways = np.random.default_rng(0), (built(trajectory), diffusion.kept_operator)
    rows = []
    for _ in range(turns + 2):
        k = rng.integers(1, LEVELS + 1, n)
        images = rng.random((n, channels, size, size), np.float32)
        arguments = (images, np.zeros((n, channels)), trajectory, np.arange(n),
                     np.stack([k, k - 1], axis=1))  # fmt: skip
        (anew, one), (kept, other) = (milliseconds(way, arguments) for way in ways)
        assert (one == other).all()
        rows.append((anew, kept))
    rows = rows[2:]
    anew, kept = (statistics.median(column) for column in zip(*rows, strict=True))
    return anew, kept, statistics.median(a / b for a, b in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cases", nargs="+", default=["28:1:64", "32:3:128", "64:3:64", "128:3:32"]
    )
    parser.add_argument("--turns", type=int, default=15)
    arguments = parser.parse_args()
    print(f"numpy {np.__version__}, {platform.machine()}, medians of {arguments.turns} turns\n")
    print("| px | channels | batch | built anew, ms | kept, ms | anew / kept |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for case in arguments.cases:
        size, channels, n = map(int, case.split(":"))
        anew, kept, ratio = compare(size, channels, n, arguments.turns)
        print(f"| {size} | {channels} | {n} | {anew:.1f} | {kept:.1f} | {ratio:.1f} |", flush=True)


if __name__ == "__main__":
    main()

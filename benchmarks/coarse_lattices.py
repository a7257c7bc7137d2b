"""What coarser lattices for late levels cost in accuracy and save in work.

    python benchmarks/coarse_lattices.py --out benchmarks/results/coarse_lattices.md \
        --picture docs/images/coarse_lattices.png

For each shape, Peclet number and kind of flow a random image with a natural spectrum is taken to
every level on the pixels' lattice and over coarser ones, under one flow; the table has the largest
difference of any pixel at any level, in grey values, and how many times fewer cell updates lead to
the last level. Then both run full trajectories of RGB images in turns, timed. The picture plots
error against work while the switch to the coarser lattice comes earlier or later.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
from matplotlib.figure import Figure

from beyond_blur.config import Levels, Velocity
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.config.coarse_lattices import LARGEST_BACKGROUND
from beyond_blur.lbm.coarse import plan as plans
from beyond_blur.lbm.coarse.bound import TOLERANCE, objection
from beyond_blur.lbm.cpu import coarse, solver
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import wave_numbers
from beyond_blur.threads import available_threads

SHAPES = [(128, 128), (128, 192), (256, 128), (256, 256)]
PECLETS = [0.02, 0.1, 0.3]
SWITCHES = [4.0, 6.0, 8.0, 12.0, 16.0, 24.0]
"""Blur widths in cells at which a lattice is left for the next, for the picture."""


@dataclass(frozen=True)
class Found:
    """One case: largest error in grey values, the level it is at, and how much less work."""

    error: float
    level: int
    gain: float


def image(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Grey values (1, 1, h, w) in [0, 1] whose amplitudes fall as 1 / n^1.1."""
    n = np.hypot(*wave_numbers(shape))
    n[0, 0] = 1
    noise = np.fft.fft2(np.random.default_rng(seed).standard_normal(shape))
    values = np.fft.ifft2(noise / n**1.1).real
    scaled = (values - values.min()) / (values.max() - values.min())
    return scaled.astype(np.float32)[None, None]


def compare(
    shape: tuple[int, int], peclet: float, divergence_free: bool, seed: int, sigma_max: float
) -> Found:
    """Both solvers on one image, at all levels of 200."""
    velocity = Velocity(divergence_free=divergence_free)
    widths = tuple(blur_widths(Levels(sigma_max=sigma_max)))
    trajectory = Trajectory(widths, peclet, velocity)
    assert objection(trajectory, shape) is None
    ways = plans.plan(trajectory.schedule, shape)
    levels = np.array([k for k, branch in enumerate(ways.branches) if branch.tail is not None])
    start = image(shape, seed)
    mean = start.mean(dtype=np.float64)
    arguments = (start - np.float32(mean), np.full((1, 1), LARGEST_BACKGROUND + mean), trajectory,
                 np.array([seed]), levels[None])  # fmt: skip
    difference = coarse.trajectories(*arguments) - solver.trajectories(*arguments)
    of_level = np.abs(difference[0]).max((1, 2, 3))
    last = trajectory.n_levels
    gain = float(trajectory.schedule.first_step[-1]) / ways.equivalents([last])
    return Found(float(of_level.max()), int(levels[of_level.argmax()]), gain)


def seconds(n: int, threads: int, repeats: int) -> tuple[list[float], list[float]]:
    """Seconds of n RGB images of 128 px to level 200 at 128 px, fine and coarse in turns."""
    trajectory = Trajectory(tuple(blur_widths(Levels(sigma_max=128.0))), 0.1)
    phi = np.concatenate([np.repeat(image((128, 128), i), 3, axis=1) for i in range(n)])
    arguments = (phi - np.float32(0.5), np.full((n, 3), 10.0), trajectory, np.arange(n),
                 np.full((n, 1), 200), threads)  # fmt: skip
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for run, found in zip((solver.trajectories, coarse.trajectories), times, strict=True):
            start = time.perf_counter()
            run(*arguments)
            found.append(time.perf_counter() - start)
    return times


def table(rows: list[tuple[tuple[int, int], float, bool, Found]]) -> list[str]:
    """Markdown, a line for each case."""
    lines = ["| pixels | Pe | flow | largest error, grey values | at level | times fewer updates |",
             "| --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for (h, w), peclet, free, found in rows:
        flow = "divergence-free" if free else "compressible"
        lines.append(f"| {h} x {w} | {peclet:g} | {flow} | {found.error:.1e} | {found.level} | "
                     f"{found.gain:.1f} |")  # fmt: skip
    return lines


def curve(shape: tuple[int, int], seed: int) -> list[tuple[float, Found]]:
    """Error and work at Pe = 0.1 while the switch to coarser cells moves."""
    points = []
    for switch in SWITCHES:
        with mock.patch.object(plans, "SWITCH", switch):
            points.append((switch, compare(shape, 0.1, False, seed, 128.0)))
        print("switch", *points[-1], flush=True)
    return points


def draw(points: list[tuple[float, Found]], path: str) -> None:
    """Error against work."""
    figure = Figure(figsize=(5.4, 3.6), layout="constrained")
    axes = figure.subplots()
    gains, errors = zip(*((found.gain, found.error) for _, found in points), strict=True)
    axes.plot(gains, errors, "o-")
    for switch, found in points:
        axes.annotate(f"{switch:g} px", (found.gain, found.error), textcoords="offset points",
                      xytext=(-5, 6), ha="right")  # fmt: skip
    axes.axhline(TOLERANCE, color="0.5", linestyle="--", linewidth=1)
    axes.set(yscale="log", xlabel="times fewer cell updates to level 200",
             ylabel="largest error at any level, grey values")  # fmt: skip
    axes.set_title("128 x 128 pixels, Pe = 0.1; the switch to cells twice as wide", fontsize=9)
    figure.savefig(path, dpi=130)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", metavar="FILE", help="write the tables here too")
    parser.add_argument("--picture", metavar="FILE", help="draw error against work")
    parser.add_argument("--peclets", type=float, nargs="+", default=PECLETS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=available_threads())
    options = parser.parse_args()
    if options.picture:
        draw(curve((128, 128), options.seeds[0]), options.picture)
    fine, rough = seconds(2, options.threads, options.repeats)
    print("seconds on pixels", fine, "over coarser lattices", rough, flush=True)
    rows = []
    for shape in SHAPES:
        for peclet in options.peclets:
            for free in (False, True):
                for seed in options.seeds:
                    found = compare(shape, peclet, free, seed, float(min(shape)))
                    rows.append((shape, peclet, free, found))
                    print(shape, peclet, free, seed, found, flush=True)
    lines = table(rows)
    lines += ["", f"Two RGB images of 128 px to level 200 (128 px, Pe 0.1), {options.threads} "
              f"threads of {os.cpu_count()} cores, medians of {options.repeats} in turns: "
              f"{statistics.median(fine):.2f} s on pixels, {statistics.median(rough):.2f} s over "
              f"coarser lattices, {statistics.median(fine) / statistics.median(rough):.1f} times "
              "faster."]  # fmt: skip
    print("\n".join(lines))
    if options.out:
        Path(options.out).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

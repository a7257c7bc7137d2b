"""Cell updates per second of the CPU solver beside its baselines.

    python benchmarks/lbm_cpu.py [--sizes 32 64 128] [--batches 1 8] [--threads 2] [--repeats 5]
        [--clock processor]

One cell update is one cell of one channel in one lattice step. All three run the same thing: RGB
images through the levels of a schedule, each image with its own evolving, compressible flow,
velocity included.

ours
    ``trajectories`` of ``beyond_blur.lbm.cpu.solver`` as the workflow calls it: flows, key frames,
    packing.
nine-point
    The memoryless step as one writes it first: weights of the step into arrays, then a nine-point
    loop over the cells, in Numba on the same threads; key frames of the same spacing by SciPy's
    FFT, held between frames (no interpolation). ``kernel`` is the loop alone, weights given.
populations
    The structure of the authors' solver: nine populations in memory; separate passes for
    macroscopic values, collision, streaming and walls; one channel at a time, one image at a time;
    the velocity by FFT at every step of every channel. Numba float32 instead of Taichi. Only some
    steps are run; the rate is what counts.

Medians over the repeats, which alternate between the solvers so that a noisy neighbour meets all;
short runs are made again and again for a third of a second.

At last, the seconds of full trajectories of 128 x 128 RGB images through all 200 levels, 49,266
steps: of one image, and of as many at once as there are threads.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.fft
from numba import njit

from beyond_blur.config import Levels, Velocity
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm.cpu import solver as cpu
from beyond_blur.lbm.cpu.vector_width import instruction_set
from beyond_blur.lbm.key_frames import interpolation_gain
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import (
    RandomModes,
    amplitudes,
    phases,
    random_modes,
    wave_numbers,
)
from beyond_blur.lbm.units import rms_speed

PECLET = 0.1

SHORTEST = 0.3
"""Seconds of one measurement, at least."""

VELOCITY = Velocity()


@njit(nogil=True, error_model="numpy")
def nine_point(phi, w_x, w_y, out):
    """One step of a channel (h, w); weights (3, h, w) of -1, 0, +1 along each axis."""
    h, w = phi.shape
    for y in range(h):
        for x in range(1, w - 1):
            up, down = max(y - 1, 0), min(y + 1, h - 1)
            out[y, x] = (
                phi[y, x] * w_x[1, y, x] * w_y[1, y, x]
                + phi[y, x - 1] * w_x[2, y, x - 1] * w_y[1, y, x - 1]
                + phi[y, x + 1] * w_x[0, y, x + 1] * w_y[1, y, x + 1]
                + phi[up, x] * w_x[1, up, x] * w_y[2, up, x]
                + phi[up, x - 1] * w_x[2, up, x - 1] * w_y[2, up, x - 1]
                + phi[up, x + 1] * w_x[0, up, x + 1] * w_y[2, up, x + 1]
                + phi[down, x] * w_x[1, down, x] * w_y[0, down, x]
                + phi[down, x - 1] * w_x[2, down, x - 1] * w_y[0, down, x - 1]
                + phi[down, x + 1] * w_x[0, down, x + 1] * w_y[0, down, x + 1]
            )
        for x in (0, w - 1):  # the two side walls, reflected
            total = np.float32(0)
            for dy in range(-1, 2):
                row = min(max(y + dy, 0), h - 1)
                for dx in range(-1, 2):
                    column = min(max(x + dx, 0), w - 1)
                    total += phi[row, column] * w_x[1 - dx, row, column] * w_y[1 - dy, row, column]
            out[y, x] = total


@njit(nogil=True, error_model="numpy")
def make_weights(velocity, cs2, w_x, w_y):
    for y in range(velocity.shape[1]):
        for x in range(velocity.shape[2]):
            for axis, w in ((0, w_x), (1, w_y)):
                s = velocity[axis, y, x]
                leaves = cs2 + s * s
                w[0, y, x] = np.float32(0.5) * (leaves - s)
                w[1, y, x] = np.float32(1) - leaves
                w[2, y, x] = np.float32(0.5) * (leaves + s)


@njit(nogil=True, error_model="numpy")
def nine_point_steps(phi, other, velocity, cs2, w_x, w_y, n_steps):
    """Steps of all channels (c, h, w) under one velocity; returns with the state in ``phi``."""
    for _ in range(n_steps):
        make_weights(velocity, cs2, w_x, w_y)
        for c in range(phi.shape[0]):
            nine_point(phi[c], w_x, w_y, other[c])
        phi[:] = other


def velocity_by_fft(modes: RandomModes, step: int, rms: float, gain: np.ndarray) -> np.ndarray:
    """Velocity float32 (2, h, w) of one image at a step: FFT, scale, tanh limit."""
    half = modes.omega.shape[1] // 2 + 1
    turn = np.exp((1j * step) * modes.omega[:, :half])
    spectrum = gain * (
        turn * modes.forward[0, :, :, :half] + turn.conj() * modes.backward[0, :, :, :half]
    )
    field = scipy.fft.irfft2(spectrum.astype(np.complex64), s=modes.omega.shape)
    field *= rms / field.std(axis=(1, 2), keepdims=True)
    speed = np.hypot(field[0], field[1]) / VELOCITY.speed_limit
    return (field * (np.tanh(speed) / speed)).astype(np.float32)


def trajectory_to(*blur_widths: float) -> Trajectory:
    """The way through levels of these widths, under the default flow."""
    return Trajectory(blur_widths, PECLET, VELOCITY)


def run_nine_point(images: np.ndarray, trajectory: Trajectory, threads: int) -> int:
    """All images to the last level with the plain loop; returns the number of cell updates."""
    _, c, h, w = images.shape
    spacing, schedule = trajectory.frame_spacing((h, w)), trajectory.schedule

    def one(i: int) -> None:
        modes = random_modes((h, w), VELOCITY, np.array([i]))
        gain = interpolation_gain((h, w), VELOCITY.phase_step, spacing)[:, : w // 2 + 1]
        phi, other = images[i].copy(), np.empty((c, h, w), np.float32)
        w_x, w_y = np.empty((3, h, w), np.float32), np.empty((3, h, w), np.float32)
        step = 0
        for alpha, n_steps in zip(schedule.alpha[1:], schedule.n_lbm_steps[1:], strict=True):
            left = int(n_steps)
            while left:
                n = min(left, spacing - step % spacing)
                if step % spacing == 0:
                    rms = rms_speed(PECLET, float(alpha), max(h, w))
                    velocity = velocity_by_fft(modes, step, rms, gain)
                nine_point_steps(phi, other, velocity, np.float32(2 * alpha), w_x, w_y, n)
                step, left = step + n, left - n

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, range(len(images))))
    return images.size * int(schedule.n_lbm_steps.sum())


def run_nine_point_kernel(images: np.ndarray, n_steps: int, threads: int) -> int:
    """The loop alone, weights given."""
    _, _, h, w = images.shape
    weights = np.full((3, h, w), 1 / 3, np.float32)

    def one(i: int) -> None:
        a, b = images[i].copy(), np.empty_like(images[i])
        for c in range(len(a)):
            kernel_steps(a[c], b[c], weights, n_steps)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, range(len(images))))
    return images.size * n_steps


@njit(nogil=True, error_model="numpy")
def kernel_steps(phi, other, weights, n_steps):
    for _ in range(n_steps):
        nine_point(phi, weights, weights, other)
        phi, other = other, phi


@njit(nogil=True, error_model="numpy")
def macroscopic(f, phi):
    for y in range(phi.shape[0]):
        for x in range(phi.shape[1]):
            total = np.float32(0)
            for i in range(9):
                total += f[y, x, i]
            phi[y, x] = total


@njit(nogil=True, error_model="numpy")
def collide(f, phi, velocity, omega):
    """Relax the first central moments; higher ones go to equilibrium."""
    cs2 = np.float32(1 / 3)
    for y in range(phi.shape[0]):
        for x in range(phi.shape[1]):
            u, v, rho = velocity[0, y, x], velocity[1, y, x], phi[y, x]
            k_x = k_y = np.float32(0)
            for i in range(9):
                k_x += f[y, x, i] * (np.float32(i % 3 - 1) - u)
                k_y += f[y, x, i] * (np.float32(i // 3 - 1) - v)
            k_x, k_y = (1 - omega) * k_x, (1 - omega) * k_y
            for i in range(9):
                a, b = i % 3 - 1, i // 3 - 1
                e_x, e_y = cs2 + u * u, cs2 + v * v
                w_x = 1 - e_x if a == 0 else np.float32(0.5) * (e_x + a * u)
                w_y = 1 - e_y if b == 0 else np.float32(0.5) * (e_y + b * v)
                d_x = -2 * u if a == 0 else u + np.float32(0.5) * a
                d_y = -2 * v if b == 0 else v + np.float32(0.5) * b
                f[y, x, i] = rho * w_x * w_y + k_x * d_x * w_y + k_y * w_x * d_y


@njit(nogil=True, error_model="numpy")
def stream(f, out):
    h, w = f.shape[:2]
    for y in range(h):
        for x in range(w):
            for i in range(9):
                to_y, to_x = y + i // 3 - 1, x + i % 3 - 1
                if 0 <= to_y < h and 0 <= to_x < w:
                    out[to_y, to_x, i] = f[y, x, i]


@njit(nogil=True, error_model="numpy")
def walls(f, phi, velocity):
    """Border cells by extrapolation from their inner neighbours, as the authors have it."""
    h, w = phi.shape
    for y in range(h):
        for x in range(w):
            if 0 < y < h - 1 and 0 < x < w - 1:
                continue
            inner_y, inner_x = min(max(y, 1), h - 2), min(max(x, 1), w - 2)
            for i in range(9):
                f[y, x, i] = f[inner_y, inner_x, i]


def velocity_the_authors_way(
    modes: np.ndarray, rates: np.ndarray, step: int, rms: float
) -> np.ndarray:
    """Velocity (2, h, w): phases advanced, complex inverse FFT of each component, real part."""
    field = np.fft.ifft2(modes * np.exp(1j * rates * step)).real
    field *= rms / field.std(axis=(1, 2), keepdims=True)
    speed = np.sqrt((field**2).sum(axis=0)) / VELOCITY.speed_limit
    return (field * np.tanh(speed) / speed).astype(np.float32)


def run_populations(images: np.ndarray, schedule: LatticeSchedule, n_steps: int) -> int:
    """``n_steps`` steps of every channel of every image the authors' way."""
    _, channels, h, w = images.shape
    alpha = float(schedule.alpha[-1])
    omega, rms = np.float32(1 / (3 * alpha + 0.5)), rms_speed(PECLET, alpha, max(h, w))
    lattice = np.outer([1 / 6, 2 / 3, 1 / 6], [1 / 6, 2 / 3, 1 / 6]).ravel()
    for i, image in enumerate(images):
        drawn = phases((h, w), np.array([i]))[0]
        modes = amplitudes((h, w), VELOCITY) * np.exp(1j * drawn)
        rates = VELOCITY.phase_step * 2 * np.pi * np.hypot(*wave_numbers((h, w)))
        for c in range(channels):
            phi = 0.95 + 0.1 * image[c]
            f = (phi[..., None] * lattice).astype(np.float32)
            other = f.copy()
            for step in range(n_steps):
                velocity = velocity_the_authors_way(modes, rates, step, rms)
                macroscopic(f, phi)
                collide(f, phi, velocity, omega)
                stream(f, other)
                f, other = other, f
                walls(f, phi, velocity)
    return images.size * n_steps


def rate(run, arguments, threads: int, clock: str) -> float:
    """Million cell updates per second of wall clock, or of processor time on so many threads."""
    now = time.perf_counter if clock == "wall" else time.process_time
    start, updates, seconds = now(), 0, 0.0
    while seconds < SHORTEST:
        updates += run(*arguments)
        seconds = now() - start
    return updates / seconds / 1e6 * (threads if clock == "processor" else 1)


def run_ours(images: np.ndarray, trajectory: Trajectory, threads: int) -> int:
    n, c = images.shape[:2]
    phi, background = images - np.float32(0.5), np.full((n, c), 10.0)
    keep = np.full((n, 1), trajectory.n_levels)
    cpu.trajectories(phi, background, trajectory, np.arange(n), keep, threads)
    return images.size * int(trajectory.schedule.n_lbm_steps.sum())


def measure(
    size: int, batch: int, sigma_max: float, options: argparse.Namespace
) -> dict[str, float]:
    """Median rates of all solvers on one size and batch."""
    trajectory = trajectory_to(*blur_widths(Levels(sigma_max=sigma_max)))
    schedule = trajectory.schedule
    images = np.random.default_rng(0).random((batch, 3, size, size), np.float32)
    threads = options.threads
    # The baselines are slow and gain nothing from a batch: as many images as threads.
    few = images[:threads]
    solvers = {
        "ours": (run_ours, (images, trajectory, threads), threads),
        "nine-point": (run_nine_point, (few, trajectory, threads), threads),
        "kernel": (run_nine_point_kernel, (few, max(3, int(1e8 / few.size)), threads), threads),
        "populations": (run_populations, (images[:1], schedule, max(3, int(1e6 / size**2))), 1),
    }
    short = trajectory_to(0.0, 1.0)
    run_ours(images[:1], short, 1), run_nine_point(images[:1], short, 1)
    run_nine_point_kernel(images[:1], 2, 1), run_populations(images[:1], schedule, 1)
    rates: dict[str, list[float]] = {name: [] for name in solvers}
    for _ in range(options.repeats):
        for name, (run, arguments, used) in solvers.items():
            rates[name].append(rate(run, arguments, used, options.clock))
    return {name: statistics.median(values) for name, values in rates.items()}


def full_trajectories(n: int, threads: int, repeats: int) -> float:
    """Median seconds of wall clock of n images of 128 px through all levels."""
    trajectory = trajectory_to(*blur_widths(Levels(sigma_max=128.0)))
    images = np.random.default_rng(0).random((n, 3, 128, 128), np.float32)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run_ours(images, trajectory, threads)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def table(rows: list[tuple[int, int, int, dict[str, float]]]) -> str:
    """Markdown."""
    head = ["size", "batch", "steps", "ours", "nine-point", "kernel alone", "populations",
            "ours / nine-point", "ours / kernel", "ours / populations"]  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for size, batch, steps, r in rows:
        ours = r["ours"]
        rates = [f"{r[name]:,.{1 if r[name] < 100 else 0}f}" for name in r]
        ratios = [f"{ours / r[name]:,.1f}" for name in r if name != "ours"]
        values = [str(size), str(batch), f"{steps:,}", *rates, *ratios]
        lines.append("| " + " | ".join(values) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64, 128, 256])
    parser.add_argument("--batches", type=int, nargs="+", default=[2, 16])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument(
        "--clock",
        choices=["wall", "processor"],
        default="wall",
        help="processor: per second of processor time, where others use the cores",
    )
    parser.add_argument("--sigma-max", type=float, default=24.0, help="length of the trajectories")
    options = parser.parse_args()
    rows = []
    for size in options.sizes:
        sigma_max = min(float(size), options.sigma_max)
        total = int(LatticeSchedule.from_levels(Levels(sigma_max=sigma_max)).n_lbm_steps.sum())
        for batch in options.batches:
            rates = measure(size, batch, sigma_max, options)
            rows.append((size, batch, total, rates))
            print(size, batch, {name: round(value, 1) for name, value in rates.items()}, flush=True)
    print(f"\nMillion cell updates per second ({options.clock} clock), {options.threads} threads,")
    print(f"{instruction_set()} in our solver,")
    print(f"Pe = {PECLET}, medians of {options.repeats}\n")
    print(table(rows))
    print("\nFull trajectories of 128 x 128 RGB images, 49,266 steps, wall clock:")
    for n in sorted({1, options.threads}):
        seconds = full_trajectories(n, options.threads, options.repeats)
        print(f"{n} at once: {seconds:.2f} s, {seconds / n:.2f} s per image")


if __name__ == "__main__":
    main()

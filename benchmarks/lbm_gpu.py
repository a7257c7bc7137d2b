"""Cell updates per second of the GPU solver beside its roofline, and overlap with training.

    python benchmarks/lbm_gpu.py [--sizes 32 64 128 256] [--batches 1 8 64 512] [--seconds 2]

One cell update is one cell of one channel in one lattice step. RGB images run through all levels,
each with its own evolving, compressible flow. Columns of the table:

all
    Updates per second of wall clock from ``gpu.states_on_device`` to the last result: keys of the
    seeds, uploads, flows, key frames, steps.
device
    The same over the time the device's kernels took (events around every launch; FFTs included).
steps
    Updates per second of the step kernel alone.
roofline
    What the device could do at most, key frames included, see :func:`ceilings`; ``bound`` names
    what limits it and ``fraction`` is device / roofline.

Static figures come from the compiler (CUDA 13.0, sm_90, 128 x 128 pixels, three channels). Step
kernel: 198 registers, nothing spilled, 204 KiB of shared memory, 30 instructions per update in the
loop over rows (10.7 FFMA, 11.2 FADD, 1.7 FMUL, 0.5 shuffles, 0.8 loads and stores, the rest moves
and addresses). Key frames: 52 registers, 131 KiB, about 135 instructions per cell and frame.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from beyond_blur.config import Levels, Network, Velocity
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm.gpu.chunks import images_at_once, run_chunk
from beyond_blur.lbm.gpu.flow import draw_flows, make_problem
from beyond_blur.lbm.trajectory import Trajectory

PECLET, CHANNELS = 0.1, 3
VELOCITY = Velocity()
BACKGROUND = 10.0

INSTRUCTIONS = {1: 42.9, 2: 34.1, 4: 30.0, 8: 35.0}
"""Instructions per update of the step kernel by columns per lane, sm_90, three channels."""

FRAME_INSTRUCTIONS = 135.0
"""Instructions per cell of a key frame made on chip, sm_90; of cuFFT they are not known."""


def bytes_per_update(placed, spacing: int) -> dict[str, float]:
    """Bytes moved per cell update: in shared memory, through the second-level cache, in DRAM.

    Shared: d is read and written once, and the first and last rows of a band once more each.
    Cache: two key frames of two float32 components, shared by the channels of a block; without
    shared memory also d, read and written.
    DRAM: a key frame is written once by what limits it and read once, 8 bytes per cell each. Not
    made on chip, it is before that read (8), passed through two passes of the FFT (32), written as
    a spectrum (8) from modes that are read (16).
    """
    field = 8 * (1 + 2 / placed.rows)
    frame = 16 if placed.frames_on_chip else 80
    return {
        "shared": field if placed.on_chip else 0.0,
        "cache": 16 / placed.channels + (0 if placed.on_chip else field),
        "DRAM": frame / (CHANNELS * spacing),
    }


def ceilings(device, placed, spacing: int) -> dict[str, float]:
    """Updates per second that each resource of the device allows.

    Instructions: four warps of 32 threads may issue one each per clock and multiprocessor; rows
    beyond a band's ends cost two thirds of a row between them. Shared memory: 128 bytes per clock
    and multiprocessor. DRAM: twice the memory clock times the bus width. The cache's bandwidth is
    not published and left out. All are upper bounds: a key frame is counted once, though one that
    serves two levels is limited twice, and compute capability 8.0 does arithmetic at half the rate
    at which it issues.
    """
    a = device.attributes
    clocks = a["MultiProcessorCount"] * 1e3 * a["ClockRate"]
    moved = bytes_per_update(placed, spacing)
    slots = INSTRUCTIONS.get(placed.cols, max(INSTRUCTIONS.values())) * (1 + 2 / 3 / placed.rows)
    slots += FRAME_INSTRUCTIONS / (CHANNELS * spacing)
    found = {"instructions": 128 * clocks / slots}
    if moved["shared"]:
        found["shared memory"] = 128 * clocks / moved["shared"]
    bandwidth = 2 * 1e3 * a["MemoryClockRate"] * a["GlobalMemoryBusWidth"] / 8
    found["DRAM"] = bandwidth / moved["DRAM"]
    return found


def two_populations(device) -> float:
    """Updates per second of a D2Q9 solver that reads and writes nine float32 per step in DRAM."""
    a = device.attributes
    return 2 * 1e3 * a["MemoryClockRate"] * a["GlobalMemoryBusWidth"] / 8 / 72


class Timed:
    """A machine that notes how long each kernel takes on the device; tables stay on it."""

    def __init__(self, machine, cupy) -> None:
        self.machine, self.cupy = machine, cupy
        self.xp, self.fft_cells = machine.xp, machine.fft_cells
        self.events: list[tuple[str, object, object]] = []

    def launch(self, kernel, grid, threads, arguments, shared=0) -> None:
        """Queue a kernel between two events."""
        start = self.cupy.cuda.get_current_stream().record()
        self.machine.launch(kernel, grid, threads, arguments, shared)
        self.events.append((kernel, start, self.cupy.cuda.get_current_stream().record()))

    def seconds(self) -> dict[str, float]:
        """Seconds of each kernel."""
        total: dict[str, float] = {}
        for name, start, end in self.events:
            spent = self.cupy.cuda.get_elapsed_time(start, end) / 1e3
            total[name] = total.get(name, 0.0) + spent
        return total


def problem_of(size: int, batch: int, sigma_max: float):
    """Arguments of ``trajectories``: every image to the last level."""
    trajectory = Trajectory(tuple(blur_widths(Levels(sigma_max=sigma_max))), PECLET, VELOCITY)
    phi = np.random.default_rng(0).random((batch, CHANNELS, size, size), np.float32) - 0.5
    keep = np.full((batch, 1), trajectory.n_levels)
    return phi, np.full((batch, CHANNELS), BACKGROUND), trajectory, np.arange(batch), keep


def kernel_seconds(gpu, cupy, arguments) -> tuple[float, float, object, int]:
    """Device time of everything and of the step kernel, the layout, and images that fitted."""
    phi, background, trajectory, seeds, keep = arguments
    device, shape = cupy.cuda.Device(), phi.shape[-2:]
    placed = gpu.layout_on(device, shape, phi.shape[1])
    timed = Timed(gpu.Cuda(placed, trajectory.walls), cupy)
    problem = make_problem(timed, shape, phi.shape[1], trajectory, placed)
    n = min(len(phi), images_at_once(problem, keep.shape[1], gpu.chunk_bytes()))
    for _ in range(2):  # the first run compiles, and fills the memory pool and the tables
        timed.events.clear()
        start = cupy.cuda.get_current_stream().record()
        flows = draw_flows(timed, problem, seeds[:n])
        run_chunk(timed, problem, phi[:n], background[:n], keep[:n], flows)
        end = cupy.cuda.get_current_stream().record()
        end.synchronize()
    return cupy.cuda.get_elapsed_time(start, end) / 1e3, timed.seconds()["advance"], placed, n


def wall_seconds(gpu, arguments, seconds: float) -> float:
    """Median wall clock of a whole call, after one to warm up."""
    spent: list[float] = []
    gpu.states_on_device(*arguments).ready.synchronize()
    while sum(spent) < seconds or len(spent) < 3:
        start = time.perf_counter()
        gpu.states_on_device(*arguments).ready.synchronize()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def rate_table(gpu, cupy, options) -> str:
    """Markdown."""
    device = cupy.cuda.Device()
    head = ["size", "batch", "steps", "all", "device", "steps alone", "roofline", "bound",
            "fraction"]  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for size in options.sizes:
        for batch in options.batches:
            arguments = problem_of(size, batch, min(float(size), options.sigma_max))
            trajectory = arguments[2]
            n_steps = int(trajectory.schedule.n_lbm_steps.sum())
            each = arguments[0][0].size * n_steps / 1e9
            on_device, steps, placed, n = kernel_seconds(gpu, cupy, arguments)
            wall = wall_seconds(gpu, arguments, options.seconds)
            limits = ceilings(device, placed, trajectory.frame_spacing((size, size)))
            bound = min(limits, key=lambda name: limits[name])
            rates = [each * batch / wall, each * n / on_device, each * n / steps,
                     limits[bound] / 1e9]  # fmt: skip
            lines.append(
                f"| {size} | {batch} | {n_steps:,} | "
                + " | ".join(f"{rate:,.1f}" for rate in rates)
                + f" | {bound} | {rates[1] / rates[3]:.0%} |"
            )
            print(lines[-1], flush=True)
    return "\n".join(lines)


def overlap(gpu, size: int, batch: int, repeats: int = 5) -> str:
    """Time of a training step, of the states for one, and of both queued together."""
    import torch

    from beyond_blur.network.unet import UNet

    network = UNet(Network(channels=64, multipliers=(1, 2, 2)), CHANNELS).cuda()
    x, k = torch.rand(batch, CHANNELS, size, size, device="cuda"), torch.ones(batch, device="cuda")
    arguments = problem_of(size, batch, min(float(size), 32.0))

    def train() -> None:
        (network(x, k.long()) ** 2).sum().backward()

    def both() -> None:
        states = gpu.states_on_device(*arguments)
        train()
        states.to_torch()

    def spent(run) -> float:
        times = []
        for _ in range(repeats + 1):
            start = time.perf_counter()
            run()
            torch.cuda.synchronize()
            times.append(1e3 * (time.perf_counter() - start))
        return statistics.median(times[1:])

    step = spent(train)
    states = spent(lambda: gpu.states_on_device(*arguments).ready.synchronize())
    together = spent(both)
    hidden = (step + states - together) / min(step, states)
    return (
        f"training step {step:.1f} ms, states {states:.1f} ms, both {together:.1f} ms: "
        f"{hidden:.0%} of the shorter hidden"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64, 128, 256])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 64, 512])
    parser.add_argument("--sigma-max", type=float, default=32.0, help="length of the trajectories")
    parser.add_argument("--seconds", type=float, default=2.0, help="measured time per row")
    options = parser.parse_args()
    try:
        import cupy
    except ImportError as error:
        raise SystemExit(f"lbm_gpu.py needs CuPy: {error}") from error
    from beyond_blur.lbm.gpu import solver as gpu

    for size in options.sizes:
        reason = gpu.fault((size, size), CHANNELS, "mirror")
        if reason:
            raise SystemExit(f"lbm_gpu.py cannot run here ({reason})")
    cupy_device = cupy.cuda.Device()
    print(f"{gpu.device_name()}, CuPy {cupy.__version__}, Pe = {PECLET}; 10^9 updates per second")
    print(f"populations in DRAM: at most {two_populations(cupy_device) / 1e9:,.0f}\n", flush=True)
    table = rate_table(gpu, cupy, options)
    print(f"\n{table}\n\n{overlap(gpu, 64, 64)}")


if __name__ == "__main__":
    main()

"""Cell updates per second of the solver, all stages and each alone, beside the card's limits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lbm_gpu as bench
from gpu_parts.context import Context
from gpu_parts.stages import by_stage
from gpu_parts.warm_up import solver_on_cpu

SIZES = (128, 32, 64, 256)
BATCHES = (512, 64, 1)
KERNELS = ("advance", "make_frames")


def run(context: Context) -> None:
    """Sizes and batches, and other layouts of 128 px; in a dry run the CPU's solver alone."""
    if context.device == "cpu":
        context.attempt("solver on the CPU, 16 px", solver_on_cpu)
        return
    for size in SIZES:
        context.attempt(f"kernels {size}", kernels, size)
        for batch in BATCHES:
            if context.left() > 6:
                name = f"{size} px, batch {batch}"
                context.attempt(name, row, context, size, batch, min(size, 32.0))
        if size == SIZES[0]:
            other_layouts(context)
    if context.left() > 10:  # one wave of whole FFHQ trajectories
        context.attempt("128 px, batch 132, sigma_max 128", row, context, 128, 132, 128.0)


def kernels(size: int) -> dict[str, Any]:
    """The layout of a size, and registers and spilled bytes of its kernels."""
    import cupy

    from beyond_blur.lbm.gpu import solver as gpu

    placed = gpu.layout_on(cupy.cuda.Device(), (size, size), bench.CHANNELS)
    machine = gpu.Cuda(placed, "mirror")
    found: dict[str, Any] = {"layout": str(placed), "shared": placed.shared_bytes}
    for name in KERNELS if placed.frames_on_chip else KERNELS[:1]:
        kernel = machine.module.get_function(name)
        found[name] = {"registers": kernel.num_regs, "local bytes": kernel.local_size_bytes}
    return found


@dataclass
class DeviceTime:
    """What the kernels took.

    Attributes
    ----------
    kernels : dict of str to float
        Seconds of each.
    seconds : float
        Of the flows, and from the first kernel after the images are there to the last.
    n : int
        Images that fitted.
    spacing : int
        Steps between key frames.
    key_ms : float
        Making an image's key of its seed, on the host.
    transfers : dict of str to float
        Seconds of sending the images and of reading the states back, by wall clock.
    """

    kernels: dict[str, float]
    seconds: float
    n: int
    spacing: int
    key_ms: float
    transfers: dict[str, float]


def on_device(placed: Any, arguments: Any) -> DeviceTime:
    """Run a problem with a layout, with events around every launch."""
    import cupy

    from beyond_blur.lbm.gpu import solver as gpu
    from beyond_blur.lbm.gpu.chunks import images_at_once, run_chunk
    from beyond_blur.lbm.gpu.draw import philox_keys
    from beyond_blur.lbm.gpu.flow import draw_flows, make_problem

    phi, background, trajectory, seeds, keep = arguments
    timed = bench.Timed(gpu.Cuda(placed, trajectory.walls), cupy)
    problem = make_problem(timed, phi.shape[-2:], bench.CHANNELS, trajectory, placed)
    n = min(len(phi), images_at_once(problem, 1, gpu.chunk_bytes()))
    start = time.perf_counter()
    philox_keys(seeds[:n])
    key_ms = 1e3 * (time.perf_counter() - start) / n
    for _ in range(2):  # the first compiles, and fills the memory pool and the tables
        timed.events.clear()
        flows = draw_flows(timed, problem, seeds[:n])
        states = run_chunk(timed, problem, phi[:n], background[:n], keep[:n], flows)
        end = cupy.cuda.get_current_stream().record()
        end.synchronize()
    sent = next(event for name, event, _ in timed.events if name == "start")
    kernels = timed.seconds()
    seconds = by_stage(kernels)["flows"] + cupy.cuda.get_elapsed_time(sent, end) / 1e3
    transfers = transfer_seconds(phi[:n], states)
    del flows, states
    cupy.get_default_memory_pool().free_all_blocks()
    return DeviceTime(kernels, seconds, n, problem.spacing, key_ms, transfers)


def transfer_seconds(phi: Any, states: Any) -> dict[str, float]:
    """Wall clock of sending images and of reading states back, nothing beside it."""
    import cupy

    start = time.perf_counter()
    cupy.asarray(phi)
    cupy.cuda.get_current_stream().synchronize()
    sent = time.perf_counter()
    states.get()
    return {"send": sent - start, "read back": time.perf_counter() - sent}


def row(context: Context, size: int, batch: int, sigma_max: float) -> dict[str, Any]:
    """10^9 updates per second of one size and batch."""
    import cupy

    from beyond_blur.lbm.gpu import solver as gpu

    arguments = bench.problem_of(size, batch, sigma_max)
    n_steps = int(arguments[2].schedule.n_lbm_steps.sum())
    placed = gpu.layout_on(cupy.cuda.Device(), (size, size), bench.CHANNELS)
    with context.alone():
        spent, wall = on_device(placed, arguments), wall_seconds(arguments)
    each, busy = bench.CHANNELS * size * size * n_steps / 1e9, sum(spent.kernels.values())
    bound, limit = roofline(placed, spent.spacing)
    return {
        "steps": n_steps, "G/s all": each * batch / wall,
        "G/s device": each * spent.n / spent.seconds, "G/s kernels": each * spent.n / busy,
        "G/s advance alone": each * spent.n / spent.kernels["advance"],
        "roofline": limit, "bound": bound, "fraction": each * spent.n / spent.seconds / limit,
        "share of kernel time": {name: one / busy for name, one in spent.kernels.items()},
        "ms": milliseconds(spent), "host ms per key": spent.key_ms,
        "us per step": 1e6 * spent.kernels["advance"] / n_steps,
    }  # fmt: skip


def milliseconds(spent: DeviceTime) -> dict[str, float]:
    """Of each stage on the device, and of the transfers."""
    return {name: 1e3 * one for name, one in (by_stage(spent.kernels) | spent.transfers).items()}


def wall_seconds(arguments: Any) -> float:
    """Mean wall clock of one or two whole calls, flows and uploads included."""
    import cupy

    from beyond_blur.lbm.gpu import solver as gpu

    start, calls = time.perf_counter(), 0
    while calls < 2 and (calls == 0 or time.perf_counter() - start < 1.5):
        gpu.states_on_device(*arguments).ready.synchronize()
        calls += 1
    spent = (time.perf_counter() - start) / calls
    cupy.get_default_memory_pool().free_all_blocks()
    gpu._tensor_pool(cupy.cuda.Device().id).free_all_blocks()
    return spent


def roofline(placed: Any, spacing: int) -> tuple[str, float]:
    """What limits the device, and 10^9 updates per second at that limit."""
    import cupy

    try:
        limits = bench.ceilings(cupy.cuda.Device(), placed, spacing)
    except KeyError as missing:  # a clock that this CUDA no longer tells
        return f"not known without {missing}", float("nan")
    bound = min(limits, key=lambda name: limits[name])
    return bound, limits[bound] / 1e9


def other_layouts(context: Context) -> None:
    """What another layout of 128 px would bring: in full waves, or for one training batch."""
    import cupy

    waves = 4 * cupy.cuda.Device().attributes["MultiProcessorCount"]
    layouts: tuple[tuple[str, int, Callable[[Any], Any]], ...] = (
        ("as it is", waves, lambda placed: placed),
        ("12 warps of 11 rows", waves, lambda placed: placed._replace(rows=11)),
        ("key frames by 1,024 threads", waves, lambda placed: placed._replace(frame_threads=1024)),
        ("as it is", 32, lambda placed: placed),
        ("in a cluster of 4", 32, lambda placed: placed._replace(rows=8, cluster=4)),
        ("in a cluster of 8", 32, lambda placed: placed._replace(rows=8, cluster=8)),
    )
    for label, batch, change in layouts:
        if context.left() > 8:
            name = f"layout of 128 px, batch {batch}: {label}"
            context.attempt(name, layout, context, change, batch)


def layout(context: Context, change: Callable[[Any], Any], batch: int) -> dict[str, Any]:
    """10^9 updates per second of a changed layout."""
    import cupy

    from beyond_blur.lbm.gpu import solver as gpu

    arguments = bench.problem_of(128, batch, 32.0)
    placed = change(gpu.layout_on(cupy.cuda.Device(), (128, 128), bench.CHANNELS))
    with context.alone():
        spent = on_device(placed, arguments)
    n_steps = int(arguments[2].schedule.n_lbm_steps.sum())
    each = bench.CHANNELS * 128 * 128 * n_steps / 1e9
    return {
        "G/s device": each * spent.n / spent.seconds,
        "G/s advance alone": each * spent.n / spent.kernels["advance"],
        "ms": milliseconds(spent),
    }

"""Medians of what a device does, device included, and ratios of things that take turns."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gpu_parts.context import Context

Steps = Callable[[int], None]
"""Something that takes that many steps, or queues them."""


def synchronise(device: str) -> None:
    """Wait for all that is queued."""
    if device == "cuda":
        import torch

        torch.cuda.synchronize()


def median_ms(context: Context, run: Callable[[], Any], repeats: int, warm: int = 2) -> float:
    """Median wall clock of a call, alone on the device."""
    times: list[float] = []
    with context.alone():
        for turn in range(warm + repeats):
            spent = seconds(context.device, run)
            times += [1e3 * spent] if turn >= warm else []
            if times and context.left() < 3:
                break
    return statistics.median(times)


def seconds(device: str, run: Callable[[], Any]) -> float:
    """Wall clock of one call, from an idle device to an idle device."""
    synchronise(device)
    start = time.perf_counter()
    run()
    synchronise(device)
    return time.perf_counter() - start


def in_turns(
    context: Context, runs: Mapping[str, Steps], n_steps: int, rounds: int
) -> dict[str, float]:
    """Milliseconds a step of several things that take turns, alone on the device.

    In each turn ``n_steps`` steps are taken with one wait, after the last. The first round warms
    up; rounds end early where the box does.

    Returns
    -------
    dict of str to float
        ``NAME, ms a step``: the median over the rounds; for every name but the first ``NAME, times
        faster``: the median of the rounds' ratios. And how busy the machine was.
    """
    first, rows, running = next(iter(runs)), [], []
    with context.alone():
        for turn in range(rounds + 1):
            row = {name: one_turn(context.device, steps, n_steps) for name, steps in runs.items()}
            rows += [row] if turn else []
            running.append(threads_running())
            if rows and context.left() < 4:
                break
    found = {f"{name}, ms a step": statistics.median(row[name] for row in rows) for name in runs}
    for name in runs:
        if name != first:
            ratios = (row[first] / row[name] for row in rows)
            found[f"{name}, times faster"] = statistics.median(ratios)
    found[f"threads running meanwhile, on {os.cpu_count()} cores"] = statistics.median(running)
    return found


def threads_running() -> int:
    """Threads of the machine that run or want to, this one included."""
    return int(Path("/proc/loadavg").read_text(encoding="utf-8").split()[3].split("/")[0])


def one_turn(device: str, steps: Steps, n_steps: int) -> float:
    """Milliseconds a step of one turn."""
    return 1e3 * seconds(device, lambda: steps(n_steps)) / n_steps

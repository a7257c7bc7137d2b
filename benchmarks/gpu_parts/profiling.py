"""Launches of a step, and the share of its time in which the device computes."""

from __future__ import annotations

import time
from typing import Any

from gpu_parts.context import Context
from gpu_parts.timing import Steps


def profile(context: Context, steps: Steps, n_steps: int) -> dict[str, Any]:
    """What torch's profiler sees of some steps on a GPU, alone on it.

    Returns
    -------
    dict
        Kernels and copies a step; their time over the wall clock, which is above 1 where streams
        overlap and too low by what the profiler itself takes; the slowest, in ms a step.
    """
    import torch
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as recorded

    with context.alone():
        steps(1)
        torch.cuda.synchronize()
        with recorded(activities=[ProfilerActivity.CUDA]) as seen:
            start = time.perf_counter()
            steps(n_steps)
            torch.cuda.synchronize()
            wall = time.perf_counter() - start
    rows = [event for event in seen.key_averages() if event.self_device_time_total > 0]
    busy = sum(event.self_device_time_total for event in rows) / 1e6
    slowest = sorted(rows, key=lambda event: -event.self_device_time_total)[:12]
    return {
        "launches a step": sum(event.count for event in rows) / n_steps,
        "device busy share": busy / wall,
        "slowest, ms a step": {
            event.key[:60]: round(event.self_device_time_total / 1e3 / n_steps, 3)
            for event in slowest
        },
    }

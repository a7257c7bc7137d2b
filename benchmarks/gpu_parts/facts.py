"""What there is, and the ceilings that later figures are held against."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

from gpu_parts.ceilings import ceilings
from gpu_parts.context import Context
from gpu_parts.steps import matrix_rate
from gpu_parts.timing import median_ms

SMI = "driver_version,clocks.sm,clocks.max.sm,clocks.mem,power.limit,mig.mode.current"
ATTRIBUTES = ("MaxSharedMemoryPerBlockOptin", "MultiProcessorCount", "ClockRate",
              "MemoryClockRate", "GlobalMemoryBusWidth", "L2CacheSize")  # fmt: skip


def run(context: Context) -> None:
    """Versions, processor, device, rates."""
    context.attempt("versions", versions)
    context.attempt("host", host)
    if context.device == "cpu":
        context.add("device", "none: the CPU in its place")
        return
    context.attempt("device", device)
    context.attempt("nvidia-smi", nvidia_smi)
    context.attempt("copy TB/s", copy_rate, context)
    context.attempt("bfloat16 matrix product, TFLOP/s", lambda: matrix_rate(context) / 1e12)
    context.attempt("cupy", of_cupy)
    context.attempt("ceilings", ceilings, context)


def versions() -> dict[str, str]:
    """Of the interpreter and of what computes."""
    import numpy

    return {
        "python": platform.python_version(), "torch": torch.__version__,
        "numpy": numpy.__version__,
    }  # fmt: skip


def host() -> dict[str, Any]:
    """Cores of the processor that draws flows, and its model."""
    found: dict[str, Any] = {"cores": os.cpu_count(), "usable": len(os.sched_getaffinity(0))}
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "cpu MHz"):
            found.setdefault(key.strip(), value.strip())
    return found


def device() -> dict[str, Any]:
    """What torch says of the GPU."""
    found = torch.cuda.get_device_properties(0)
    return {
        "name": found.name, "sm": f"{found.major}.{found.minor}",
        "multiprocessors": found.multi_processor_count, "memory GiB": found.total_memory / 2**30,
        "L2 MB": getattr(found, "L2_cache_size", 0) / 1e6, "cuda of torch": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
    }  # fmt: skip


def nvidia_smi() -> str:
    """Driver, clocks, power limit."""
    command = ["nvidia-smi", f"--query-gpu={SMI}", "--format=csv,noheader"]
    return subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.strip()


def copy_rate(context: Context) -> float:
    """Terabytes a second, read and written, of a copy of 4 GiB."""
    values = torch.empty(2**30, dtype=torch.float32, device="cuda")
    other = torch.empty_like(values)
    return 2 * values.nbytes / median_ms(context, lambda: other.copy_(values), 9) / 1e9


def of_cupy() -> dict[str, Any]:
    """Versions, and what CUDA says of the device."""
    import cupy

    attributes = cupy.cuda.Device().attributes
    return {
        "cupy": cupy.__version__, "nvrtc": cupy.cuda.nvrtc.getVersion(),
        "runtime": cupy.cuda.runtime.runtimeGetVersion(),
        **{name: attributes.get(name) for name in ATTRIBUTES},
    }  # fmt: skip

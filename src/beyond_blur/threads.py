"""The processor, and how many CPU threads this process may use of it."""

from __future__ import annotations

import contextlib
import os
import platform
from pathlib import Path


def available_threads() -> int:
    """Return OMP_NUM_THREADS where it is set, else the number of CPUs this process may use."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    return cpus()


def cpus() -> int:
    """The number of CPUs this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def machine() -> str:
    """What a run computes with, for a person: ``AMD EPYC, 2 CPUs``."""
    n = cpus()
    return f"{processor()}, {n} CPU{'s' if n > 1 else ''}"


def processor() -> str:
    """What the machine says that it computes with."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def too_many(key: str, wanted: int) -> str | None:
    """What to say where more threads are asked for than there are CPUs; None where they are not."""
    there = available_threads()
    if wanted <= there:
        return None
    return (
        f"{key} = {wanted}, and this process may use {there} CPUs: the threads will wait for each "
        f"other, which is slow; lower it to {there}"
    )

"""How many CPU threads this process may use."""

from __future__ import annotations

import os


def available_threads() -> int:
    """Return OMP_NUM_THREADS where it is set, else the number of CPUs this process may use."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(affinity(0)) if affinity else os.cpu_count() or 1

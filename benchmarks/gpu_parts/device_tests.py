"""The solver's trial of itself, then pytest on what needs a device, then the laws on the GPU."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from typing import Any

from gpu_parts.context import Context

TRIALS = (((32, 32), 3), ((28, 28), 1), ((64, 64), 3), ((128, 128), 3), ((256, 256), 3),
          ((96, 160), 3), ((250, 33), 1))  # fmt: skip
"""Shapes and channels: those of the papers' data sets, and two that fit nothing."""

DEVICE_TESTS = "test_a_device_gives or test_a_device_agrees or test_states_reach"
SUITES = {
    "device tests": [
        "tests/lbm/gpu/test_gpu_device.py", "tests/lbm/gpu/test_gpu_to_torch.py",
        "-k", DEVICE_TESTS,
    ],
    "laws on the GPU": ["tests/lbm/laws", "-k", "gpu"],
}  # fmt: skip
AT_ONCE = 8
"""Processes of pytest: most of the time is compiling kernels for each shape."""


def run(context: Context) -> None:
    """All of them; in a dry run the tests are collected, not run."""
    if context.device == "cuda":
        for shape, channels in TRIALS:
            for walls in ("mirror", "periodic"):
                trial(context, shape, channels, walls)
    with context.alone():
        for place, (name, chosen) in enumerate(SUITES.items()):
            share = (context.left() - 2) / (len(SUITES) - place)
            context.attempt(name, suite, context, chosen, max(8.0, share))


def trial(context: Context, shape: tuple[int, int], channels: int, walls: str) -> None:
    """Note whether the GPU's solver agrees with the CPU's, and how long finding out took."""
    from beyond_blur.lbm.gpu import solver as gpu

    name = f"trial {channels} x {shape[0]} x {shape[1]} {walls}"

    def found() -> dict[str, Any]:
        start = time.perf_counter()
        fault = gpu.fault(shape, channels, walls) or "right"
        return {"result": fault, "s": time.perf_counter() - start}

    context.attempt(name, found)


def suite(context: Context, chosen: list[str], seconds: float) -> dict[str, Any]:
    """What pytest says."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen]
    if context.device == "cpu":
        command += ["--collect-only"]
    elif importlib.util.find_spec("xdist"):
        command += ["-n", str(AT_ONCE)]
    try:
        ran = subprocess.run(
            command, cwd=context.root, capture_output=True, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        text = error.stdout.decode() if isinstance(error.stdout, bytes) else error.stdout or ""
        return {"timed out after": seconds, "seen": text.strip()[-600:]}
    lines = [line for line in ran.stdout.strip().splitlines() if line]
    bad = [line for line in lines if line.startswith(("FAILED", "ERROR", "E  "))][:12]
    return {"exit": ran.returncode, "last": lines[-1] if lines else ran.stderr[-300:], "bad": bad}

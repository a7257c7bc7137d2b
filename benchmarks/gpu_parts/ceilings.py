"""Rates that bound the solver's kernels: float32 arithmetic with few warps, second-level cache."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from gpu_parts.context import Context

KERNELS = r"""
extern "C" __global__ void ffma(float* out, float a, float b) {
  float x[8];
  for (int i = 0; i < 8; ++i) x[i] = threadIdx.x + i;
#pragma unroll 1
  for (int t = 0; t < 4096; ++t)
#pragma unroll
    for (int i = 0; i < 8; ++i) x[i] = x[i] * a + b;
  float sum = 0;
  for (int i = 0; i < 8; ++i) sum += x[i];
  if (sum == 12345.0f) out[0] = sum;
}
extern "C" __global__ void read_all(const float4* from, int n, int rounds, float* out) {
  float sum = 0;
  for (int r = 0; r < rounds; ++r)
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
      float4 v = __ldcg(from + i);
      sum += v.x + v.y + v.z + v.w;
    }
  if (sum == 12345.0f) out[0] = sum;
}
"""
WARPS = (8, 16, 32)
"""Warps per multiprocessor; the solver's step kernel at 128 px has 8."""
MEBIBYTES = (16, 32, 64)
"""Sizes that are read over and over."""


def ceilings(context: Context) -> dict[str, float]:
    """Arithmetic and reads of the whole device, alone on it."""
    import cupy

    module, out = cupy.RawModule(code=KERNELS, backend="nvrtc"), cupy.zeros(1, "f4")
    multiprocessors = cupy.cuda.Device().attributes["MultiProcessorCount"]
    ffma, read = module.get_function("ffma"), module.get_function("read_all")
    found = {}
    with context.alone():
        for warps in WARPS:
            given = (out, cupy.float32(0.5), cupy.float32(0.25))
            spent = event_seconds(cupy, ffma, (multiprocessors,), (32 * warps,), given)
            rate = 2 * 8 * 4096 * multiprocessors * 32 * warps / spent
            found[f"ffma {warps} warps/SM, TFLOP/s"] = rate / 1e12
        for mebibytes in MEBIBYTES:
            data = cupy.zeros(mebibytes * 2**18, "f4")
            given = (data, cupy.int32(data.size // 4), cupy.int32(16), out)
            spent = event_seconds(cupy, read, (4 * multiprocessors,), (512,), given)
            found[f"read {mebibytes} MiB over and over, TB/s"] = 16 * data.nbytes / spent / 1e12
    return found


def event_seconds(
    cupy: Any, kernel: Callable[..., Any], grid: tuple[int], block: tuple[int], given: Any
) -> float:
    """Median time of a kernel between two events."""
    kernel(grid, block, given)
    start, end, times = cupy.cuda.Event(), cupy.cuda.Event(), []
    for _ in range(7):
        start.record()
        kernel(grid, block, given)
        end.record()
        end.synchronize()
        times.append(cupy.cuda.get_elapsed_time(start, end) / 1e3)
    return statistics.median(times)

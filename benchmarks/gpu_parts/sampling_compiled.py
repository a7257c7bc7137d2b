"""Compiled network calls of sampling in turns with the reference, for one preset.

It runs beside the other parts until its network is compiled and recorded, and then waits for the
device.
"""

from __future__ import annotations

import copy
import time
from functools import partial
from typing import Any

import torch

from beyond_blur.network.predictor import Predictor
from beyond_blur.processes.noise import SampleNoise
from gpu_parts.context import Context, free_memory
from gpu_parts.quiet import compiling, wait_for_compilers
from gpu_parts.reverse_steps import DeviceNoise, Drawn, Reference, Walk, drawn
from gpu_parts.timing import in_turns, seconds, synchronise
from gpu_parts.training_compiled import compiling_seconds

WARM = 4
"""Calls until a CUDA graph is recorded and replayed: one compiles, two record."""


@torch.inference_mode()
def compiled(preset: str, context: Context) -> None:
    """Compile the network of a preset, then time it."""
    given = drawn(context, preset)
    rows = len(given.x)
    predictor = Predictor(copy.deepcopy(given.network), "auto", True, rows=rows)
    context.add("settled", str(predictor.settled))
    walk = Walk(predictor, given.x, SampleNoise(0, list(range(rows))))
    with compiling(context):
        first = seconds(context.device, lambda: walk.run(1))
        context.add("first (compiling) call, s", first)
        context.attempt("of it, s", compiling_seconds)
        walk.run(WARM)
        synchronise(context.device)
    free_memory()
    wait_for_compilers(context)
    context.attempt("reverse step", against_reference, context, given, predictor, walk)
    context.attempt("last batch", last_batch, context, given, predictor)


def against_reference(
    context: Context, given: Drawn, predictor: Predictor, walk: Walk
) -> dict[str, Any]:
    """The reference, ours, and ours with the reference's noise, taking turns."""
    plain = Walk(Reference(given.network), given.x, DeviceNoise())
    other = Walk(predictor, given.x, DeviceNoise())
    runs = {"reference": plain.run, "ours": walk.run, "ours with torch.randn": other.run}
    found = in_turns(context, runs, given.n_steps, given.rounds)
    return {**found, "settled": str(predictor.used)}


def last_batch(context: Context, given: Drawn, predictor: Predictor) -> dict[str, Any]:
    """A smaller batch: no second compilation, and the rows of the full one."""
    n = max(1, len(given.x) // 16)
    k = torch.full((len(given.x),), 7, dtype=torch.int64, device=context.device)
    with context.alone():
        whole = predictor(given.x, k)[:n].clone()
        synchronise(context.device)
        graphs, start = compilations(), time.perf_counter()
        few = predictor(given.x[:n], k[:n])
        synchronise(context.device)
        spent = time.perf_counter() - start
    return {
        "rows": n, "compiled again": compilations() - graphs, "ms": 1e3 * spent,
        "largest difference from the full batch's rows": float((few - whole).abs().max()),
        "largest value": float(whole.abs().max()),
    }  # fmt: skip


def compilations() -> int:
    """Graphs that torch has compiled so far in this process."""
    from torch._dynamo.utils import counters

    return int(counters["stats"]["unique_graphs"])


cifar10 = partial(compiled, "cifar10")
ffhq128 = partial(compiled, "ffhq128")

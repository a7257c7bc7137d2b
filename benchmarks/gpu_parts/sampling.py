"""Uncompiled network calls of sampling against the reference, and what the noise costs.

The compiled ones are in `gpu_parts.sampling_compiled`.
"""

from __future__ import annotations

from typing import Any

import torch

from beyond_blur.network.predictor import Predictor
from beyond_blur.processes.noise import SampleNoise
from gpu_parts.context import Context, free_memory
from gpu_parts.reverse_steps import DeviceNoise, Drawn, Reference, Walk, drawn
from gpu_parts.timing import in_turns, median_ms

FORMATS = ("bfloat16", "tf32", "float32")


@torch.inference_mode()
def run(context: Context) -> None:
    """Bits and cost of the noise, then network calls in every number format."""
    for preset in ("cifar10", "ffhq128") if context.device == "cuda" else ("tiny",):
        given = drawn(context, preset)
        name = f"{given.preset} x {len(given.x)}"
        context.attempt(f"{name}: noise, bits", noise_bits, given)
        context.attempt(f"{name}: noise alone", noise_cost, context, given)
        context.attempt(f"{name}: reverse step, eager", formats, context, given)
        del given
        free_memory()


def noise_bits(given: Drawn) -> dict[str, Any]:
    """Whether samples get the CPU's noise on the device, to the last bit."""
    n = min(16, len(given.x))
    found = {}
    for draw, seeds in {"first": [0], "fourth": [0, 1, 2, 3]}.items():
        device, cpu = (SampleNoise(3, list(range(n))) for _ in range(2))
        like = given.x[:n]
        for _ in seeds:
            here, there = device.normal(like), cpu.normal(like.cpu())
        found[f"{draw} draw, same bits"] = torch.equal(here.cpu(), there)
    return found


def noise_cost(context: Context, given: Drawn) -> dict[str, float]:
    """Milliseconds of one draw."""
    seeded = SampleNoise(0, list(range(len(given.x))))
    return {
        "of each sample, ms": median_ms(context, lambda: seeded.normal(given.x), 9),
        "torch.randn, ms": median_ms(context, lambda: torch.randn_like(given.x), 9),
    }


def formats(context: Context, given: Drawn) -> dict[str, float]:
    """The reference and our number formats, taking turns."""
    walks = {"reference": Walk(Reference(given.network), given.x, DeviceNoise())}
    for precision in FORMATS:
        noise = SampleNoise(0, list(range(len(given.x))))
        # `Predictor` may change how the weights of the network it is given lie in memory.
        predictor = Predictor(copied(given), precision)
        walks[precision] = Walk(predictor, given.x, noise)
    runs = {name: walk.run for name, walk in walks.items()}
    return in_turns(context, runs, given.n_steps, min(2, given.rounds))


def copied(given: Drawn) -> torch.nn.Module:
    """A network of its own: the reference's weights stay as they lie."""
    import copy

    return copy.deepcopy(given.network)

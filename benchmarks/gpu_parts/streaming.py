"""Pairs that are made on the card while a network trains there."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from beyond_blur.config import AdvectionDiffusionOptions, Experiment, load_experiment
from beyond_blur.network.arithmetic import set_for
from beyond_blur.network.precision import resolve
from beyond_blur.network.unet import UNet
from beyond_blur.processes import build
from beyond_blur.training.loop import steps
from beyond_blur.training.prefetch import PreparedPairs
from beyond_blur.training.state import new_state
from beyond_blur.training.streamed_pairs import StreamedPairs
from gpu_parts.context import Context
from gpu_parts.timing import in_turns, synchronise

PECLET = 0.06


def run(context: Context) -> None:
    """Right bits, cost of a batch alone, and what it adds to a step."""
    on_gpu = context.device == "cuda"
    presets = {"cifar10": 6, "ffhq128": 2} if on_gpu else {"tiny": 2}
    if on_gpu:
        for shape in ((32, 32), (128, 128)):
            trusted(context, shape)
    context.attempt("bits under load", bits_under_load, context)
    for preset, n in presets.items():
        context.attempt(f"{preset}: pairs alone", pairs_alone, context, preset, n)
    for preset in presets:
        if context.left() > 8:
            name = f"{preset}: training with the stream"
            context.attempt(name, beside_training, context, preset)


def trusted(context: Context, shape: tuple[int, int]) -> None:
    """Note why the GPU's solver would not be trusted with a shape, and use it all the same."""
    from beyond_blur.lbm.gpu import solver as gpu

    fault = gpu.fault(shape, 3, "mirror")
    if fault:
        context.add(f"fault at {shape}, solved on the GPU all the same", fault)
        gpu.fault = lambda *_: None  # what is wrong is noted; times are still wanted


def experiment(context: Context, preset: str, batch_size: int | None = None) -> Experiment:
    """A preset on random images of its size; its own files are not needed."""
    batch_size = batch_size if context.device == "cuda" else 4
    training = {"training": {"batch_size": batch_size}} if batch_size else {}
    return load_experiment(
        {"preset": preset, "dataset": {"kind": "digits", "path": None}, **training}
    )


def threads() -> int:
    """Threads of the solver where it runs on the CPU."""
    return min(8, os.cpu_count() or 1)


def stream(
    made: Experiment, device: str, depth: int, images: np.ndarray | None = None
) -> StreamedPairs:
    """Pairs of an experiment, of random images if none are given."""
    if images is None:
        shape = (2048, made.dataset.channels, made.dataset.size, made.dataset.size)
        images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    velocity = made.process_options.advection_diffusion.velocity
    flow = AdvectionDiffusionOptions(peclet=PECLET, velocity=velocity)
    return StreamedPairs(
        images, np.arange(len(images)), flow, made.levels, made.corruption,
        batch_size=made.training.batch_size, seed=0, threads=threads(), depth=depth,
        device=device,
    )  # fmt: skip


def bits_under_load(context: Context) -> dict[str, Any]:
    """Whether pairs made while the card is busy are those that are made alone."""
    on_gpu = context.device == "cuda"
    made, wrong = experiment(context, "cifar10" if on_gpu else "tiny", 64), 0.0
    load = torch.randn((4096, 4096) if on_gpu else (64, 64), device=context.device)
    with stream(made, context.device, 2) as ahead, stream(made, "cpu", 0) as alone:
        for step in range(12 if on_gpu else 2):
            got = ahead.batch(step)
            for _ in range(20):
                load = torch.tanh(load @ load)
            spoil_free_memory(got["x_k"])
            wanted = alone.batch(step)
            apart = ((got[key].float().cpu() - wanted[key].float()).abs().max() for key in got)
            wrong = max(wrong, *map(float, apart))
        return {"largest difference (0 wanted)": wrong, "left on device": ahead.left_on_device}


def spoil_free_memory(like: torch.Tensor) -> None:
    """Fill memory and let it go: what uses freed memory finds numbers that are none."""
    for spoilt in [torch.empty_like(like) for _ in range(8)]:
        spoilt.fill_(float("nan"))


def pairs_alone(context: Context, preset: str, n: int) -> dict[str, Any]:
    """Milliseconds of a batch that is made when it is asked for."""
    made = experiment(context, preset)
    with context.alone(), stream(made, context.device, 0) as pairs:
        pairs.batch(0)
        synchronise(context.device)
        host, start = pairs.seconds_working, time.perf_counter()
        for step in range(1, n + 1):
            pairs.batch(step)
        queued = time.perf_counter() - start
        synchronise(context.device)
        wall, host = time.perf_counter() - start, pairs.seconds_working - host
    times = {"ms a batch": wall, "of it host": host, "queued after": queued}
    per_batch = {name: 1e3 * seconds / n for name, seconds in times.items()}
    return {**per_batch, "batch": made.training.batch_size}


class FirstBatch:
    """A source that has one batch and no cost."""

    def __init__(self, source: StreamedPairs) -> None:
        self.rows = {name: values.clone() for name, values in source.batch(0).items()}

    def batch(self, step: int, part: slice) -> dict[str, torch.Tensor]:
        """The one batch, whatever the step."""
        return self.rows

    def name(self, step: int, row: int) -> str:
        """A row, for a message."""
        return f"row {row}"


def beside_training(context: Context, preset: str) -> dict[str, Any]:
    """An uncompiled step with pairs that are there, and with pairs made meanwhile, in turns."""
    made = experiment(context, preset)
    with stream(made, context.device, 0) as pairs:
        given = FirstBatch(pairs)
    with stream(made, context.device, 2) as pairs:
        walks = {
            "pairs given": Run(made, given, context.device),
            "pairs streamed": Run(made, pairs, context.device),
        }
        runs = {name: walk.run for name, walk in walks.items()}
        n_steps, rounds = (4, 2) if context.device == "cuda" else (2, 1)
        found = in_turns(context, runs, n_steps, rounds)
        for walk in walks.values():
            walk.close()
    found["longer by"] = 1 / found.pop("pairs streamed, times faster") - 1
    return found


class Run:
    """Uncompiled training of an experiment's network on some pairs."""

    def __init__(self, made: Experiment, source: Any, device: str) -> None:
        spec = replace(made.training, iterations=10**9, compile=False)
        self.rules = (device, resolve(spec.precision, device))
        state = new_state(lambda: UNet(made.network, made.dataset.channels), spec, device)
        state.model.train()
        process = build(AdvectionDiffusionOptions(), made.levels, delta=0.0)
        self.pairs = PreparedPairs(process, source, spec, state.group)
        self.walk = steps(state, self.pairs, spec)

    def run(self, n: int) -> None:
        """Queue ``n`` steps."""
        with set_for(*self.rules):
            for _ in range(n):
                next(self.walk)

    def close(self) -> None:
        """End the thread that makes pairs."""
        self.pairs.close()

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
from beyond_blur.training.steps_at_once import DeviceFacts, facts_of, steps_at_once
from beyond_blur.training.streamed_pairs import StreamedPairs
from gpu_parts.context import Context
from gpu_parts.timing import in_turns, synchronise

PECLET = 0.06
ONE = DeviceFacts(multiprocessors=1, free_bytes=0)
"""Facts by which each call makes one batch."""


def run(context: Context) -> None:
    """Right bits, cost of a batch alone, of one without a flow, and what it adds to a step."""
    on_gpu = context.device == "cuda"
    presets = {"cifar10": 3, "ffhq128": 1} if on_gpu else {"tiny": 1}
    if on_gpu:
        for shape in ((32, 32), (128, 128)):
            trusted(context, shape)
    context.attempt("bits under load", bits_under_load, context)
    for preset, n_calls in presets.items():
        alone = f"{preset}: pairs alone"
        context.attempt(f"{alone}, one step a call", pairs_alone, context, preset, 2, ONE)
        context.attempt(f"{alone}, several", pairs_alone, context, preset, n_calls)
        context.attempt(f"{alone}, Pe = 0", pairs_alone, context, preset, 4, None, 0.0)
        context.attempt(f"{preset}: Pe = 0", without_flow, context, preset)
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


def facts(context: Context) -> DeviceFacts:
    """What bounds the batches of a call; in a dry run some that make it several."""
    on_gpu = context.device == "cuda"
    return facts_of(torch.device(context.device)) if on_gpu else DeviceFacts(12, 2**30)


def stream(
    made: Experiment, device: str, depth: int, images: np.ndarray | None = None,
    given: DeviceFacts | None = None, peclet: float = PECLET,
) -> StreamedPairs:  # fmt: skip
    """Pairs of an experiment, of random images if none are given."""
    if images is None:
        shape = (2048, made.dataset.channels, made.dataset.size, made.dataset.size)
        images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    velocity = made.process_options.advection_diffusion.velocity
    flow = AdvectionDiffusionOptions(peclet=peclet, velocity=velocity)
    return StreamedPairs(
        images, np.arange(len(images)), flow, made.levels, made.corruption,
        batch_size=made.training.batch_size, seed=0, threads=threads(), depth=depth,
        device=device, facts=given,
    )  # fmt: skip


def bits_under_load(context: Context) -> dict[str, Any]:
    """Whether pairs made while the card is busy are those that are made alone."""
    on_gpu = context.device == "cuda"
    made, wrong = experiment(context, "cifar10" if on_gpu else "tiny", 64), 0.0
    load = torch.randn((4096, 4096) if on_gpu else (64, 64), device=context.device)
    ahead = stream(made, context.device, 2, given=facts(context))
    with ahead, stream(made, "cpu", 0) as alone:
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


def pairs_alone(
    context: Context, preset: str, n_calls: int, given: DeviceFacts | None = None,
    peclet: float = PECLET,
) -> dict[str, Any]:  # fmt: skip
    """Milliseconds of a batch where each call makes its batches when they are asked for."""
    made, given = experiment(context, preset), given or facts(context)
    batch_size, size = made.training.batch_size, made.dataset.size
    at_once = steps_at_once(given, batch_size, 8 * batch_size * made.dataset.channels * size**2, 0)
    with context.alone(), stream(made, context.device, 0, None, given, peclet) as pairs:
        for step in range(at_once):
            pairs.batch(step)
        synchronise(context.device)
        host, start, n = pairs.seconds_working, time.perf_counter(), n_calls * at_once
        for step in range(at_once, at_once + n):
            pairs.batch(step)
        queued = time.perf_counter() - start
        synchronise(context.device)
        wall, host = time.perf_counter() - start, pairs.seconds_working - host
    times = {"ms a batch": wall, "of it host": host, "queued after": queued}
    per_batch = {name: 1e3 * seconds / n for name, seconds in times.items()}
    return {**per_batch, "batch": batch_size, "steps a call": at_once}


def without_flow(context: Context, preset: str) -> dict[str, Any]:
    """Pairs of Pe = 0 beside those of the CPU: how far apart, and whether bits hang on the call."""
    made, many = experiment(context, preset), facts(context)
    with (
        stream(made, context.device, 0, None, many, 0.0) as there,
        stream(made, context.device, 0, None, ONE, 0.0) as single,
        stream(made, "cpu", 0, None, None, 0.0) as here,
    ):
        steps = [[pairs.batch(step) for pairs in (there, single, here)] for step in range(3)]
        left = there.left_on_device
    keys = ("x_k", "x_previous")
    apart = [float((a[key].cpu() - c[key]).abs().max()) for a, _, c in steps for key in keys]
    same = all(torch.equal(a[key], b[key]) for a, b, _ in steps for key in keys)
    return {
        "largest difference from the CPU": max(apart), "same bits one by one": same,
        "left on device": left,
    }  # fmt: skip


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
    with stream(made, context.device, 2, given=facts(context)) as pairs:
        walks = {
            "pairs given": Run(made, given, context.device),
            "pairs streamed": Run(made, pairs, context.device),
        }
        runs = {name: walk.run for name, walk in walks.items()}
        n_steps, rounds = (5, 2) if context.device == "cuda" else (2, 1)
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

"""A small network on real images: IHDM, advection-diffusion and DDPM, equally many steps each.

Nothing of it is a result of its own: minutes of training show that losses fall and that samples
come to look like the data. Weights are not kept.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from torch import Tensor

from gpu_parts.context import Context, free_memory
from gpu_parts.grids import describe, save_grid
from gpu_parts.learners import Learner, learners
from gpu_parts.quiet import compiling
from gpu_parts.small_runs import SmallRun, experiment_of_part
from gpu_parts.streaming import trusted

SAMPLING = 8.0
"""Seconds kept for the samples of each process."""
CURVE = 40
"""Points of a loss curve."""


def run(context: Context) -> None:
    """Train one after the other, and draw samples from each."""
    images = images_of(context)
    if images is None:
        context.add("left out", "no images: give --data NPZ")
        return
    n_test = max(8, len(images) // 10)
    held_out, images = images[:n_test], images[n_test:]
    context.add("images", {"train": len(images), "held out": n_test, "shape": images.shape[1:]})
    if context.device == "cuda":
        trusted(context, images.shape[2:])
    n_steps = 0
    subjects = learners(context, images, held_out)
    for place, learner in enumerate(subjects):
        seconds = share_of_time(context, subjects[place:], first=not n_steps)
        found = context.attempt(f"{learner.name}: training", train, context, learner, n_steps,
                                seconds)  # fmt: skip
        if isinstance(found, dict) and "steps" in found:
            n_steps = n_steps or found["steps"]
            context.attempt(f"{learner.name}: samples", samples, context, learner, held_out)
        learner.average = {}
        free_memory()


def share_of_time(context: Context, left: list[Learner], first: bool) -> float:
    """Seconds of the next process: those of the first are to be enough for the others, too."""
    of_pairs = {learner.name: learner.preparation * context.box for learner in left}
    each = (context.left() - 3 - sum(of_pairs.values())) / len(left) - SAMPLING
    return of_pairs[left[0].name] + (0.9 * each if first else each)


def images_of(context: Context) -> np.ndarray | None:
    """Bytes (n, c, h, w) of the npz file, random ones in a dry run, None without a file."""
    if context.dry:
        return np.random.default_rng(0).integers(0, 256, (64, 1, 8, 8), dtype=np.uint8)
    if context.data is None:
        return None
    with np.load(context.data) as file:
        images = file["images"]
    return np.ascontiguousarray(np.moveaxis(images, -1, 1) if images.shape[-1] == 3 else images)


def train(context: Context, learner: Learner, n_steps: int, seconds: float) -> dict[str, Any]:
    """Take ``n_steps`` steps; the first process takes as many as its time allows, if 0.

    Of each later one at most its time is used: the number is then smaller, and said.
    """
    end = time.perf_counter() + seconds
    with SmallRun(context, learner) as made:
        found = {"first step, s": made.first_step}
        losses: list[float] = []
        while (time.perf_counter() < end or not losses) and (not n_steps or len(losses) < n_steps):
            losses += made.steps(min(50, n_steps - len(losses)) if n_steps else 50)
            if context.dry:
                break
        learner.average = made.average()
        points = np.array_split(np.array(losses), min(CURVE, len(losses)))
        return {
            **found, "parameters M": made.parameters / 1e6, "steps": len(losses),
            "ms a step": made.ms_per_step, "share waited for pairs": made.share_waited,
            "compiled": made.compiled, "skipped": made.skipped,
            "loss curve": [round(float(point.mean()), 4) for point in points],
        }  # fmt: skip


def samples(context: Context, learner: Learner, held_out: np.ndarray) -> dict[str, Any]:
    """Draw samples, put them beside the data, and compare their simplest numbers."""
    from beyond_blur.network.predictor import Predictor
    from beyond_blur.processes.noise import SampleNoise
    from beyond_blur.sampling.reverse import initial_states, sample

    network = learner.network(context)
    network.load_state_dict({**network.state_dict(), **learner.average})
    prior: dict[str, Tensor] = learner.prior(context)
    n = len(next(iter(prior.values())))
    seeds, start = list(range(n)), time.perf_counter()
    predictor = Predictor(network.eval(), "auto")
    drawn = sample(learner.process, predictor, prior, SampleNoise(0, seeds)).float().cpu().numpy()
    spent = time.perf_counter() - start
    begin = (
        learner.process.to_image(
            initial_states(learner.process, prior, SampleNoise(0, seeds), context.device)
        )
        .float()
        .cpu()
        .numpy()
    )
    data = held_out[:n].astype(np.float32) / 255
    rows = {"data": data[:16], "prior": begin[:16], "samples": drawn[:16], "more": drawn[16:32]}
    path = save_grid(context.out / f"samples-{learner.name}.png", rows.values())
    return {"s": spent, "picture": path.name, "data": describe(data), "samples": describe(drawn)}


def ahead(context: Context) -> None:
    """Compile the small network beside other parts, into the caches on disk."""
    made = experiment_of_part(context)
    shape = (made.training.batch_size, made.dataset.channels, made.dataset.size, made.dataset.size)
    images = np.zeros(shape, np.uint8)
    learner = learners(context, images, images)[0]
    with compiling(context), SmallRun(context, learner) as small:
        context.add("first step, s", small.first_step)

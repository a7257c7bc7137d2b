"""What a streamed pair costs, beside the training step that uses it.

python benchmarks/streaming.py [--presets digits cifar10] [--steps 20] [--step-images 8]

Pairs are made one batch of the preset at a time, with nothing else running: seconds of the solver's
thread over pairs. The training step is that of the preset's network on one thread; where a batch of
the preset takes minutes, fewer images are used (``--step-images``) and the cost is per image. Last,
training with pairs that a second thread makes meanwhile: by how much a step gets longer.
"""

import argparse
import platform
import statistics
import time
from dataclasses import replace

import numpy as np
import torch

from beyond_blur.config import AdvectionDiffusionOptions, load_experiment
from beyond_blur.network import precision
from beyond_blur.network.unet import UNet
from beyond_blur.processes import build
from beyond_blur.training import loop
from beyond_blur.training.prefetch import PreparedPairs
from beyond_blur.training.state import new_state
from beyond_blur.training.streamed_pairs import StreamedPairs

PECLETS = (0.0, 0.06, 0.12)


class FirstBatch:
    """A source that has one batch and no cost."""

    def __init__(self, source):
        self.rows = source.batch(0)

    def batch(self, step, part):
        """The one batch, whatever the step."""
        return self.rows


def options(preset, batch_size=None):
    """The preset on random images of its size; its own files are not needed."""
    given = load_experiment({"preset": preset, "dataset": {"kind": "digits", "path": None}})
    if batch_size is None:
        return given
    return load_experiment({
        "preset": preset, "dataset": {"kind": "digits", "path": None},
        "training": {"batch_size": batch_size},
    })  # fmt: skip


def stream(experiment, peclet, depth, n=1024):
    size, channels = experiment.dataset.size, experiment.dataset.channels
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, channels, size, size), dtype=np.uint8)
    spec = AdvectionDiffusionOptions(
        peclet=peclet, velocity=experiment.process_options.advection_diffusion.velocity
    )
    return StreamedPairs(
        images, np.arange(n), spec, experiment.levels, experiment.corruption,
        batch_size=experiment.training.batch_size, seed=0, depth=depth,
    )  # fmt: skip


def ms_per_pair(experiment, peclet, n_steps):
    with stream(experiment, peclet, depth=0) as pairs:
        pairs.batch(0)
        made, worked = pairs.pairs_made, pairs.seconds_working
        for step in range(1, n_steps + 1):
            pairs.batch(step)
        return 1e3 * (pairs.seconds_working - worked) / (pairs.pairs_made - made)


def step_ms(experiment, source, n_steps):
    """Median time of a training step."""
    process = build(AdvectionDiffusionOptions(), experiment.levels, delta=0.0)
    channels = experiment.dataset.channels
    spec = replace(experiment.training, iterations=10**9)
    state = new_state(lambda: UNet(experiment.network, channels), spec, "cpu")
    walk, times = loop.steps(state, PreparedPairs(process, source, spec), spec), []
    for _ in range(n_steps + 2):
        begun = time.perf_counter()
        next(walk)
        times.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(times[2:])


def report(preset, arguments):
    whole = options(preset)
    small = whole.training.batch_size * whole.dataset.size**2 <= 2**14
    used = whole if small else options(preset, arguments.step_images)
    batch_size = used.training.batch_size
    n_steps = arguments.steps if small else max(2, arguments.steps // 5)
    number_format = precision.resolve(used.training.precision, "cpu")
    with stream(used, 0.06, depth=0) as pairs:
        alone = step_ms(used, FirstBatch(pairs), n_steps)
    for peclet in PECLETS:
        each = ms_per_pair(whole, peclet, 2 if peclet else 8)
        with stream(used, peclet, depth=2) as pairs:
            together = step_ms(used, pairs, n_steps)
        step = alone / batch_size
        print(f"| {preset} | {number_format} | {whole.dataset.size} | {whole.levels.sigma_max:g} "
              f"| {peclet:g} | {each:.2f} | {step:.2f} | {each / step:.1%} "
              f"| {together / alone - 1:+.1%} |", flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", default=["digits", "cifar10"])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--step-images", type=int, default=8)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"One thread for the network, one for the solver; torch {torch.__version__}, "
          f"{platform.machine()}\n")  # fmt: skip
    print("| preset | network in | px | sigma_max, px | Pe | pair, ms | "
          "step per image, ms | pair / step | step with stream |")  # fmt: skip
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for preset in arguments.presets:
        report(preset, arguments)


if __name__ == "__main__":
    main()

"""What a training batch of each process costs, as a share of its training step.

python benchmarks/training_pairs.py [--size 28] [--batch-size 64] [--repeats 20]

The network is the `digits` preset's: every larger one makes the share smaller.
Pairs of advection-diffusion come from the cache; the others are computed for each batch.
"""

import argparse
import platform
import statistics
import time
from dataclasses import replace

import torch

from beyond_blur.config import PROCESS_SPECS, Levels, load_experiment
from beyond_blur.network.unet import UNet
from beyond_blur.processes import build
from beyond_blur.training import batches, loop
from beyond_blur.training.prefetch import PreparedPairs
from beyond_blur.training.state import new_state


def median_ms(run, repeats):
    times = []
    for _ in range(repeats + 2):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times[2:])


def source_of(kind, size, n=512):
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (n, 1, size, size), generator=generator, dtype=torch.uint8)
    if kind != "advection_diffusion":
        return {"images": images}
    x = images.float() / 255
    return {"x_k": x, "x_previous": x, "k": torch.randint(1, 31, (n,), generator=generator)}


def measure(kind, size, batch_size, repeats):
    experiment = load_experiment({"preset": "digits", "training": {"batch_size": batch_size}})
    levels = Levels(n_levels=30, sigma_min=0.3, sigma_max=float(size))
    process = build(PROCESS_SPECS[kind](), levels, delta=0.0)
    spec, source = replace(experiment.training, iterations=10**9), source_of(kind, size)
    state = new_state(lambda: UNet(experiment.network, 1), spec, "cpu")
    pair = median_ms(lambda: batches.pair_of_step(process, source, spec, 3), repeats)
    walk = loop.steps(state, PreparedPairs(process, source, spec), spec)
    step = median_ms(lambda: next(walk), repeats)
    return pair, step


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=28)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=20)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    where = f"one thread, torch {torch.__version__}, {platform.machine()}"
    what = f"{arguments.size} px, batch {arguments.batch_size}"
    print(f"{what}, {where}, medians of {arguments.repeats}\n")
    print("| process | batch, ms | step, ms | share |\n| --- | ---: | ---: | ---: |")
    for kind in PROCESS_SPECS:
        if kind != "own":
            pair, step = measure(kind, arguments.size, arguments.batch_size, arguments.repeats)
            print(f"| {kind} | {pair:.2f} | {step:.1f} | {pair / step:.2%} |", flush=True)


if __name__ == "__main__":
    main()

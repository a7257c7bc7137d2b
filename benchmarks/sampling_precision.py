"""What bfloat16 changes in samples and in their metrics: the same noise, in both formats.

python benchmarks/sampling_precision.py --results results [--samples 600] [--threads 1]

Takes the networks, priors and classifier of a finished run of preset digits. The arithmetic of a
CPU that emulates bfloat16 rounds as one that multiplies in it does: the factors to 8 bits, sums in
float32 (in another order).
"""

import argparse
import platform
import time
from pathlib import Path

import numpy as np
import torch

from beyond_blur.config import Levels, Sampling, read, read_process
from beyond_blur.config.rule_specs import SamplingSpec
from beyond_blur.features.extractor import load_extractor
from beyond_blur.metrics.frechet import frechet_distance
from beyond_blur.metrics.prdc import precision_recall_density_coverage
from beyond_blur.network.weights import load_network
from beyond_blur.sampling.drawing import build_for, draw_batch, predictor_for
from beyond_blur.sampling.priors import batches, load_prior, prior_rows
from beyond_blur.sampling.reverse import initial_states
from beyond_blur.storage import artifacts

FORMATS = ("float32", "bfloat16")


class Silent:
    """No progress line."""

    def advance(self, note):
        """Say nothing."""


def priors_of(results, process):
    own = results / "terminal/digits" / process / "train"
    folder = own if own.is_dir() else results / "data/digits/train"
    return [str(path) for path in sorted(folder.glob("*.safetensors"))]


def drawn(results, process, precision, n, delta, seed=0):
    network, file = load_network(results / "checkpoints/digits" / process / "weights.safetensors")
    spec = file.manifest["spec"]
    sampling = Sampling(n_samples=n, delta=delta, precision=precision, compile=False)
    levels = read(Levels, spec["levels"], "levels")
    job = SamplingSpec(read_process(spec["process"]), levels, sampling)
    made, predict = build_for(job), predictor_for(job, network, n)
    prior = load_prior(priors_of(results, process))
    rows = prior_rows(n, len(prior.index), seed)
    parts = []
    for batch, noise in batches(prior.arrays, rows, seed, sampling.batch_size):
        x_K = initial_states(made, batch, noise)
        parts.append(draw_batch(made, predict, x_K, noise, None, Silent())["samples"])
    return np.concatenate(parts)


def measured(features, real):
    quality = precision_recall_density_coverage(real, features, nearest_k=5)
    return frechet_distance(features, real), quality.precision, quality.recall


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--samples", type=int, default=600)
    parser.add_argument("--delta", type=float, default=0.025, help="sampling.delta of the preset")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--processes", nargs="+", default=["heat_dissipation", "advection_diffusion-pe0.06", "ddpm"]
    )
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    classifier = given.results / "classifier/digits/weights.safetensors"
    extract = load_extractor("classifier", trained=classifier)
    held_out = sorted((given.results / "data/digits/held_out").glob("*.safetensors"))
    real = extract(np.concatenate([artifacts.load(p, "images").arrays["images"] for p in held_out]))
    print(
        f"{given.samples} samples of seed 0, torch {torch.__version__}, {platform.machine()}, "
        f"{torch.backends.cpu.get_cpu_capability()}\n"
    )
    print("| process | format | Fréchet distance | precision | recall | pixels: rms, largest | s |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for process in given.processes:
        first = None
        for precision in FORMATS:
            start = time.perf_counter()
            samples = drawn(given.results, process, precision, given.samples, given.delta)
            seconds = time.perf_counter() - start
            values = "{:.3f} | {:.4f} | {:.4f}".format(*measured(extract(samples), real))
            first = samples if first is None else first
            error = samples.astype(float) - first
            print(
                f"| {process} | {precision} | {values} | {np.sqrt((error**2).mean()):.2f}, "
                f"{np.abs(error).max():.0f} of 255 | {seconds:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()

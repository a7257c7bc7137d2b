"""From two folders of pictures to an FID: this package beside pytorch-fid and torch-fidelity.

All in one process and in turns, each with its own reading, resize, network and square root, and the
network built anew each time. All load one file of random weights, which changes no speed and makes
the numbers no FID. torch-fidelity is no dependency; install it in an environment of its own:

    pip install torch-fidelity
    python benchmarks/rivals.py --n 128 --size 32

Seconds are of the processor, of this process and of its workers, unless --wall is given: on a
machine that others use the clock on the wall measures them, too.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from beyond_blur.data.image_sets import read_images, read_pair
from beyond_blur.features.inception import Inception
from beyond_blur.metrics import evaluate_sets, frechet_distance
from features import random_inception_state

WEIGHTS = "hub/checkpoints/pt_inception-2015-12-05-6726825d.pth"
"""Where pytorch-fid looks for its weights, under TORCH_HOME."""

Contender = tuple[str, str, Callable[[], float]]
"""What is measured, by whom, and a function that returns the Frechet distance."""


def processor_seconds() -> float:
    """Seconds of the processor that this process and its finished children have taken."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def write_pictures(folder: Path, n: int, size: int, seed: int) -> str:
    """Write n colour PNGs of blocks of 4 x 4 pixels; return the folder."""
    folder.mkdir()
    blocks = np.random.default_rng(seed).integers(0, 256, (n, size // 4, size // 4, 3), np.uint8)
    for i, picture in enumerate(blocks.repeat(4, 1).repeat(4, 2)):
        Image.fromarray(picture).save(folder / f"{i:05}.png")
    return str(folder)


def by_fidelity(first: str, second: str, weights: Path, n: int, more: bool) -> float:
    """torch-fidelity's Frechet distance; with the kernel distance of these features if wanted."""
    import torch_fidelity

    found = torch_fidelity.calculate_metrics(
        input1=first, input2=second, cuda=False, fid=True, kid=more,
        kid_subset_size=min(n, 1000), feature_extractor_weights_path=str(weights), cache=False,
        verbose=False,
    )  # fmt: skip
    return float(found["frechet_inception_distance"])


def contenders(first: str, second: str, weights: Path, n: int, threads: int) -> list[Contender]:
    """Each way to the number."""
    alone, more = "FID alone", "FID and KID"

    def ours() -> float:
        network = Inception(weights, sha256="")
        return frechet_distance(*(network(read_images(path), 64) for path in (first, second)))

    def everything() -> float:
        images, reference, _ = read_pair((first, second), None, 5)
        network = Inception(weights, sha256="")
        return float(evaluate_sets(images, reference, network, threads=threads)["frechet_distance"])

    def theirs() -> float:
        from pytorch_fid.fid_score import calculate_fid_given_paths

        return float(calculate_fid_given_paths([first, second], 50, "cpu", 2048, num_workers=1))

    return [
        (alone, "pytorch-fid", theirs),
        (alone, "torch-fidelity", lambda: by_fidelity(first, second, weights, n, False)),
        (alone, "beyond_blur", ours),
        (more, "torch-fidelity", lambda: by_fidelity(first, second, weights, n, True)),
        ("all that evaluate prints", "beyond_blur", everything),
    ]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the bars, lines and warnings of the contenders."""
    silent = io.StringIO()
    with (
        contextlib.redirect_stdout(silent),
        contextlib.redirect_stderr(silent),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def taken(
    ways: list[Contender], repeats: int, clock: Callable[[], float]
) -> tuple[list[list[float]], list[float]]:
    """Seconds of every contender over `repeats` rounds, taking turns, and their distances."""
    seconds: list[list[float]] = [[] for _ in ways]
    values = [0.0] * len(ways)
    for _ in range(repeats):
        for number, (what, who, way) in enumerate(ways):
            start = clock()
            with quiet():
                values[number] = way()
            seconds[number].append(clock() - start)
            print(f"{what}, {who}: {seconds[number][-1]:.1f} s", file=sys.stderr, flush=True)
    return seconds, values


def table(ways: list[Contender], seconds: list[list[float]], values: list[float]) -> str:
    """Rows of the contenders; a ratio is of medians, to the first of the same measure."""
    lines = ["| measured | by | median s | fastest ... slowest | times faster | distance |",
             "| --- | --- | ---: | ---: | ---: | ---: |"]  # fmt: skip
    first: dict[str, float] = {}
    for (what, who, _), times, value in zip(ways, seconds, values, strict=True):
        middle = statistics.median(times)
        ratio = first.setdefault(what, middle) / middle
        span = f"{min(times):.1f} ... {max(times):.1f}"
        lines.append(f"| {what} | {who} | {middle:.1f} | {span} | {ratio:.2f} | {value:.5g} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=128, help="pictures in each folder")
    parser.add_argument("--size", type=int, default=32, help="pixels per side, a multiple of 4")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--wall", action="store_true", help="the clock on the wall")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    with tempfile.TemporaryDirectory() as place:
        os.environ["TORCH_HOME"] = place
        weights = Path(place, WEIGHTS)
        weights.parent.mkdir(parents=True)
        torch.save(random_inception_state(seed=0), weights)
        first, second = (
            write_pictures(Path(place, name), given.n, given.size, seed)
            for seed, name in enumerate("ab")
        )
        ways = contenders(first, second, weights, given.n, given.threads)
        clock = time.perf_counter if given.wall else processor_seconds
        seconds, values = taken(ways, given.repeats, clock)
    others = ", ".join(f"{name} {version(name)}" for name in ("pytorch-fid", "torch-fidelity"))
    of = "of the clock on the wall" if given.wall else "of the processor"
    print(f"2 x {given.n} PNGs of {given.size} x {given.size}, {given.threads} threads, "
          f"{platform.processor() or 'CPU'}, torch {torch.__version__}, {others}; seconds {of}, "
          f"medians of {given.repeats} rounds in turns\n")  # fmt: skip
    print(table(ways, seconds, values))


if __name__ == "__main__":
    main()

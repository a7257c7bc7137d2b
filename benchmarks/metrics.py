"""Seconds per metric on stored features: this package against prdc, scikit-learn, pytorch-fid.

The same features for all, taking turns; values must agree or the run stops.

    python benchmarks/metrics.py --n 10000 --dim 2048
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import platform
import resource
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from prdc import compute_prdc
from threadpoolctl import threadpool_limits

from beyond_blur import metrics
from beyond_blur.features import torchvision_guard
from beyond_blur.metrics import measure

Contender = tuple[str, Callable[[], Any]]


def features(n: int, dimensions: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return two sets (n, d) whose balls overlap in part: activations of a decaying spectrum."""
    rng = np.random.default_rng(0)
    scales = (1 + np.arange(dimensions)) ** -0.5
    real, fake = (
        np.maximum(rng.standard_normal((n, dimensions)) * scales + shift * scales, 0)
        for shift in (0.2, 0.25)
    )
    return real.astype(dtype), fake.astype(dtype)


def seconds(
    contenders: list[Contender], repeats: int, clock: Callable[[], float]
) -> list[tuple[list[float], Any]]:
    """Return each contender's times over `repeats` rounds, taking turns, and its last value."""
    times: list[list[float]] = [[] for _ in contenders]
    values: list[Any] = [None] * len(contenders)
    for _ in range(repeats):
        for number, (_, function) in enumerate(contenders):
            start = clock()
            with contextlib.redirect_stdout(io.StringIO()):  # prdc prints on every call
                values[number] = function()
            times[number].append(clock() - start)
    return list(zip(times, values, strict=True))


def of_sklearn(real: np.ndarray, fake: np.ndarray, k: int) -> tuple[float, ...]:
    """Return the four shares by scikit-learn's blocks of distances, in bounded memory as ours."""
    from sklearn.metrics import pairwise_distances_chunked
    from sklearn.neighbors import NearestNeighbors

    r_real, r_fake = (
        NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(x).kneighbors(x)[0][:, k]
        for x in (real, fake)
    )

    def look(distances: np.ndarray, start: int) -> tuple[np.ndarray, ...]:
        in_real = distances < r_real[start : start + len(distances), None]
        return in_real.sum(axis=0), in_real.any(axis=1), (distances < r_fake).any(axis=1)

    chunks = list(pairwise_distances_chunked(real, fake, reduce_func=look, n_jobs=1))
    balls = np.sum([chunk[0] for chunk in chunks], axis=0)
    covered, recalled = (np.concatenate([chunk[i] for chunk in chunks]) for i in (1, 2))
    shares = (balls > 0).mean(), recalled.mean(), balls.mean() / k, covered.mean()
    return tuple(map(float, shares))


def of_pytorch_fid(real: np.ndarray, fake: np.ndarray) -> float:
    """Return pytorch-fid's distance, from features to number as its program does."""
    from pytorch_fid.fid_score import calculate_frechet_distance

    statistics_of_both = []
    for rows in (real, fake):
        activations = rows.astype(np.float64)
        statistics_of_both += [activations.mean(axis=0), np.cov(activations, rowvar=False)]
    return float(calculate_frechet_distance(*statistics_of_both))


def tasks(real: np.ndarray, fake: np.ndarray, k: int) -> dict[str, list[Contender]]:
    """Return the contenders of every metric; the reference comes first."""
    n = len(real)
    sizes = np.linspace(n // 4, n, 5, dtype=int).tolist()
    rng = np.random.default_rng(0)
    return {
        "precision, recall, density, coverage": [
            ("prdc", lambda: tuple(map(float, compute_prdc(real, fake, k).values()))),
            ("scikit-learn", lambda: of_sklearn(real, fake, k)),
            (
                "beyond_blur",
                lambda: tuple(metrics.precision_recall_density_coverage(real, fake, k)),
            ),
        ],
        "Frechet distance": [
            ("pytorch-fid", lambda: of_pytorch_fid(real, fake)),
            ("beyond_blur", lambda: metrics.frechet_distance(fake, real)),
        ],
        "kernel distance, 100 subsets": [
            (
                "beyond_blur",
                lambda: metrics.kernel_distance(fake, real, rng, subset_size=min(1000, n)),
            )
        ],
        "Frechet distance against N, 5 sizes": [
            ("beyond_blur", lambda: metrics.frechet_against_n(fake, real, sizes, rng))
        ],
        "all of a table row": [
            (
                "beyond_blur",
                lambda: measure.measure(fake, real, nearest_k=k, seed=0),
            )
        ],
        "nearest neighbours": [("beyond_blur", lambda: metrics.nearest_neighbours(fake, real))],
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=10_000, help="samples in each set")
    parser.add_argument("--dim", type=int, default=2048, help="feature dimensions")
    parser.add_argument("--nearest-k", type=int, default=5)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--cpu", action="store_true", help="CPU seconds, for a busy machine; with --threads 1"
    )
    parser.add_argument("--only", default="", help="only metrics whose name begins so")
    parser.add_argument(
        "--alone", action="store_true", help="without prdc and pytorch-fid, whose memory is N x N"
    )
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()

    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)  # what beyond_blur's own threads follow
    if not arguments.alone:
        torchvision_guard.ensure_importable()
        import pytorch_fid.fid_score  # noqa: F401  (torch's import is no part of any time)
    warnings.simplefilter("ignore")  # SciPy's about pytorch-fid's square root
    clock = time.process_time if arguments.cpu else time.perf_counter
    real, fake = features(arguments.n, arguments.dim, arguments.dtype)
    print(
        f"n = {arguments.n}, d = {arguments.dim}, {arguments.dtype}, k = {arguments.nearest_k}, "
        f"{arguments.threads} threads, {platform.processor() or 'CPU'}, NumPy {np.__version__}\n"
    )
    print("| metric | of | median s | fastest ... slowest | times faster |")
    print("| --- | --- | ---: | ---: | ---: |")
    for metric, contenders in tasks(real, fake, arguments.nearest_k).items():
        if not metric.startswith(arguments.only):
            continue
        if arguments.alone:
            contenders = contenders[-1:]
        with threadpool_limits(arguments.threads):
            results = seconds(contenders, arguments.repeats, clock)
        reference_times, reference_value = results[0]
        for (name, _), (times, value) in zip(contenders, results, strict=True):
            if len(results) > 1:
                np.testing.assert_allclose(value, reference_value, rtol=1e-6, err_msg=metric)
            ratio = statistics.median(reference_times) / statistics.median(times)
            span = f"{min(times):.2f} ... {max(times):.2f}"
            faster = f"{ratio:.1f}" if len(results) > 1 else ""
            print(f"| {metric} | {name} | {statistics.median(times):.2f} | {span} | {faster} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # Linux counts in KiB
    print(f"\nPeak memory of the process, features included: {peak:.2f} GiB")


if __name__ == "__main__":
    main()

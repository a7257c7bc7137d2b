"""Sanity checks of fidelity and diversity metrics, after Räisä, van Breugel and van der Schaar.

"Position: All current generative fidelity and diversity metrics are flawed" (ICML 2025, arXiv
2505.22450) names fourteen checks on simple distributions. They are made here after a published
summary of the paper; dimensions, numbers and thresholds are ours: a verdict is not the paper's.
A metric passes a check if its values, meaned over the seeds, are as the check says. Distances have
no bounds: they pass if what is to be seen is at least 3 times as far as two sets of one kind.

    python benchmarks/sanity_checks.py --seeds 3
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from beyond_blur.metrics import (
    frechet_distance,
    kernel_distance,
    precision_recall_density_coverage,
)
from beyond_blur.metrics.clipped import clipped_density_and_coverage
from beyond_blur.metrics.sliced import sliced_distance

Rng = np.random.Generator
Sets = dict[str, tuple[np.ndarray, np.ndarray]]
Values = Mapping[str, float]
Judge = Callable[[Values], bool]

N, K = 1000, 5
FIDELITY = ("precision", "density", "clipped_density")
DIVERSITY = ("recall", "coverage", "clipped_coverage")
DISTANCES = ("frechet", "kernel", "sliced")
HIGH, LOW, NEAR, SEEN = 0.9, 0.05, 0.1, 3.0


@dataclass(frozen=True)
class Check:
    """One check: pairs of sets by name, and what their values have to be.

    `fidelity` and `diversity` judge values by name (None: not asked), `words` says what is asked;
    a distance has to tell the pair `seen` from the pair `floor` (empty: not asked).
    """

    sets: Callable[[Rng], Sets]
    fidelity: Judge | None
    diversity: Judge | None
    words: str
    seen: str = ""
    floor: str = ""


def gaussian(rng: Rng, n: int = N, d: int = 8) -> np.ndarray:
    """Standard normal rows."""
    return rng.standard_normal((n, d))


def means(rng: Rng) -> Sets:
    """Gaussians of two means."""
    return {f"{m:g}": (gaussian(rng), gaussian(rng) + m) for m in (0, 0.5, 1, 5)}


def with_outlier(rng: Rng) -> Sets:
    """The same, with one real and one synthetic image at the other's place."""
    sets = means(rng)
    for name, (real, fake) in sets.items():
        real[0], fake[0] = float(name), 0.0
    return sets


def with_pareto(rng: Rng) -> Sets:
    """The same, with one more dimension that is Pareto distributed, of infinite mean."""
    tail = [rng.pareto(1, (N, 1)) for _ in range(8)]
    return {
        name: (np.hstack([real, tail[2 * i]]), np.hstack([fake, tail[2 * i + 1]]))
        for i, (name, (real, fake)) in enumerate(means(rng).items())
    }


def widths(rng: Rng) -> Sets:
    """Synthetic Gaussians of other standard deviations."""
    return {f"{s:g}": (gaussian(rng), s * gaussian(rng)) for s in (0.1, 1, 10)}


def one_of_many(rng: Rng) -> Sets:
    """One of 64 dimensions is disjoint (but for 0.3 %), all others are alike."""
    real, fake, again = (gaussian(rng, d=64) for _ in range(3))
    fake[:, 0] += 6
    return {"disjoint": (real, fake), "same": (real, again)}


def scaled(rng: Rng) -> Sets:
    """One dimension of both sets in other units."""
    real, fake = gaussian(rng), gaussian(rng) + 0.5
    unit = np.array([1000.0, *np.ones(7)])
    return {"as it is": (real, fake), "scaled": (real * unit, fake * unit)}


def collapse(rng: Rng) -> Sets:
    """Two narrow modes, and one wide mode over both and what lies between."""
    real, fake = 0.1 * gaussian(rng), 0.1 * gaussian(rng)
    again = 0.1 * gaussian(rng)
    for two in (real, again):
        two[:, 0] += rng.choice([-1, 1], N)
    fake[:, 0] = rng.uniform(-1, 1, N)
    return {"wide": (real, fake), "same": (real, again)}


def modes(rng: Rng, weights: np.ndarray, n: int = N) -> np.ndarray:
    """A mixture of narrow Gaussians on a circle, in 8 dimensions."""
    x, which = 0.05 * gaussian(rng, n), rng.choice(len(weights), n, p=weights / weights.sum())
    angle = 2 * np.pi * which / len(weights)
    x[:, 0] += np.cos(angle)
    x[:, 1] += np.sin(angle)
    return x


def first(k: int) -> np.ndarray:
    """Equal weights of the first k of ten modes."""
    return (np.arange(10) < k).astype(float)


def invention(rng: Rng) -> Sets:
    """Five real modes; of ten the first k synthetic: 5 / k of them are right, k / 5 are there."""
    return {str(k): (modes(rng, first(5)), modes(rng, first(k))) for k in (1, 3, 5, 7, 10)}


def dropping(rng: Rng) -> Sets:
    """Ten real modes, k of them synthetic."""
    return {str(k): (modes(rng, first(10)), modes(rng, first(k))) for k in (10, 7, 4, 1)}


def fading(rng: Rng) -> Sets:
    """Ten real modes; all synthetic modes but the first lose weight together."""
    real = modes(rng, first(10))
    weights = {s: np.array([10 - 9 * s, *np.full(9, s)]) for s in (1, 0.5, 0.1, 0)}
    return {f"{s:g}": (real, modes(rng, w)) for s, w in weights.items()}


def cubes(rng: Rng) -> Sets:
    """Hypercubes that overlap by half, of as many real as synthetic images."""
    return {str(n): cube_pair(rng, n, n) for n in (1000, 2000, 4000)}


def cubes_of_samples(rng: Rng) -> Sets:
    """The same of 1,000 real images."""
    return {str(n): cube_pair(rng, 1000, n) for n in (1000, 2000, 4000)}


def cube_pair(rng: Rng, n_real: int, n_fake: int) -> tuple[np.ndarray, np.ndarray]:
    """Two cubes in 8 dimensions, moved along one axis by half a side."""
    real, fake = rng.uniform(size=(n_real, 8)), rng.uniform(size=(n_fake, 8))
    fake[:, 0] += 0.5
    return real, fake


def spheres(rng: Rng) -> Sets:
    """Surfaces of spheres of several radii in 32 dimensions: but for radius 1, disjoint."""

    def surface(radius: float) -> np.ndarray:
        x = gaussian(rng, d=32)
        return radius * x / np.linalg.norm(x, axis=1, keepdims=True)

    return {f"{r:g}": (surface(1), surface(r)) for r in (0.7, 1, 1.4)}


def sphere_and_torus(rng: Rng) -> Sets:
    """A sphere in the hole of a torus, which do not touch."""
    x = gaussian(rng, d=3)
    sphere = 0.5 * x / np.linalg.norm(x, axis=1, keepdims=True)
    a, b = rng.uniform(0, 2 * np.pi, (2, 2 * N))
    ring = 1 + 0.2 * np.cos(a)
    torus = np.stack([ring * np.cos(b), ring * np.sin(b), 0.2 * np.sin(a)], axis=1)
    return {"disjoint": (torus[:N], sphere), "same": (torus[:N], torus[N:])}


def rounded(rng: Rng) -> Sets:
    """Whole numbers in the place of a continuous distribution, which has none."""
    return {
        "rounded": (2 * gaussian(rng), np.round(2 * gaussian(rng))),
        "same": (2 * gaussian(rng), 2 * gaussian(rng)),
    }


def far(low: str, high: str) -> Judge:
    """Nothing at the one, nearly all at the other."""
    return lambda v: v[low] < LOW and v[high] > HIGH


def below(*names: str) -> Judge:
    """Nothing at all of these."""
    return lambda v: all(v[name] < LOW for name in names)


def follows(truth: Mapping[str, float]) -> Judge:
    """Near the truth everywhere."""
    return lambda v: max(abs(v[name] - value) for name, value in truth.items()) < NEAR


def half_right(v: Values) -> bool:
    """What lies between two modes is not."""
    return v["wide"] < 0.6 and v["same"] > HIGH


def all_right(v: Values) -> bool:
    """Nearly 1 everywhere."""
    return min(v.values()) > HIGH


def falling(v: Values) -> bool:
    """From nearly 1 to the tenth that is left, step by step."""
    return v["1"] > HIGH and v["1"] > v["0.5"] > v["0.1"] > v["0"] and v["0"] < 0.1 + NEAR


def steady(v: Values) -> bool:
    """The same value everywhere."""
    return max(v.values()) - min(v.values()) < NEAR


RIGHT = {str(k): min(1.0, 5 / k) for k in (1, 3, 5, 7, 10)}
THERE = {str(k): min(1.0, k / 5) for k in (1, 3, 5, 7, 10)}
KEPT = {str(k): k / 10 for k in (10, 7, 4, 1)}
ALL = dict.fromkeys(KEPT, 1.0)


APART, OUTSIDE = far("5", "0"), below("disjoint")
CHECKS = {
    "Gaussian mean difference": Check(means, APART, APART, "nearly 1 to 0", "0.5", "0"),
    "with an outlier": Check(with_outlier, APART, APART, "as without"),
    "with a Pareto dimension": Check(with_pareto, APART, APART, "as without", "5", "0"),
    "Gaussian width": Check(
        widths, far("10", "0.1"), below("0.1"), "narrow: faithful, not diverse", "0.1", "1"),
    "one disjoint dimension of 64": Check(one_of_many, OUTSIDE, OUTSIDE, "0", "disjoint", "same"),
    "one dimension scaled": Check(scaled, steady, steady, "no change"),
    "mode collapse": Check(collapse, half_right, None, "0.6 at most is right", "wide", "same"),
    "modes dropped and invented": Check(
        invention, follows(RIGHT), follows(THERE), "5 / k and k / 5, cut at 1", "10", "5"),
    "modes dropped one by one": Check(
        dropping, follows(ALL), follows(KEPT), "1, and the share kept", "7", "10"),
    "modes dropped together": Check(fading, all_right, falling, "1; falling to 0.1", "0.5", "1"),
    "hypercube, more images": Check(cubes, steady, steady, "no change"),
    "hypercube, more samples": Check(cubes_of_samples, steady, steady, "no change"),
    "hypersphere surface": Check(
        spheres, below("0.7", "1.4"), below("0.7", "1.4"), "0", "0.7", "1"),
    "sphere and torus": Check(sphere_and_torus, OUTSIDE, OUTSIDE, "0", "disjoint", "same"),
    "discrete and continuous": Check(
        rounded, below("rounded"), below("rounded"), "0", "rounded", "same"),
}  # fmt: skip


def values_of(real: np.ndarray, fake: np.ndarray, rng: Rng) -> dict[str, float]:
    """Every metric of one pair."""
    found = precision_recall_density_coverage(real, fake, K)._asdict()
    found |= clipped_density_and_coverage(real, fake, K)._asdict()
    found["frechet"] = frechet_distance(fake, real)
    found["kernel"] = kernel_distance(fake, real, rng, n_subsets=10, subset_size=N // 2)[0]
    found["sliced"] = sliced_distance(fake, real, rng, 200)
    return found


def measured(check: Check, seeds: int) -> dict[str, dict[str, float]]:
    """Values by metric and pair, meaned over seeds."""
    found: dict[str, dict[str, list[float]]] = {}
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        for name, (real, fake) in check.sets(rng).items():
            for metric, value in values_of(real, fake, rng).items():
                found.setdefault(metric, {}).setdefault(name, []).append(value)
    return {m: {n: float(np.mean(v)) for n, v in of.items()} for m, of in found.items()}


def verdict(check: Check, metric: str, values: Values) -> str:
    """Passed, failed, or not asked."""
    if metric in DISTANCES:
        if not check.seen:
            return ""
        return "yes" if abs(values[check.seen]) > SEEN * abs(values[check.floor]) else "no"
    judge = check.fidelity if metric in FIDELITY else check.diversity
    return "" if judge is None else "yes" if judge(values) else "no"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    start = time.process_time()
    found = {name: measured(check, given.seeds) for name, check in CHECKS.items()}
    columns = (*FIDELITY, *DIVERSITY, *DISTANCES)
    machine = platform.processor() or platform.machine()
    print(f"{N} images of each kind, k = {K}, {given.seeds} seeds, {machine}, "
          f"NumPy {np.__version__}, {time.process_time() - start:.0f} CPU s\n")  # fmt: skip
    print(
        "| check | asked | " + " | ".join(columns) + " |\n| --- |" + " --- |" * (1 + len(columns))
    )
    for name, check in CHECKS.items():
        cells = [verdict(check, metric, found[name][metric]) for metric in columns]
        print(f"| {name} | {check.words} | " + " | ".join(cells) + " |")
    print(
        "\n| check | pair | " + " | ".join(columns) + " |\n| --- | --- |" + " ---: |" * len(columns)
    )
    for name, of in found.items():
        for pair in of["precision"]:
            print(
                f"| {name} | {pair} | " + " | ".join(f"{of[m][pair]:.3g}" for m in columns) + " |"
            )


if __name__ == "__main__":
    main()

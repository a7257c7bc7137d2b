"""Distances between two sets of feature vectors: pure functions on NumPy arrays.

A number from `frechet_distance` is only an FID when the features are Inception's; the name of the
extractor belongs beside every value. Nothing here reads a file or imports torch.
"""

from beyond_blur.metrics.checks import FewSamples
from beyond_blur.metrics.frechet import (
    frechet_against_n,
    frechet_at_infinity,
    frechet_distance,
    frechet_from_moments,
    moments,
)
from beyond_blur.metrics.kid import KernelDistance, kernel_distance
from beyond_blur.metrics.neighbours import copy_share, nearest_neighbours
from beyond_blur.metrics.prdc import PRDC, precision_recall_density_coverage
from beyond_blur.metrics.sets import evaluate_sets

__all__ = [
    "PRDC",
    "FewSamples",
    "KernelDistance",
    "copy_share",
    "evaluate_sets",
    "frechet_against_n",
    "frechet_at_infinity",
    "frechet_distance",
    "frechet_from_moments",
    "kernel_distance",
    "moments",
    "nearest_neighbours",
    "precision_recall_density_coverage",
]

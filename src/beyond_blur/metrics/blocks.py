"""Squared distances in blocks: a fast float32 product with a rigorous bound on its rounding.

|x - y|^2 = |x|^2 + |y|^2 - 2 x . y turns distances into a matrix product. A product of d terms
in a precision of unit roundoff u errs by at most about d u |x| |y|, whatever the order of its
sums (Higham, "Accuracy and stability of numerical algorithms", section 3.1). Users of a block
treat what is closer than that bound as undecided, and settle it with `pair_distances`.

The same on scikit-learn's blocks takes 2.4 times the CPU time (benchmarks/results/metrics.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from beyond_blur.progress import shown
from beyond_blur.threads import available_threads

CHUNK = 1024
# Bytes of float64 differences that `squared_differences` holds at a time.
DIFFERENCE_BYTES = 2**24
# Beside the d of the product: roundings of the inputs, norms, sums, radii and comparisons.
EXTRA_ROUNDINGS = 64

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Rows:
    """Feature vectors made ready for block products.

    Attributes
    ----------
    features : array, shape (n, d)
        As they came.
    centre : array, shape (d,)
        Subtracted before rounding to the block's precision: smaller norms, smaller errors.
    values : array or torch.Tensor, shape (n, d)
        The centred rows in float32 or float64, on `device`.
    squared_norms : array, shape (n,)
    error : array, shape (n,)
        A squared distance in a block errs by less than left.error[i] + right.error[j].
    first_copies : int array, shape (n,)
        The same number for rows with the same bytes.
    device : str or None
        A torch device, or None for NumPy.
    """

    features: np.ndarray
    centre: np.ndarray
    values: Any
    squared_norms: np.ndarray
    error: np.ndarray
    first_copies: np.ndarray
    device: str | None

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, rows: slice | np.ndarray) -> Rows:
        return replace(
            self,
            features=self.features[rows],
            values=self.values[rows],
            squared_norms=self.squared_norms[rows],
            error=self.error[rows],
            first_copies=self.first_copies[rows],
        )

    def finer(self) -> Rows:
        """Return the same rows in float64."""
        rounded = _round(self.features, self.centre, np.float64, self.device)
        return replace(self, **rounded)


def prepare(features: np.ndarray, centre: np.ndarray, device: str | None = None) -> Rows:
    """Make `features` (n, d) ready for float32 products; `centre` (d,) is shared by all sets."""
    # Any centre will do; one of the features' type keeps their differences in that type.
    centre = centre.astype(features.dtype)
    rounded = _round(features, centre, np.float32, device)
    return Rows(features, centre, first_copies=_first_copies(features), device=device, **rounded)


def _round(
    features: np.ndarray, centre: np.ndarray, dtype: type, device: str | None
) -> dict[str, Any]:
    n, dimensions = features.shape
    values: np.ndarray = np.empty((n, dimensions), dtype=dtype)
    squared_norms: np.ndarray = np.empty(n, dtype=dtype)
    # Subtracted in the finer of the two types: rounding then acts on small differences only.
    finer = np.result_type(features.dtype, dtype)
    for rows in slices(n, CHUNK):
        np.subtract(features[rows], centre, out=values[rows], dtype=finer, casting="same_kind")
        squared_norms[rows] = np.einsum("ij,ij->i", values[rows], values[rows])
    precision = np.finfo(dtype)
    error = (dimensions + EXTRA_ROUNDINGS) * precision.eps * squared_norms.astype(np.float64)
    return {
        "values": values if device is None else _to_device(values, device),
        "squared_norms": squared_norms,
        "error": error + dimensions * float(precision.tiny),
    }


def _to_device(values: np.ndarray, device: str) -> Any:
    import torch

    # TensorFloat-32 keeps 10 bits of the mantissa: the bound above would no longer hold.
    if torch.get_float32_matmul_precision() != "highest":
        raise ValueError(
            f"torch's float32 products have {torch.get_float32_matmul_precision()!r} precision: "
            "call torch.set_float32_matmul_precision('highest') before computing metrics"
        )
    return torch.from_numpy(values).to(device)


def squared_distances(left: Rows, right: Rows) -> tuple[np.ndarray, float]:
    """Return squared distances (len(left), len(right)) and a bound on the error of any of them."""
    product = left.values @ right.values.T
    squared = product if left.device is None else product.cpu().numpy()
    squared *= -2
    squared += left.squared_norms[:, None]
    squared += right.squared_norms
    return squared, float(left.error.max() + right.error.max())


def pair_distances(left: Rows, right: Rows, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Return the squared distances between features left[i] and right[j], shape (len(i),).

    By differences in float64, so that equal rows give equal distances and ties stay ties. Pairs of
    repeated rows are measured once: a collapsed generator costs no more than a good one.
    """
    codes = left.first_copies[i] * (right.first_copies.max() + 1) + right.first_copies[j]
    _, measured, place = np.unique(codes, return_index=True, return_inverse=True)
    return squared_differences(left.features, i[measured], right.features, j[measured])[place]


def squared_differences(
    left: np.ndarray, i: np.ndarray, right: np.ndarray, j: np.ndarray
) -> np.ndarray:
    """Return the squared distances between rows left[i] and right[j] in float64, piece by piece."""
    squared = np.empty(len(i))
    for pairs in slices(len(i), max(1, DIFFERENCE_BYTES // (8 * left.shape[1]))):
        difference = left[i[pairs]].astype(np.float64)
        difference -= right[j[pairs]]
        squared[pairs] = np.einsum("ij,ij->i", difference, difference)
    return squared


def _first_copies(features: np.ndarray) -> np.ndarray:
    """For every row, the index of the first row with the same bytes."""
    first: dict[bytes, int] = {}
    digests = (hashlib.blake2b(row.data, digest_size=16).digest() for row in features)
    return np.array([first.setdefault(digest, i) for i, digest in enumerate(digests)])


def slices(n: int, chunk: int) -> list[slice]:
    """Cut range(n) into slices of at most `chunk`."""
    return [slice(start, min(start + chunk, n)) for start in range(0, n, chunk)]


def in_threads(
    function: Callable[[Task], Result], tasks: Sequence[Task], n_threads: int | None, label: str
) -> Iterator[Result]:
    """Yield function(task) in order, tasks running on `n_threads` threads of one BLAS thread each.

    NumPy's element-wise work is then as parallel as its products. A person at a terminal who waits
    for them sees ``label`` and how far they are.
    """
    from threadpoolctl import threadpool_limits

    with (
        threadpool_limits(limits=1, user_api="blas"),
        ThreadPoolExecutor(n_threads or available_threads()) as pool,
    ):
        yield from shown(pool.map(function, tasks), label, len(tasks))

"""Numbers that are NaN or infinite are refused where they first appear, in one form of words.

To the stage after it an array of NaN is an array like any other: as a picture it is black, and a
mean over rows leaves it out. Every stage therefore looks at what it made.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor


class NotFinite(ValueError):
    """Values that are NaN or infinite where numbers are needed."""


def is_finite(values: np.ndarray | Tensor) -> bool:
    """Whether all values are finite, judged by the extremes: no array of the same size is made.

    Values on a device are waited for.
    """
    if not math.prod(values.shape):
        return True
    if isinstance(values, np.ndarray):
        low, high = float(values.min()), float(values.max())
    else:
        low, high = (float(limit) for limit in values.detach().aminmax())
    return math.isfinite(low) and math.isfinite(high)


def check(
    values: np.ndarray | Tensor,
    what: str,
    remedy: str,
    name: Callable[..., str] = "row {}".format,
    axes: int = 1,
    where: str = "",
) -> None:
    """Refuse values that are NaN or infinite.

    Parameters
    ----------
    values : array or tensor, of any shape and type
    what : str
        What they are, in the plural: ``samples``.
    remedy : str
        Why they may be so, and what to do.
    name : callable
        Of the first ``axes`` indices to the words for what lies there: ``image 3 at level 2``.
    axes : int
        Axes that ``name`` takes.
    where : str
        What all of them have in common: `` at level 3``.

    Raises
    ------
    NotFinite
        Naming the first place, and how many there are.
    """
    if is_finite(values):
        return
    places = bad_places(values, axes)
    raise refusal(what, [name(*map(int, place)) for place in places], remedy, where)


def refusal(what: str, places: list[str], remedy: str, where: str = "") -> NotFinite:
    """The error of values that are not finite in these places, in the one form of words."""
    more = f", the first of {len(places)}" if len(places) > 1 else ""
    return NotFinite(f"{what} are not finite{where} ({places[0]}{more}): {remedy}")


def bad_places(values: np.ndarray | Tensor, axes: int = 1) -> Any:
    """Indices (m, axes) of the first axes under which a value is not finite, in order."""
    array = values if isinstance(values, np.ndarray) else values.detach().cpu().double().numpy()
    bad = ~np.isfinite(array)
    return np.argwhere(bad.reshape(*bad.shape[:axes], -1).any(axis=-1))

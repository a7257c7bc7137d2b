"""States that a run cannot go on from: kept beside its own under other names, never overwritten.

``state.at-6.pt`` was at step 6 of another run; ``state.damaged.pt`` says nothing
that can be trusted. Whoever wants one back gives it its old name.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

MOST = 3
"""States kept aside; a choice: one holds four numbers for every parameter."""


def keep_aside(path: Path, step: int | None, spare: Path | None = None) -> list[str]:
    """Give a state another name, and delete the least of those that were kept before, if too many.

    The least is the one of the fewest steps, for the steps are what a state is worth; among equals
    the oldest. A damaged one counts as none.

    Parameters
    ----------
    path : path
        The state.
    step : int, optional
        Steps that it has done; None for one that is damaged.
    spare : path, optional
        One that is not deleted and does not count: a run is about to go on from it.

    Returns
    -------
    list of str
        What was done, a few words each.
    """
    word = "damaged" if step is None else f"at-{step}"
    names = (f"{path.stem}.{word}{n}{path.suffix}" for n in _numbers())
    kept = next(place for place in map(path.with_name, names) if not place.exists())
    others = sorted(
        (place for place in kept_aside(path) if place != spare),
        key=lambda place: (steps_of(place), place.stat().st_mtime),
    )
    path.rename(kept)
    done = [f"kept as {kept.name}"]
    for place in others[: max(len(others) + 1 - MOST, 0)]:
        place.unlink()
        done.append(f"{place.name} deleted, as more than {MOST} were kept")
    return done


def kept_aside(path: Path) -> list[Path]:
    """The states kept beside ``path``, in no order."""
    name = re.compile(rf"{re.escape(path.stem)}\.(damaged|at-\d+)(-\d+)?{re.escape(path.suffix)}")
    return [place for place in path.parent.iterdir() if name.fullmatch(place.name)]


def steps_of(place: Path) -> int:
    """The steps that a kept state has done, as its name says; of a damaged one -1."""
    found = re.search(r"\.at-(\d+)", place.name)
    return int(found[1]) if found else -1


def _numbers() -> itertools.chain[str]:
    """Nothing, then -2, -3, ...: what tells states of one name apart."""
    return itertools.chain([""], (f"-{n}" for n in itertools.count(2)))

"""What a mean and its spread are over: trainings of a process, or samples of its only one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd


def by_run(group: pd.DataFrame, columns: Sequence[Any]) -> pd.DataFrame:
    """The values that are averaged, a line each: of trainings where there are several.

    Networks of different seeds differ more than samples of one network, so the spread of a process
    that was trained several times is that of its trainings, each of which counts with its mean over
    sampling seeds. Of one training, and of images that no network made, every seed counts.

    Parameters
    ----------
    group : DataFrame
        Rows of one process: ``training_seed`` and the columns.
    columns : sequence
        Columns of numbers.
    """
    if group["training_seed"].nunique() > 1:
        return group.groupby("training_seed")[list(columns)].mean()
    return group[list(columns)]


def without_trainings(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows in which what no network made stands once, and under no training.

    Corrupted priors of a seed are the same images for every network that starts from them.
    """
    found, seen = [], set()
    for row in rows:
        if row["images"] != "prior":
            found.append(dict(row))
            continue
        states = (row["process"], row["peclet"], row["prior"], row["seed"])
        if states not in seen:
            found.append({**row, "training_seed": None})
        seen.add(states)
    return found


def over_seeds(n_trainings: int, n_seeds: int) -> str:
    """What the numbers of a row are, over its training and its sampling seeds."""
    if n_trainings > 1:
        each = f"the mean over {n_seeds} sampling seeds" if n_seeds > 1 else "one sampling seed"
        return (
            f"mean ± standard deviation over {n_trainings} training seeds, of each {each} (of "
            "corrupted priors and real images, which no network makes, over sampling seeds)"
        )
    if n_seeds == 1:
        return "one sampling seed, so no spread"
    return f"mean ± standard deviation over {n_seeds} sampling seeds"

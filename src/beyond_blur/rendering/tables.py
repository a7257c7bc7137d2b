"""The table of the paper: one row per process and Peclet number, mean and spread over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from beyond_blur.features.extractor import is_fid
from beyond_blur.metrics import catalogue
from beyond_blur.rendering.row_checks import IMAGE_SETS, Wanted, check_rows
from beyond_blur.rendering.runs import by_run, without_trainings

CEILING = "held-out against train"


FLOORS = {"prior": "corrupted prior", "one_step": "one-step reconstruction"}


HELD_OUT = " (held-out prior)"


FACTS = (
    "images",
    "prior",
    "reference",
    "feature_dim",
    "n_trainings",
    "n_seeds",
    "n_samples",
    "n_reference",
    "extractor",
    "nearest_k",
)
"""What a row's numbers are of, and what they were measured with."""


def column_names() -> list[str]:
    """Columns of the table: the row's name, means, spreads, and what they were measured with."""
    metrics = catalogue.columns()
    spreads = (f"{metric}_std" for metric in metrics)
    return ["process", "peclet", *metrics, *spreads, *catalogue.errors(), *FACTS]


def row_name(row: dict[str, Any]) -> str:
    """What a row is called: the process, or the floor or ceiling it stands for."""
    if row["images"] == "train":
        return CEILING
    name = f"{row['process']}{HELD_OUT if row['prior'] == 'held_out' else ''}"
    floor = FLOORS.get(row["images"])
    return f"{floor}, {name}" if floor else name


def base_name(name: str) -> str:
    """The process a row belongs to, without floor and prior."""
    return name.split(", ")[-1].removesuffix(HELD_OUT)


def table(rows: list[dict[str, Any]], wanted: Sequence[Wanted] | None = None) -> pd.DataFrame:
    """Gather the metrics of every training and seed into one row per process and Peclet number.

    Parameters
    ----------
    rows : list of dict
        Rows of the metrics files, one per image set and seed.
    wanted : sequence of (process, peclet, prior, training_seed, seed), optional
        What there have to be rows of, see `row_checks.check_rows`.

    Returns
    -------
    DataFrame
        Columns `column_names`. ``fid``, ``fid_infinity`` and ``kid`` are filled for Inception
        features only; of any other features the same numbers stand under names of their own
        (`catalogue.inception_names`). Spreads are sample standard deviations over training seeds
        where there are several (`runs.by_run`), else over sampling seeds; empty for a single one.
        Samples first, then floors, then the ceiling.

    Raises
    ------
    ValueError
        For rows that a table would be wrong of, as `row_checks.check_rows` says.
    """
    check_rows(rows, wanted)
    metrics, errors = catalogue.columns(), catalogue.errors()
    names = dict.fromkeys([*rows[0], *metrics, *errors, *FACTS])
    rows = without_trainings(rows)
    frame = pd.DataFrame(rows).reindex(columns=names)
    frame["order"] = frame["images"].map(IMAGE_SETS.index)
    frame["name"] = [row_name(row) for row in rows]
    frame = by_extractor(frame.astype(dict.fromkeys((*metrics, "peclet"), float)))
    # One process keeps the place of its first row; within it the Peclet numbers rise.
    place = {name: i for i, name in enumerate(dict.fromkeys(frame["name"]))}
    frame["place"] = frame["name"].map(place)
    groups = frame.groupby(["order", "place", "name", "peclet"], dropna=False, sort=True)
    lines = []
    for (_, _, name, peclet), group in groups:
        line = {"process": name, "peclet": peclet}
        values = by_run(group, metrics)
        line |= {m: values[m].mean() for m in metrics}
        line |= {f"{m}_std": values[m].std() for m in metrics}
        line |= {fact: group[fact].iloc[0] for fact in FACTS}
        line |= {error: group[error].mean() for error in errors}
        counts = {"n_trainings": "training_seed", "n_seeds": "seed"}
        lines.append(line | {count: group[column].nunique() for count, column in counts.items()})
    return pd.DataFrame(lines, columns=column_names())


def by_extractor(frame: pd.DataFrame) -> pd.DataFrame:
    """Move the distances of Inception's features to the names that are theirs alone."""
    frame = frame.copy()
    inception = frame["extractor"].map(is_fid).astype(bool)
    for name, plain_name in catalogue.inception_names().items():
        frame[name] = frame[plain_name].where(inception)
        frame[plain_name] = frame[plain_name].where(~inception)
    return frame


def to_csv(frame: pd.DataFrame) -> str:
    """The table with six significant digits: the same result is the same text."""
    return str(frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def printed(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that are printed, with the metrics that are merged of several columns.

    The floors of held-out priors differ little from those of training priors: the CSV has them.
    """
    frame = frame[~(frame["images"].isin(FLOORS) & (frame["prior"] == "held_out"))].copy()
    for metric in catalogue.merged():
        for end in ("", "_std"):
            first, *others = (frame[f"{column}{end}"] for column in metric.merges)
            for other in others:
                first = first.fillna(other)
            frame[f"{metric.name}{end}"] = first
    return frame

"""Tables of the workflow as CSV, read back for figures: whole, with every column, or refused."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur.features.extractor import is_fid
from beyond_blur.metrics import catalogue
from beyond_blur.metrics.column import Column, row_fault
from beyond_blur.rendering.row_checks import FACTS
from beyond_blur.storage.atomic import ArtifactError

if TYPE_CHECKING:
    import pandas as pd

SIZE = Column("whole", low=1)

OF_ONE_RUN = ("process", "training_seed", "seed")
"""What only a row of one training and seed says; in a table the process has more in its name."""


def table_columns() -> dict[str, Column]:
    """What the columns of ``table1.csv`` and ``study.csv`` may hold."""
    listed = [metric for metric in catalogue.METRICS if not metric.merges]
    metrics = {m.name: Column("number", m.low, m.high, always=False) for m in listed}
    spreads = {f"{m.name}_std": Column("number", low=0, always=False) for m in listed}
    errors = {name: Column("number", low=0) for name in catalogue.errors()}
    facts = {name: column for name, column in FACTS.items() if name not in OF_ONE_RUN}
    counts = {"n_trainings": Column("whole", low=0), "n_seeds": SIZE}
    return {"process": Column("text"), **metrics, **spreads, **errors, **facts, **counts}


def table_fault(line: Mapping[str, Any]) -> str | None:
    """What is wrong with a line of a table: a value, a metric that is missing, or a spread."""
    fault = row_fault(line, table_columns())
    if fault is not None:
        return fault
    earned = catalogue.inception_names()
    inception = is_fid(line["extractor"])
    other = set(earned.values()) if inception else set(earned)
    for metric in catalogue.METRICS:
        if metric.merges:
            continue
        empty = line[metric.name] is None
        if metric.name in other and not empty:
            return f"{metric.name} has a value, which features of {line['extractor']} do not earn"
        if empty and metric.always and metric.name not in other:
            return f"{metric.name} is missing"
        has_spread = line[f"{metric.name}_std"] is not None
        n_trainings, n_seeds = line["n_trainings"], line["n_seeds"]
        if has_spread != (not empty and max(n_trainings, n_seeds) > 1):
            return (
                f"{metric.name}_std does not fit n_trainings = {n_trainings}, n_seeds = {n_seeds}"
            )
    return None


def read_csv(path: Path | str, columns: Iterable[str] = ()) -> pd.DataFrame:
    """A CSV file that has its last line and as many values in every line as there are heads.

    Parameters
    ----------
    path : path
    columns : iterable of str
        Columns that it must have; others may stand beside them.

    Raises
    ------
    ArtifactError
        For a file that is missing, no text, cut off, without lines, or without a column.
    """
    import pandas as pd

    try:
        text = Path(path).read_text(encoding="utf-8")
        lines = list(csv.reader(text.splitlines(), strict=True))
        fault = shape_fault(lines, columns) if text.endswith("\n") else "has no end"
        if fault is not None:
            raise ArtifactError(f"{path} {fault}: it is cut off or damaged; delete it and rerun")
        return pd.read_csv(path, encoding="utf-8")
    except FileNotFoundError as error:
        raise ArtifactError(f"{path} does not exist") from error
    except (UnicodeDecodeError, csv.Error, pd.errors.ParserError) as error:
        raise ArtifactError(f"{path} is no CSV file ({error}): delete it and rerun") from error


def shape_fault(lines: Sequence[Sequence[str]], columns: Iterable[str]) -> str | None:
    """What is wrong with the heads and the lengths of the lines of a table, or None."""
    heads = lines[0]
    if len(set(heads)) < len(heads):
        return "has a column twice"
    lacking = [name for name in columns if name not in heads]
    if lacking:
        return f"has no column {lacking[0]}"
    if len(lines) < 2:
        return "has no lines"
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(heads):
            return f"has {len(line)} values in line {number} for {len(heads)} columns"
    return None


def lines_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The lines of a table as plain values, None where a cell is empty."""
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in line.items()} for line in records]

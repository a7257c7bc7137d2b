"""Whether tables follow from the numbers that lie beside them: they are made again and compared."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from beyond_blur.config import Experiment, plan
from beyond_blur.config.evaluation_specs import Row, table_spec
from beyond_blur.storage.atomic import ArtifactError, read_text
from beyond_blur.verification import gathered
from beyond_blur.verification.findings import Finding
from beyond_blur.verification.inputs import Files

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 1.01e-5
"""Relative difference of two numbers of six digits that stand for the same: machines round the
last one differently."""


TABLES = ("table1.csv", "study.csv")
"""What a run is for: at least one of them is in every archive."""


def tables_in(folder: Path) -> list[str]:
    """Those of `TABLES` that results have; a run of the target ``study`` alone has its own only."""
    return [table for table in TABLES if (folder / table).exists()]


def other_numbers(folder: Path, experiment: Experiment, table: str) -> list[Finding]:
    """What is to be said of a table that is not what the numbers beside it give.

    Parameters
    ----------
    folder : path
        Of results with this table, whose files are sound.
    experiment : Experiment
    table : str
        One of `TABLES`.

    Raises
    ------
    ValueError
        For numbers that are missing, or no rows of this table.
    """
    if table == "study.csv":
        rows, files, preset = plan.study_rows(experiment), gathered.study(experiment, {}), "study"
    else:
        rows, files = plan.table_rows(experiment), gathered.table(experiment, {})
        preset = plan.table_title(experiment)
    real: list[Row] = [(None, None, seed) for seed in experiment.sampling.seeds]
    frame = made(folder, experiment, [*rows, *real], files)
    methods = experiment.evaluation.table_methods
    return list(_compared(folder, table.removesuffix(".csv"), frame, preset, methods))


def made(folder: Path, experiment: Experiment, rows: list[Row], files: Files) -> pd.DataFrame:
    """The table of these rows, from their numbers.

    Raises
    ------
    ValueError
        For numbers that are missing, or no rows of this table.
    """
    from beyond_blur.rendering import tables
    from beyond_blur.rendering.given import Given
    from beyond_blur.rendering.number_loading import table_rows

    given = Given([str(folder / path) for path in files["metrics"]])
    return tables.table(table_rows(given, table_spec(experiment, rows)))


def _compared(
    folder: Path, name: str, frame: pd.DataFrame, preset: str, methods: Literal["rows", "columns"]
) -> Iterator[Finding]:
    """A finding for each text of a table in which something else stands."""
    from beyond_blur.rendering import table_formats, tables

    texts = {f"{name}.csv": tables.to_csv(frame)}
    for ending, write in table_formats.TEXTS.items():
        texts[f"{name}.{ending}"] = write(frame, preset, methods)
    for path, wanted in texts.items():
        try:
            found = read_text(folder / path)
        except ArtifactError as error:
            yield Finding("damaged", path, str(error).removeprefix(f"{folder / path} "))
            continue
        for number, lines in enumerate(zip_longest(found.splitlines(), wanted.splitlines()), 1):
            theirs, ours = lines
            if not same_line(theirs or "", ours or ""):
                words = f"line {number} is not what the numbers beside it give ({shown(*lines)})"
                yield Finding("stale", path, words)
                break


def same_line(a: str, b: str) -> bool:
    """Whether two lines of a CSV say the same, but for the last digit of a number."""
    cells, others = a.split(","), b.split(",")
    return len(cells) == len(others) and all(map(same_cell, cells, others))


def same_cell(a: str, b: str) -> bool:
    """Whether two texts are the same, or numbers that differ in their rounding only."""
    if a == b:
        return True
    try:
        return math.isclose(float(a), float(b), rel_tol=ROUNDING)
    except ValueError:
        return False


def shown(theirs: str | None, ours: str | None) -> str:
    """The first place in which two lines differ."""
    if theirs is None or ours is None:
        return "a line is missing" if theirs is None else "a line too many"
    pairs = zip_longest(theirs.split(","), ours.split(","), fillvalue="nothing")
    a, b = next(pair for pair in pairs if not same_cell(*pair))
    return f"{a[:60]}, not {b[:60]}"

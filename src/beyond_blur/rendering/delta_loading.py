"""Metrics behind the curves over delta, each of samples that were drawn with the delta it names."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from beyond_blur.config import read
from beyond_blur.config.rule_specs import SamplingSpec
from beyond_blur.metrics import catalogue
from beyond_blur.metrics.column import Column, row_fault
from beyond_blur.rendering import delta_sweep, row_checks
from beyond_blur.rendering.given import Given
from beyond_blur.rendering.number_loading import checked_frame, rows_of
from beyond_blur.storage.atomic import ArtifactError

if TYPE_CHECKING:
    import pandas as pd


def over_deltas(given: Given) -> pd.DataFrame:
    """Metrics by delta, which are the files' labels.

    Raises
    ------
    ValueError
        Where there are no files, or a label is no delta.
    ArtifactError
        For a file of samples that were drawn with another delta.
    """
    if not given.files:
        raise ValueError(
            "no metrics to draw over delta: name some in study.deltas, e.g. [0.0125, auto]"
        )
    numbers = []
    files = given.labelled(given.records("metrics"))
    rows_of(given, "metrics", row_checks.metrics_fault)
    for path, (text, record) in zip(given.files, files, strict=True):
        numbers.append((text, checked_delta(path, record, text)))
    return delta_sweep.over_deltas([record["rows"] for _, record in files], numbers)


def checked_delta(path: str, record: dict[str, Any], text: str) -> float:
    """The delta that samples were drawn with, which has to be the one that is asked for.

    Raises
    ------
    ArtifactError
        With both numbers.
    ValueError
        If ``text`` is no delta.
    """
    samples = record["spec"]["samples"]
    if samples is None:
        raise ArtifactError(f"{path} measures real images, which no sampler adds noise to")
    drawn = read(SamplingSpec, samples)
    used = drawn.sampling.step_noise
    if text != "auto":
        try:
            wanted = float(text)
        except ValueError as error:
            raise ValueError(f"--deltas {text}: a number from 0 up, or auto") from error
        if not math.isclose(used, wanted, rel_tol=1e-5, abs_tol=1e-12):
            raise ArtifactError(
                f"{path} measures samples drawn with delta {used:g}, this job those with "
                f"{wanted:g}: it was copied from elsewhere; delete it and rerun"
            )
    return used


def columns() -> dict[str, Column]:
    """What the columns of ``deltas.csv`` may hold."""
    listed = [metric for metric in catalogue.METRICS if not metric.merges]
    metrics = {m.name: Column("number", m.low, m.high, always=False) for m in listed}
    spreads = {f"{m.name}_std": Column("number", low=0, always=False) for m in listed}
    facts = {name: column for name, column in row_checks.FACTS.items() if name in delta_sweep.FACTS}
    counts = dict.fromkeys(("n_trainings", "n_seeds"), Column("whole", low=0))
    of_point = {
        "process": Column("text"),
        "peclet": Column("number", low=0, always=False),
        "prior": Column("text"),
        "delta": Column("number", low=0),
    }
    return {**of_point, **metrics, **spreads, **facts, **counts}


def read_deltas(given: Given) -> pd.DataFrame:
    """The curves over delta in one CSV file."""
    wanted = columns()
    frame = checked_frame(given, [*wanted, "given"], lambda line: row_fault(line, wanted))
    frame["given"] = frame["given"].astype(str)
    return frame

"""Beside the table: intervals of its means, and tests between its rows, corrected by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from beyond_blur.analysis.comparison import holm, mean_interval, welch
from beyond_blur.features.extractor import is_fid
from beyond_blur.metrics import catalogue
from beyond_blur.metrics.metric import Metric
from beyond_blur.rendering import columns
from beyond_blur.rendering.row_checks import Row, check_rows, lines_of
from beyond_blur.rendering.runs import without_trainings
from beyond_blur.rendering.tables import row_name

SEED = 0
"""Of the bootstrap: the same rows give the same intervals."""


INTERVALS = ("process", "peclet", "metric", "mean", "low", "high", "n_runs", "runs", "image_error")
TESTS = (
    "metric", "process", "peclet", "other", "other_peclet", "mean", "other_mean", "difference",
    "n_runs", "other_n_runs", "runs", "p", "p_holm",
)  # fmt: skip


def runs_of(line: Sequence[Row], name: str) -> list[np.ndarray]:
    """A metric's values of each run of a line: of a training, or of a seed of its only one."""
    by_training: dict[Any, list[float]] = {}
    for row in line:
        by_training.setdefault(row["training_seed"], []).append(row[name])
    if len(by_training) > 1:
        return [np.array(values) for values in by_training.values()]
    return [np.array([value]) for values in by_training.values() for value in values]


def what_runs_are(line: Sequence[Row]) -> str:
    """What a run is, of one line."""
    return "trainings" if len({row["training_seed"] for row in line}) > 1 else "sampling seeds"


def metrics_of(line: Sequence[Row], printed: bool = False) -> list[tuple[str, Metric]]:
    """The metrics that a line has values of: the name each was measured under, and its entry."""
    inception = is_fid(str(line[0]["extractor"]))
    earned = {other: name for name, other in catalogue.inception_names().items()}
    by_name = {metric.name: metric for metric in catalogue.METRICS}
    found = []
    for metric in catalogue.measured():
        shown = by_name[earned[metric.name]] if inception and metric.name in earned else metric
        if line[0].get(metric.name) is not None and (shown.printed or not printed):
            found.append((metric.name, shown))
    return found


def intervals(rows: Sequence[Row]) -> pd.DataFrame:
    """The 95 % interval of every mean of the table.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of the metrics files.

    Returns
    -------
    DataFrame
        A line for each row of the table and metric: ``low`` and ``high`` by a bootstrap over runs
        and the sampling seeds within them (`comparison.mean_interval`), empty of a single run;
        ``image_error``, where the metric has one, the mean standard error that other images would
        show.

    Raises
    ------
    ValueError
        As `row_checks.check_rows` does.
    """
    check_rows(rows)
    rng, found = np.random.default_rng(SEED), []
    for line in lines_of(without_trainings(rows)).values():
        for name, metric in metrics_of(line):
            runs = runs_of(line, name)
            low, high = mean_interval(runs, rng) or (None, None)
            errors = [row.get(metric.error) for row in line] if metric.error else []
            known = [float(error) for error in errors if error is not None]
            found.append({
                **whose(line[0]), "metric": metric.name, "mean": mean_of(runs), "low": low,
                "high": high, "n_runs": len(runs), "runs": what_runs_are(line),
                "image_error": float(np.mean(known)) if known else None,
            })  # fmt: skip
    return pd.DataFrame(found, columns=list(INTERVALS))


def tests(rows: Sequence[Row]) -> pd.DataFrame:
    """Whether processes of one table differ: each pair, in each printed metric.

    Returns
    -------
    DataFrame
        A line for each pair of rows of samples that were measured against the same reference, and
        printed metric: Welch's ``p`` of equal means over runs, empty where a row has one run, and
        ``p_holm``, corrected for the number of all p in the table.

    Raises
    ------
    ValueError
        As `row_checks.check_rows` does.
    """
    check_rows(rows)
    lines = [line for line in lines_of(rows).values() if line[0]["images"] == "samples"]
    found = [
        one
        for a, b in combinations(lines, 2)
        if a[0]["reference"] == b[0]["reference"]
        for name, metric in metrics_of(a, printed=True)
        if b[0].get(name) is not None
        for one in [compared(a, b, name, metric)]
    ]
    known = [i for i, one in enumerate(found) if one["p"] is not None]
    for i, p in zip(known, holm([found[i]["p"] for i in known]), strict=True):
        found[i]["p_holm"] = p
    return pd.DataFrame(found, columns=list(TESTS))


def compared(a: Sequence[Row], b: Sequence[Row], name: str, metric: Metric) -> dict[str, Any]:
    """One metric of two rows of the table."""
    runs = [[float(np.mean(values)) for values in runs_of(line, name)] for line in (a, b)]
    means = [float(np.mean(values)) for values in runs]
    other = whose(b[0])
    kinds = dict.fromkeys(map(what_runs_are, (a, b)))
    return {
        "metric": metric.name, **whose(a[0]), "other": other["process"],
        "other_peclet": other["peclet"], "mean": means[0], "other_mean": means[1],
        "difference": means[0] - means[1], "n_runs": len(runs[0]), "other_n_runs": len(runs[1]),
        "runs": " and ".join(kinds), "p": welch(*map(np.array, runs)), "p_holm": None,
    }  # fmt: skip


def whose(row: Row) -> dict[str, Any]:
    """The row of the table that a row of a metrics file belongs to."""
    return {"process": row_name(dict(row)), "peclet": row["peclet"]}


def mean_of(runs: Sequence[np.ndarray]) -> float:
    """The mean over runs, each of which counts with the mean of its values."""
    return float(np.mean([values.mean() for values in runs]))


def to_markdown(intervals: pd.DataFrame, tests: pd.DataFrame) -> str:
    """Both as a page: intervals of the printed metrics of samples, then the tests."""
    by_name = {metric.name: metric for metric in catalogue.METRICS}
    floors = intervals["process"].str.contains(", ") | (intervals["n_runs"] < 2)
    shown = intervals[~floors & intervals["metric"].map(lambda name: by_name[name].printed)]
    heads = ["metric", "row", "Pe", "mean", "95 % over runs", "runs"]
    lines = [interval_line(line, by_name[line["metric"]]) for line in shown.to_dict("records")]
    parts = [columns.markdown(heads, lines, n_left=2), NOTE_OF_INTERVALS]
    heads = ["metric", "row", "Pe", "other", "Pe", "difference", "p", "p (Holm)"]
    judged = tests[tests["p"].notna()]
    compared = [test_line(line, by_name[line["metric"]]) for line in judged.to_dict("records")]
    parts += [columns.markdown(heads, compared, n_left=2), NOTE_OF_TESTS.format(len(judged))]
    return "\n\n".join(parts) + "\n"


def interval_line(line: Mapping[str, Any], metric: Metric) -> list[str]:
    """One line of the page's first table."""
    digits = metric.digits(line["mean"])
    low, high = (f"{line[end]:.{digits}f}" for end in ("low", "high"))
    return [
        metric.title, line["process"], number(line["peclet"]), metric.text(line["mean"]),
        f"{low} to {high}", f"{line['n_runs']} {line['runs']}",
    ]  # fmt: skip


def test_line(line: Mapping[str, Any], metric: Metric) -> list[str]:
    """One line of the page's second table."""
    digits = metric.digits(max(abs(line["mean"]), abs(line["other_mean"])))
    return [
        metric.title, line["process"], number(line["peclet"]), line["other"],
        number(line["other_peclet"]), f"{line['difference']:+.{digits}f}", f"{line['p']:.2g}",
        f"{line['p_holm']:.2g}",
    ]  # fmt: skip


def number(value: Any) -> str:
    """A Peclet number, where there is one."""
    return "" if value is None or pd.isna(value) else f"{value:g}"


NOTE_OF_INTERVALS = (
    "Percentile intervals of a bootstrap over runs and the sampling seeds within them. Of three "
    "runs with one seed each they hold the truth in 75 % of cases at most, of five in 94 %."
)

NOTE_OF_TESTS = (
    "Welch's test of equal means over runs, two-sided, and Holm's correction for all {} tests of "
    "this page. Where runs are sampling seeds it compares these networks, not processes."
)

"""Rows of metrics files, checked before a table or a figure is made of them.

A mean over seeds leaves out what is not there and says nothing. So every row has its keys, every
value its range, and all that is averaged or compared has the same seeds and was measured alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from beyond_blur.config.labels import label
from beyond_blur.metrics import catalogue
from beyond_blur.metrics.column import Column, row_fault

Row = Mapping[str, Any]

Wanted = tuple[str | None, float | None, str | None, int | None, int]
"""Process, Peclet number, kind of prior, training seed and seed of a metrics file; of real images
the seed alone."""

IMAGE_SETS = ("samples", "prior", "one_step", "train")
"""What rows are of, in the order of a table."""

SIZE = Column("whole", low=1)

FACTS = {
    "images": Column("text", choices=IMAGE_SETS),
    "reference": Column("text", choices=("held_out", "train")),
    "extractor": Column("text"),
    "process": Column("text", always=False),
    "peclet": Column("number", low=0, always=False),
    "prior": Column("text", always=False),
    "training_seed": Column("whole", low=0, always=False),
    "seed": Column("whole", low=0),
    **dict.fromkeys(("nearest_k", "n_samples", "n_reference", "feature_dim"), SIZE),
}
"""What a row says beside its metrics."""

OF_ONE_TABLE = ("extractor", "nearest_k", "feature_dim")
"""What all rows of one table have in common."""

OF_ONE_LINE = ("prior", "reference", "n_samples", "n_reference", "frechet_sizes")
"""What all seeds that are averaged have in common, beside that."""


def columns_of_row() -> dict[str, Column]:
    """What a row of a metrics file may hold, by key; metrics as they are called when measured."""
    metrics = {metric.name: metric.column for metric in catalogue.measured()}
    errors = {name: Column(low=0) for name in catalogue.errors()}
    return {**FACTS, **metrics, **errors}


def metrics_fault(row: Any) -> str | None:
    """What is wrong with one row of a metrics file, as the end of a sentence; None if nothing."""
    fault = row_fault(row, columns_of_row())
    if fault is not None:
        return fault
    lacking = next((name for name in FACTS if name not in row), None)
    if lacking is not None:  # those that may be null have to say so
        return f"{lacking} is missing"
    for name in ("process", "training_seed"):
        if (row["images"] == "train") != (row[name] is None):
            return f"{name} is {row[name]!r} where images is {row['images']!r}"
    sizes, distances = (row.get(name) for name in ("frechet_sizes", "frechet_by_size"))
    for name, values, column in (
        ("frechet_sizes", sizes, SIZE),
        ("frechet_by_size", distances, Column(low=0)),
    ):
        if not isinstance(values, list) or not values:
            return f"{name} is no list of numbers"
        fault = next(filter(None, map(column.fault, values)), None)
        if fault is not None:
            return f"{name} holds a value that {fault}"
    return None if len(sizes) == len(distances) else "frechet_sizes and frechet_by_size differ"


def check_rows(rows: Sequence[Row], wanted: Sequence[Wanted] | None = None) -> None:
    """Refuse rows that a table would be wrong of.

    Parameters
    ----------
    rows : sequence of mapping
        Of the metrics files of a table.
    wanted : sequence of (process, peclet, prior, training_seed, seed), optional
        What there has to be files of, each once and no others; those of real images have a seed
        alone. Without it all lines of the table must have the same training and sampling seeds.

    Raises
    ------
    ValueError
        Naming the row: a key that is missing, a value that is no number, not finite or outside its
        range; a row that comes twice; seeds that others have; rows that were not measured alike;
        rows that are wanted and not there, or there and not wanted.
    """
    if not rows:
        raise ValueError("there are no rows: give metrics files of at least one process")
    for row in rows:
        fault = metrics_fault(row)
        if fault is not None:
            raise ValueError(f"{words(row)}: {fault}: delete its metrics file and rerun")
    check_agreement(rows, OF_ONE_TABLE, "one table")
    lines = lines_of(rows)
    for line in lines.values():
        check_line(line)
    if wanted is not None:
        check_wanted(rows, wanted)
    check_seeds(lines)


def lines_of(rows: Sequence[Row]) -> dict[tuple[Any, ...], list[Row]]:
    """The rows of each line of a table, one for each run; held-out priors have their own lines."""
    lines: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        of_held_out = row.get("prior") == "held_out"
        key = (row.get("process"), row.get("peclet"), of_held_out, row["images"])
        lines.setdefault(key, []).append(row)
    return lines


def check_line(line: Sequence[Row]) -> None:
    """Refuse rows that cannot be averaged: a seed twice, or seeds that were measured otherwise."""
    runs = [run_of(row) for row in line]
    twice = next((row for row in line if runs.count(run_of(row)) > 1), None)
    if twice is not None:
        raise ValueError(f"{words(twice)} comes twice: give each metrics file once")
    check_agreement(line, OF_ONE_LINE, "one mean")
    first = line[0]
    for metric in catalogue.measured():
        for row in line[1:]:
            if (row.get(metric.name) is None) != (first.get(metric.name) is None):
                has, lacks = (first, row) if row.get(metric.name) is None else (row, first)
                raise ValueError(
                    f"{words(lacks)} has no {metric.name} and {run_words(has)} has one, so its "
                    "mean would be over fewer seeds: delete both metrics files and rerun"
                )


def check_agreement(rows: Sequence[Row], names: Sequence[str], whole: str) -> None:
    """Refuse rows that differ in what they have in common."""
    first = rows[0]
    for name in names:
        for row in rows[1:]:
            if row.get(name) != first.get(name):
                raise ValueError(
                    f"{words(row)} has {name} {row.get(name)} and {words(first)} has "
                    f"{first.get(name)}: "
                    f"they are not of {whole}; measure both alike"
                )


def check_seeds(lines: Mapping[tuple[Any, ...], Sequence[Row]]) -> None:
    """Refuse lines that lack a training, or a seed of one, that another one has."""
    everyone = [row for line in lines.values() for row in line]
    trainings = {row["training_seed"] for row in everyone} - {None}
    seeds = {row["seed"] for row in everyone}
    for line in lines.values():
        made = trainings if line[0]["training_seed"] is not None else {None}
        missing = {(training, seed) for training in made for seed in seeds} - set(map(run_of, line))
        if missing:
            training, seed = min(missing, key=str)
            raise ValueError(
                f"{words(line[0], seed=False)} has no row of "
                f"{run_words({'training_seed': training, 'seed': seed})}, which others have: "
                "give its metrics file, too, or leave that seed out of all"
            )


def run_of(row: Row) -> tuple[int | None, int]:
    """The training seed, which real images lack, and the seed of a row."""
    return row["training_seed"], row["seed"]


def run_words(row: Row) -> str:
    """What messages call them: the usual training seed, 0, is not said."""
    training = row.get("training_seed")
    return (f"training seed {training}, " if training else "") + f"seed {row.get('seed')}"


def check_wanted(rows: Sequence[Row], wanted: Sequence[Wanted]) -> None:
    """Refuse rows that are wanted and missing, and those that nobody wanted."""
    given = {
        (row["process"], row["peclet"], row.get("prior"), *run_of(row))
        for row in rows
        if row["images"] in ("samples", "train")
    }
    twice = [one for one in dict.fromkeys(wanted) if list(wanted).count(one) > 1]
    for ones, fault in (
        (twice, "is wanted twice"),
        ([one for one in wanted if one not in given], "is missing: make its metrics file"),
        (sorted(given - set(wanted), key=str), "is not of this table: leave its file out"),
    ):
        if ones:
            names = ("process", "peclet", "prior", "training_seed", "seed")
            row = {"images": "samples", **dict(zip(names, ones[0], strict=True))}
            more = f" (and {len(ones) - 1} more)" if len(ones) > 1 else ""
            raise ValueError(f"{words(row)}{more} {fault}")


def words(row: Any, seed: bool = True) -> str:
    """What a row is called in messages, as far as it says so itself."""
    if not isinstance(row, Mapping) or "images" not in row:
        return "a row"
    process, peclet = row.get("process"), row.get("peclet")
    number = peclet if isinstance(peclet, int | float) else None
    name = label(process, number) if isinstance(process, str) else "real images"
    prior = f", prior {row['prior']}" if row.get("prior") is not None else ""
    images = f", {row['images']}" if row["images"] not in ("samples", "train") else ""
    return f"{name}{prior}{images}" + (f", {run_words(row)}" if seed else "")

"""The printed table as heads, groups and rows: methods as rows, or as columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from beyond_blur.metrics.metric import Metric
from beyond_blur.rendering.printed_table import Cell, Line, Printed, content

Methods = Literal["rows", "columns"]


@dataclass(frozen=True)
class Head:
    """What stands over a column, or before a row.

    Attributes
    ----------
    text : str
    title : str
        The same in full.
    better : str, optional
        Which way is better, of a metric.
    """

    text: str
    title: str = ""
    better: str | None = None


@dataclass(frozen=True)
class Row:
    """One row: what it is of, and its numbers."""

    heads: tuple[Head, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """The table as it is drawn.

    Attributes
    ----------
    heads : tuple of Head
        Of all columns, the first ones those of words.
    groups : dict of str to list of Row
    note : str
    """

    heads: tuple[Head, ...]
    groups: dict[str, list[Row]]
    note: str

    @property
    def n_left(self) -> int:
        """Columns of words, before those of numbers."""
        return len(next(iter(self.groups.values()))[0].heads)

    @property
    def texts(self) -> list[str]:
        """The heads as texts."""
        return [head.text for head in self.heads]


def sheet(frame: pd.DataFrame, preset: str = "", methods: Methods = "rows") -> Sheet:
    """The table to be drawn.

    Parameters
    ----------
    frame, preset
        As of `printed_table.content`.
    methods : {"rows", "columns"}
        What methods are; metrics are the other. As columns, each method at each Peclet number is
        one, in every group of rows, and the best of a metric is the best of its row.
    """
    table = content(frame, preset)
    return upright(table) if methods == "rows" else turned(table)


def upright(table: Printed) -> Sheet:
    """A row for each method."""
    heads = (
        Head("method", "method"),
        Head("Pe", "Péclet number"),
        *map(head_of, table.metrics),
    )
    groups = {
        heading: [Row((Head(line.name), Head(line.peclet)), line.cells) for line in group]
        for heading, group in table.groups.items()
    }
    return Sheet(heads, groups, table.note)


def turned(table: Printed) -> Sheet:
    """A column for each method; without a number where a group has none of it."""
    methods = dict.fromkeys(name_of(line) for group in table.groups.values() for line in group)
    groups = {}
    for heading, group in table.groups.items():
        lines = {name_of(line): line for line in group}
        groups[heading] = list(metric_rows(table.metrics, [lines.get(name) for name in methods]))
    note = table.note.replace("Best of each column", "Best of each row")
    heads = (Head("metric", "metric"), *(Head(name, name) for name in methods))
    return Sheet(heads, groups, note)


def metric_rows(metrics: tuple[Metric, ...], lines: list[Line | None]) -> Iterator[Row]:
    """A row for each metric that one of the lines has a value of."""
    for i, metric in enumerate(metrics):
        cells = tuple(Cell() if line is None else line.cells[i] for line in lines)
        if any(cell.mean for cell in cells):
            yield Row((head_of(metric),), cells)


def name_of(line: Line) -> str:
    """A method with its Peclet number, where it has one."""
    return f"{line.name}, Pe = {line.peclet}" if line.peclet else line.name


def head_of(metric: Metric) -> Head:
    """A metric's name."""
    return Head(metric.heading or metric.title, metric.title, metric.better)

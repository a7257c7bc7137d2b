"""What the printed table says, in whatever format: groups of rows, cells, the best, and notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from beyond_blur.config.experiment import SMOKE
from beyond_blur.config.labels import TITLES, title
from beyond_blur.metrics import catalogue
from beyond_blur.metrics.metric import Metric
from beyond_blur.rendering import paper_table
from beyond_blur.rendering.runs import over_seeds
from beyond_blur.rendering.tables import CEILING, HELD_OUT, base_name, printed


@dataclass(frozen=True)
class Cell:
    """One number of the table.

    Attributes
    ----------
    mean : str
        As printed; empty where there is no value.
    spread : str
        With as many decimals; empty of a single run.
    best : bool
        Whether no rival has a better mean, as printed.
    """

    mean: str = ""
    spread: str = ""
    best: bool = False

    def text(self, sign: str, bold: str = "{}") -> str:
        """The mean with its spread, e.g. ``0.812 ± 0.004``.

        Parameters
        ----------
        sign : str
            Between mean and spread.
        bold : str
            Format of the best.
        """
        text = f"{self.mean} {sign} {self.spread}" if self.spread else self.mean
        return bold.format(text) if self.best else text


@dataclass(frozen=True)
class Line:
    """One row: a process, its Peclet number where it has one, and a cell for every metric."""

    name: str
    peclet: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Printed:
    """The printed table.

    Attributes
    ----------
    metrics : tuple of Metric
        Those that have a value, distances first, as in the paper.
    groups : dict of str to list of Line
        Methods, then the paper's rows where they belong beside them, then floors and ceiling.
    note : str
        What the numbers were measured with, and what to beware of.
    """

    metrics: tuple[Metric, ...]
    groups: dict[str, list[Line]]
    note: str


GROUPS = {
    "samples": "Samples",
    "prior": "Floor: the corrupted images that sampling starts from",
    "one_step": "Floor: the guess after one network call",
    "train": "Ceiling: real images in the samples' place",
}
"""Headings over the rows of each set of images."""


def content(frame: pd.DataFrame, preset: str = "") -> Printed:
    """What the table says.

    Parameters
    ----------
    frame : DataFrame
        As `tables.table` makes it.
    preset : str
        `plan.table_title`: decides whether the paper's rows belong beside ours.
    """
    rows = printed(frame)
    metrics = tuple(m for m in catalogue.printed() if rows[m.name].notna().any())
    best = best_rows(rows, metrics)
    groups = {}
    for images, heading in GROUPS.items():
        chosen = rows[rows["images"] == images]
        if len(chosen):
            groups[heading] = [line_of(row, metrics, best) for _, row in chosen.iterrows()]
        if images == "samples" and paper_table.belongs_to(preset, frame):
            groups[paper_table.HEADING] = [
                Line(name, peclet, tuple(map(Cell, cells)))
                for name, peclet, *cells in paper_table.lines(metrics)
            ]
    return Printed(metrics, groups, note(frame, preset, any(best.values())))


def line_of(row: pd.Series, metrics: tuple[Metric, ...], best: dict[str, set[int]]) -> Line:
    """One row; under its group's heading it needs no more than its process's name."""
    process = row["process"]
    held_out = HELD_OUT if process.endswith(HELD_OUT) else ""
    name = process if process == CEILING else f"{title(base_name(process))}{held_out}"
    peclet = "" if pd.isna(row["peclet"]) else f"{row['peclet']:g}"
    return Line(name, peclet, tuple(cell(row, m, row.name in best[m.name]) for m in metrics))


def cell(row: pd.Series, metric: Metric, best: bool) -> Cell:
    """A mean and its spread, with the mean's decimals."""
    mean, std = row[metric.name], row[f"{metric.name}_std"]
    if pd.isna(mean):
        return Cell()
    digits = metric.digits(mean)
    return Cell(f"{mean:.{digits}f}", "" if pd.isna(std) else f"{std:.{digits}f}", best)


def best_rows(frame: pd.DataFrame, metrics: tuple[Metric, ...]) -> dict[str, set[int]]:
    """The best rows of every metric among the processes measured against the same reference.

    All whose mean is printed as that of the best; none where there are no two to compare. Floors
    and ceiling do not compete, nor do held-out priors, whose reference is another.
    """
    competing = frame[(frame["images"] == "samples") & (frame["prior"] != "held_out")]
    found: dict[str, set[int]] = {metric.name: set() for metric in metrics}
    for metric in metrics:
        column = competing[metric.name].dropna().astype(float)
        if metric.better is None or len(column) < 2:
            continue
        best = column.min() if metric.better == "lower" else column.max()
        texts = column.map(metric.text)
        found[metric.name] = set(texts.index[texts == metric.text(best)])
    return found


SMALL = (
    "A smoke run: networks, steps and counts are as small as they can be, so that these numbers "
    "say that everything works and nothing else."
)


def note(frame: pd.DataFrame, preset: str = "", marked: bool = True) -> str:
    """What the numbers were measured with, and what to beware of."""
    first = frame.iloc[0]
    name = "FID" if frame["fid"].notna().any() else "Fréchet distance (not FID)"
    sentences = [
        *([SMALL] if preset.endswith(SMOKE) else []),
        f"{name} on features of extractor `{first['extractor']}`; precision, recall, density and "
        f"coverage with k = {first['nearest_k']}; {first['n_samples']} samples against "
        f"{first['n_reference']} held-out images; "
        f"{over_seeds(first['n_trainings'], first['n_seeds'])}.",
        *(["Best of each column in bold, all that are printed alike."] if marked else []),
        *remarks(frame),
        *([paper_table.PROTOCOL] if paper_table.belongs_to(preset, frame) else []),
    ]
    return " ".join(sentences)


def remarks(frame: pd.DataFrame) -> Iterator[str]:
    """What a reader of these rows has to know beside their numbers."""
    fewest, dim = frame[["n_samples", "n_reference"]].min().min(), frame["feature_dim"].max()
    if fewest <= dim:
        yield (
            f"Only {fewest:.0f} images for {dim:.0f} feature dimensions: the distance is mostly "
            "bias, so compare it within this table only, and prefer the kernel distance in the CSV."
        )
    flows = frame["process"].map(base_name).map(title).eq(TITLES["advection_diffusion"])
    if (flows & frame["peclet"].eq(0)).any():
        yield "Beyond Blur at Pe = 0: no flow, the blur alone; IHDM by another solver."
    if frame["copy_share"].notna().any() or frame["held_out_copy_share"].notna().any():
        yield (
            "Copies: share of samples whose nearest image, by features and among the images that "
            "priors were made of, is the very image their own prior was made of."
        )
    if (frame["prior"] == "held_out").any():
        yield (
            "Rows with a held-out prior are measured against as many training images, so that no "
            "row is measured against the images its priors were made of; they do not compete."
        )

"""Rows of the table as figures show them: by process, kind of prior and Peclet number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from matplotlib.lines import Line2D

from beyond_blur.config.labels import label, title
from beyond_blur.metrics import catalogue
from beyond_blur.metrics.metric import Metric
from beyond_blur.rendering.looks import NO_FLOW, REAL, Look, looks
from beyond_blur.rendering.tables import CEILING, FLOORS, base_name

FLOOR_STYLES: dict[str, tuple[str, Any]] = {"prior": ("x", ":"), "one_step": ("+", (0, (1, 3)))}
"""Marker and line of each floor."""


def drawn_metrics(frame: pd.DataFrame, figure: str) -> list[Metric]:
    """The metrics that a figure shows, a distance under the one name that its features earn it.

    Of what not every row has to have, such as copies of priors that were made of images, only what
    some row has.

    Parameters
    ----------
    frame : DataFrame
        The metrics' values, in columns.
    figure : str
        Name of the figure in the catalogue.
    """

    def is_measured(name: str) -> bool:
        return name in frame and bool(frame[name].notna().any())

    drawn, earned = catalogue.drawn_in(figure), catalogue.inception_names()
    drawn = [metric for metric in drawn if metric.always or is_measured(metric.name)]
    not_earned = {name for name in earned if not is_measured(name)}
    replaced = {other for name, other in earned.items() if name not in not_earned}
    return [metric for metric in drawn if metric.name not in not_earned | replaced]


def labelled(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with the ``title`` of their process, its ``label``, and whether priors are held out.

    Real images have neither title nor label.
    """
    names = frame["process"].map(base_name)
    titles = names.map(title).mask(frame["images"] == "train", "")
    texts = map(label, titles, frame["peclet"])
    held_out = frame["prior"].eq("held_out")
    return frame.assign(title=titles, label=list(texts), held_out=held_out)


def looks_in(frame: pd.DataFrame) -> dict[str, Look]:
    """The look of every process of `labelled` rows, by label and, for a path over Pe, by title."""
    of_process = frame[frame["images"] != "train"]
    return looks([*of_process["title"], *of_process["label"]])


def branches(frame: pd.DataFrame, images: str) -> Iterator[tuple[str, bool, pd.DataFrame]]:
    """Title, whether priors are held out, and `labelled` rows by rising Peclet number."""
    rows = frame[frame["images"] == images]
    for (name, held_out), group in rows.groupby(["title", "held_out"], sort=False):
        yield name, held_out, group.sort_values("peclet")


def legend_of_processes(frame: pd.DataFrame) -> list[Line2D]:
    """Processes by colour and marker; where a path has a Pe = 0, that has a look of its own."""
    samples = frame[frame["images"] == "samples"]
    look_of, texts = looks_in(samples), []
    for name in dict.fromkeys(samples["title"]):
        points = dict.fromkeys(samples.loc[samples["title"] == name, "label"])
        still = [text for text in points if look_of[text] == NO_FLOW]
        texts += [*points] if len(points) == 1 else [name, *still]
    return [mark(look_of[text], text) for text in texts]


def mark(look: Look, text: str) -> Line2D:
    """One entry of a legend."""
    return Line2D([], [], color=look.colour, marker=look.marker, label=text)


def legend_of_rows(frame: pd.DataFrame, line: str = "-") -> list[Line2D]:
    """What is not told by colour: held-out priors, the floors and the ceiling."""
    handles = []
    if frame["held_out"].any():
        handles.append(
            Line2D([], [], color=REAL, marker="o", linestyle="--" if line else "", fillstyle="none",
                   label="held-out prior")
        )  # fmt: skip
    for floor, (marker, style) in FLOOR_STYLES.items():
        if (frame["images"] == floor).any():
            look: dict[str, Any] = {"marker": marker, "linestyle": style if line else ""}
            handles.append(Line2D([], [], color=REAL, label=FLOORS[floor], **look))
    if (frame["images"] == "train").any():
        handles.append(Line2D([], [], color=REAL, linewidth=1, label=f"real: {CEILING}"))
    return handles

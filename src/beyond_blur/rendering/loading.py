"""What figures are drawn from, read from files: one function for every kind of input.

Each takes a `Given` and returns what the drawing functions take. `figures.INPUTS` names them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from beyond_blur import finite
from beyond_blur.config.rule_specs import TrajectorySpec, from_json
from beyond_blur.data.pixels import to_float
from beyond_blur.rendering import amplitude_checks, csv_files, row_checks
from beyond_blur.storage import artifacts, atomic
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.contents import GRID, IMAGES, MARKS, NUMBERS, STRIPS, array_of

if TYPE_CHECKING:
    import pandas as pd

    from beyond_blur.analysis.photograph import SpectrumPanel
    from beyond_blur.analysis.profiles import ProfileStates
    from beyond_blur.rendering.panels import Panel
    from beyond_blur.rendering.strips import Strips

Fault = Callable[[Any], str | None]
"""What is wrong with a row or a line, as the end of a sentence; None where nothing is."""

N_IMAGES = 64
"""Images of each grid of samples."""


@dataclass(frozen=True)
class Given:
    """What the command line gives a figure.

    Attributes
    ----------
    files : sequence of str
    labels : sequence of str
        What each file, or each process, is called; none where the files say so themselves.
    specs : sequence of str
        Processes as JSON, for a figure that computes what it shows.
    """

    files: Sequence[str]
    labels: Sequence[str] = ()
    specs: Sequence[str] = ()

    def labelled(self, things: Sequence[Any]) -> list[tuple[str, Any]]:
        """Things with their labels, one each.

        Raises
        ------
        ValueError
            If there are more of one than of the other.
        """
        if len(self.labels) != len(things):
            raise ValueError(
                f"--labels has {len(self.labels)} labels for {len(things)} inputs: give one each"
            )
        return list(zip(self.labels, things, strict=True))


def images(given: Given) -> list[tuple[str, np.ndarray]]:
    """The first real images or samples of each file: (label, float32 (n, c, h, w) in [0, 1])."""
    found = []
    for path in given.files:
        kind = artifacts.read_manifest(path)["kind"]
        name = "samples" if kind == "samples" else "images"
        pixels = array_of(artifacts.load(path, kind).arrays, name, IMAGES, path)
        found.append(to_float(pixels[:N_IMAGES]))
    return given.labelled(found)


def strips(given: Given) -> list[Strips]:
    """Forward and reverse strips of every process."""
    from beyond_blur.rendering.strips import Strips

    found = []
    for path in given.files:
        arrays = artifacts.load(path, "trajectory").arrays
        levels = array_of(arrays, "levels", NUMBERS, path)
        ways = [array_of(arrays, name, STRIPS, path) for name in ("forward", "backward")]
        for way in ways:
            finite.check(way, f"{path}: states", "make the file again")
            if way.shape[1] != len(levels):
                raise ArtifactError(
                    f"{path}: states of {way.shape[1]} levels for {len(levels)} levels: delete it "
                    "and rerun"
                )
        found.append((*ways, levels))
    return [Strips(label, *strip) for label, strip in given.labelled(found)]


def neighbours(given: Given) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Samples over their nearest training images: (label, images, copies) of every process."""
    found = []
    for path in given.files:
        arrays = artifacts.load(path, "neighbours").arrays
        pictures = array_of(arrays, "images", STRIPS, path)
        found.append((pictures, array_of(arrays, "copies", MARKS, path, len(pictures))))
    return [(label, *both) for label, both in given.labelled(found)]


def panels(given: Given) -> list[Panel]:
    """What the verb explore kept of every network."""
    from beyond_blur.rendering.panels import Panel

    found = []
    for path in given.files:
        file = artifacts.load(path, "exploration")
        lacks = {"rows", "columns", "title"} - set(file.manifest)
        if lacks:
            raise ArtifactError(f"{path} does not say its {min(lacks)}: delete it and rerun")
        facts = (file.manifest[name] for name in ("rows", "columns", "title"))
        found.append(Panel(to_float(array_of(file.arrays, "images", GRID, path)), *facts))
    return found


def histories(given: Given) -> list[tuple[str, pd.DataFrame]]:
    """The losses of every training run, by step."""
    return given.labelled([read_history(path) for path in given.files])


def read_history(path: str) -> pd.DataFrame:
    """The losses of one training run, by step.

    Raises
    ------
    ArtifactError
        For a file that is missing, empty, no JSON lines, or without the losses.
    """
    import pandas as pd

    try:
        with Path(path).open(encoding="utf-8") as file:
            history = pd.read_json(file, lines=True)
    except FileNotFoundError as error:
        raise ArtifactError(f"{path} does not exist") from error
    except ValueError as error:
        raise ArtifactError(f"{path} is no history of a training ({error})") from error
    lacks = [name for name in ("step", "loss", "loss_per_band") if name not in history]
    if lacks or not len(history):
        raise ArtifactError(f"{path} holds no {lacks[0] if lacks else 'step'} of a training")
    return history


def table(given: Given) -> pd.DataFrame:
    """The table, or that of the study, in one CSV file."""
    return checked_frame(given.files[0], csv_files.table_columns(), csv_files.table_fault)


def amplitudes(given: Given) -> pd.DataFrame:
    """The amplitudes of terminal states in one CSV file."""
    columns = amplitude_checks.AMPLITUDE_COLUMNS
    return checked_frame(given.files[0], columns, amplitude_checks.amplitude_fault)


def checked_frame(path: str, columns: Iterable[str], fault_of: Fault) -> pd.DataFrame:
    """A table in a CSV file.

    Raises
    ------
    ArtifactError
        For a file that is cut off or no CSV, or that lacks a column, or has a value that cannot be.
    """
    frame = csv_files.read_csv(path, columns)
    check_each(path, "line", csv_files.lines_of(frame), fault_of)
    return frame


def rows(given: Given) -> list[dict[str, Any]]:
    """Rows of the metrics of every seed.

    Raises
    ------
    ValueError
        As `rows_of` and `row_checks.check_rows` do.
    """
    found = [row for path in given.files for row in rows_of(path, row_checks.metrics_fault)]
    row_checks.check_rows(found)
    return found


def amplitude_rows(given: Given) -> list[dict[str, Any]]:
    """Rows of the amplitudes of every process; errors as of `rows`."""
    fault_of = amplitude_checks.amplitude_fault
    found = [row for path in given.files for row in rows_of(path, fault_of)]
    amplitude_checks.check_amplitudes(found)
    return found


def rows_of(path: str, fault_of: Fault) -> list[dict[str, Any]]:
    """The rows that one JSON file holds.

    Raises
    ------
    ArtifactError
        For a file without rows, or a row with a value that is missing or cannot be.
    """
    content = atomic.read_json(path)
    found = content.get("rows") if isinstance(content, dict) else None
    if not isinstance(found, list) or not found:
        raise ArtifactError(
            f"{path} holds no rows, so it is damaged or not a file of metrics or amplitudes: "
            "delete it and rerun"
        )
    check_each(path, "row", found, fault_of)
    return found


def check_each(path: str, what: str, values: Sequence[Any], fault_of: Fault) -> None:
    """Refuse a file with a row or a line that is at fault, by its number from 1."""
    for number, value in enumerate(values, 1):
        fault = fault_of(value)
        if fault is not None:
            raise ArtifactError(f"{path}, {what} {number}: {fault}: delete the file and rerun")


def over_calls(given: Given) -> pd.DataFrame:
    """Metrics by the number of network calls, which are the files' labels.

    Raises
    ------
    ValueError
        Where there are no files.
    """
    from beyond_blur.rendering import network_calls

    if not given.files:
        raise ValueError(
            "no metrics to draw over network calls: processes of kind own are left out of the "
            "figure, and there are no others"
        )
    files = given.labelled([rows_of(path, row_checks.metrics_fault) for path in given.files])
    wrong = [calls for calls, _ in files if not calls.isdecimal() or int(calls) < 1]
    if wrong:
        raise ValueError(f"--calls {wrong[0]}: network calls are whole numbers from 1 up")
    return network_calls.over_calls([rows for _, rows in files], [int(calls) for calls, _ in files])


def profiles(given: Given) -> list[ProfileStates]:
    """The profile of the paper's figure 1 under each operation; computed, from no file."""
    from beyond_blur.analysis.profiles import bump_and_box, profile_states

    return profile_states(bump_and_box())


def photograph(given: Given) -> list[SpectrumPanel]:
    """A photograph at several levels of every process; computed, from the processes alone."""
    from beyond_blur.analysis.photograph import photograph_panels, sample_photograph

    jobs: list[TrajectorySpec] = [from_json(TrajectorySpec, spec) for spec in given.specs]
    return photograph_panels(dict(given.labelled(jobs)), sample_photograph())

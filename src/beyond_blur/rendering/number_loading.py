"""The numbers that figures and tables are made of, read from files and checked one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur.config import read, to_json_values
from beyond_blur.config.evaluation_specs import TableSpec, wanted_metrics
from beyond_blur.config.rule_specs import SamplingSpec
from beyond_blur.rendering import amplitude_checks, csv_files, row_checks
from beyond_blur.rendering.given import Given
from beyond_blur.storage import belonging, outputs
from beyond_blur.storage.atomic import ArtifactError

if TYPE_CHECKING:
    import pandas as pd

Fault = Callable[[Any], str | None]
"""What is wrong with a row or a line, as the end of a sentence; None where nothing is."""


def histories(given: Given) -> list[tuple[str, pd.DataFrame]]:
    """The losses of every training run, by step."""
    given.check([outputs.check(path, "history") for path in given.files])
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
    return checked_frame(given, csv_files.table_columns(), csv_files.table_fault)


def amplitudes(given: Given) -> pd.DataFrame:
    """The amplitudes of terminal states in one CSV file."""
    columns = amplitude_checks.AMPLITUDE_COLUMNS
    return checked_frame(given, columns, amplitude_checks.amplitude_fault)


def checked_frame(given: Given, columns: Iterable[str], fault_of: Fault) -> pd.DataFrame:
    """A table in a CSV file, which is as it was written.

    Raises
    ------
    ArtifactError
        For a file that is cut off or no CSV, or that lacks a column, or has a value that cannot be.
    """
    path = given.files[0]
    given.check([outputs.check(path)])
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
    found = rows_of(given, "metrics", row_checks.metrics_fault)
    row_checks.check_rows(found)
    return found


def table_rows(given: Given, spec: TableSpec) -> list[dict[str, Any]]:
    """Rows of the metrics of a table, each file of which was made by the job that it lists.

    Raises
    ------
    ArtifactError
        Naming the file that was made for another row, or by other settings.
    ValueError
        For more or fewer files than rows, and as `rows` does.
    """
    wanted = wanted_metrics(spec)
    if len(wanted) != len(given.files):
        raise ValueError(f"--spec lists {len(wanted)} files, --metrics has {len(given.files)}")
    for path, record, job in zip(given.files, given.records("metrics"), wanted, strict=True):
        process = None if job.samples is None else job.samples.name
        belonging.check(path, record, process=process, prior=job.prior, seed=job.seed)
        belonging.check_spec(path, record["spec"], to_json_values(job))
    found = rows_of(given, "metrics", row_checks.metrics_fault)
    whose = [(job.process, job.peclet, job.prior, job.training_seed, job.seed) for job in wanted]
    row_checks.check_rows(found, whose)
    return found


def amplitude_rows(given: Given) -> list[dict[str, Any]]:
    """Rows of the amplitudes of every process; errors as of `rows`."""
    found = rows_of(given, "amplitude", amplitude_checks.amplitude_fault)
    amplitude_checks.check_amplitudes(found)
    return found


def rows_of(given: Given, kind: str, fault_of: Fault) -> list[dict[str, Any]]:
    """The rows that JSON records hold, file by file.

    Raises
    ------
    ArtifactError
        For a file without rows, or a row with a value that is missing or cannot be.
    """
    found: list[dict[str, Any]] = []
    for path, record in zip(given.files, given.records(kind), strict=True):
        of_file = record.get("rows")
        if not isinstance(of_file, list) or not of_file:
            raise ArtifactError(f"{path} holds no rows: delete it and rerun")
        check_each(path, "row", of_file, fault_of)
        found += of_file
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
        Where there are no files, or a label is no number of calls.
    """
    from beyond_blur.rendering import network_calls

    if not given.files:
        raise ValueError(
            "no metrics to draw over network calls: processes of kind own are left out of the "
            "figure, and there are no others"
        )
    wrong = [calls for calls in given.labels if not calls.isdecimal() or int(calls) < 1]
    if wrong:
        raise ValueError(f"--calls {wrong[0]}: network calls are whole numbers from 1 up")
    files = [(int(calls), file) for calls, file in given.labelled(given.records("metrics"))]
    rows_of(given, "metrics", row_checks.metrics_fault)
    for path, (calls, file) in zip(given.files, files, strict=True):
        check_calls(path, file, calls)
    return network_calls.over_calls([file["rows"] for _, file in files], [n for n, _ in files])


def check_calls(path: str, record: Mapping[str, Any], calls: int) -> None:
    """Refuse metrics of samples that were drawn with another number of network calls.

    Raises
    ------
    ArtifactError
        With both numbers.
    """
    samples = record["spec"]["samples"]
    if samples is None:
        raise ArtifactError(f"{path} measures real images, which take no network calls")
    drawn = read(SamplingSpec, samples)
    made = drawn.sampling.steps or drawn.process.n_levels(drawn.levels)
    if made != calls:
        raise ArtifactError(
            f"{path} measures samples of {made} network calls, this job those of {calls}: it was "
            "copied from elsewhere; delete it and rerun"
        )

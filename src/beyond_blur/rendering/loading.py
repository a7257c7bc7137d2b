"""What figures are drawn from, read from files: one function for every kind of input.

Each takes a `Given` and returns what the drawing functions take. `figures.INPUTS` names them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from beyond_blur.config import read, slug, to_json_values
from beyond_blur.config.evaluation_specs import TableSpec, wanted_metrics
from beyond_blur.config.rule_specs import SamplingSpec, TrajectorySpec, from_json
from beyond_blur.data.pixels import to_float
from beyond_blur.storage import artifacts, belonging, outputs, records
from beyond_blur.storage.atomic import ArtifactError

if TYPE_CHECKING:
    import pandas as pd

    from beyond_blur.analysis.photograph import SpectrumPanel
    from beyond_blur.analysis.profiles import ProfileStates
    from beyond_blur.rendering.panels import Panel
    from beyond_blur.rendering.strips import Strips

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
    traits : sequence of mapping
        What each file has to be of, see `belonging.check`; none where nobody knows.
    """

    files: Sequence[str]
    labels: Sequence[str] = ()
    specs: Sequence[str] = ()
    traits: Sequence[Mapping[str, Any]] = ()

    def arrays(self, kind: str) -> list[dict[str, np.ndarray]]:
        """The arrays of every file, each of which is what it has to be.

        Raises
        ------
        ArtifactError
            For one that is not, or files that do not belong together.
        """
        read = [artifacts.load(path, kind) for path in self.files]
        self.check([file.manifest for file in read])
        return [file.arrays for file in read]

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The JSON records of every file, checked as `arrays` are."""
        read = [records.load(path, kind) for path in self.files]
        self.check(read)
        return read

    def check(self, manifests: Sequence[Mapping[str, Any]]) -> None:
        """Refuse files that are not what they have to be, or do not belong together.

        Raises
        ------
        ArtifactError
            Naming the file.
        ValueError
            Where there are traits of more or fewer files than there are.
        """
        if self.traits and len(self.traits) != len(self.files):
            raise ValueError(
                f"--traits are of {len(self.traits)} files and there are {len(self.files)}: give "
                "one object for each"
            )
        for path, manifest, wanted in zip(self.files, manifests, self.traits, strict=False):
            belonging.check(path, manifest, **wanted)
        belonging.check_together(dict(zip(self.files, manifests, strict=True)))

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
    manifests = [artifacts.read_manifest(path) for path in given.files]
    given.check(manifests)
    kinds = [manifest["kind"] for manifest in manifests]
    arrays = [
        artifacts.load(path, kind).arrays["samples" if kind == "samples" else "images"]
        for path, kind in zip(given.files, kinds, strict=True)
    ]
    return given.labelled([to_float(array[:N_IMAGES]) for array in arrays])


def strips(given: Given) -> list[Strips]:
    """Forward and reverse strips of every process."""
    from beyond_blur.rendering.strips import Strips

    return [
        Strips(label, file["forward"], file["backward"], file["levels"])
        for label, file in given.labelled(given.arrays("trajectory"))
    ]


def neighbours(given: Given) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Samples over their nearest training images: (label, images, copies) of every process."""
    files = given.labelled(given.arrays("neighbours"))
    return [(label, file["images"], file["copies"]) for label, file in files]


def panels(given: Given) -> list[Panel]:
    """What the verb explore kept of every network."""
    from beyond_blur.rendering.panels import Panel

    files = [artifacts.load(path, "exploration") for path in given.files]
    given.check([file.manifest for file in files])
    return [
        Panel(
            to_float(file.arrays["images"]),
            *(file.manifest[name] for name in ("rows", "columns", "title")),
        )
        for file in files
    ]


def histories(given: Given) -> list[tuple[str, pd.DataFrame]]:
    """The losses of every training run, by step."""
    import pandas as pd

    given.check([outputs.check(path, "history") for path in given.files])
    return given.labelled([pd.read_json(path, lines=True) for path in given.files])


def frame(given: Given) -> pd.DataFrame:
    """A table in one CSV file, which is as it was written."""
    import pandas as pd

    given.check([outputs.check(path) for path in given.files])
    return pd.read_csv(given.files[0])


def rows(given: Given) -> list[dict[str, Any]]:
    """Rows of the metrics of every seed."""
    return [row for record in given.records("metrics") for row in record["rows"]]


def amplitudes(given: Given) -> list[dict[str, Any]]:
    """Rows of the amplitudes of every process."""
    return [row for record in given.records("amplitude") for row in record["rows"]]


def table_rows(given: Given, spec: TableSpec) -> list[dict[str, Any]]:
    """Rows of the metrics of a table, each file of which was made by the job that it lists.

    Raises
    ------
    ArtifactError
        Naming the file that was made for another row, or by other settings.
    ValueError
        For more or fewer files than rows.
    """
    wanted = wanted_metrics(spec)
    if len(wanted) != len(given.files):
        raise ValueError(f"--spec lists {len(wanted)} files, --metrics has {len(given.files)}")
    found = given.records("metrics")
    for path, record, job in zip(given.files, found, wanted, strict=True):
        process = None if job.samples is None else slug(job.samples.process)
        belonging.check(path, record, process=process, prior=job.prior, seed=job.seed)
        belonging.check_spec(path, record["spec"], to_json_values(job))
    return [row for record in found for row in record["rows"]]


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
    files = [(int(calls), file) for calls, file in given.labelled(given.records("metrics"))]
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


def profiles(given: Given) -> list[ProfileStates]:
    """The profile of the paper's figure 1 under each operation; computed, from no file."""
    from beyond_blur.analysis.profiles import bump_and_box, profile_states

    return profile_states(bump_and_box())


def photograph(given: Given) -> list[SpectrumPanel]:
    """A photograph at several levels of every process; computed, from the processes alone."""
    from beyond_blur.analysis.photograph import photograph_panels, sample_photograph

    jobs: list[TrajectorySpec] = [from_json(TrajectorySpec, spec) for spec in given.specs]
    return photograph_panels(dict(given.labelled(jobs)), sample_photograph())

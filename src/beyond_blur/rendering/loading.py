"""What figures are drawn from, read from files: one function for every kind of input.

Each takes a `Given` and returns what the drawing functions take. `figures.INPUTS` names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from beyond_blur.config.rule_specs import TrajectorySpec, from_json
from beyond_blur.data.pixels import to_float
from beyond_blur.storage import artifacts, atomic

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
    kinds = [artifacts.read_manifest(path)["kind"] for path in given.files]
    arrays = [
        artifacts.load(path, kind).arrays["samples" if kind == "samples" else "images"]
        for path, kind in zip(given.files, kinds, strict=True)
    ]
    return given.labelled([to_float(array[:N_IMAGES]) for array in arrays])


def strips(given: Given) -> list[Strips]:
    """Forward and reverse strips of every process."""
    from beyond_blur.rendering.strips import Strips

    files = [artifacts.load(path, "trajectory").arrays for path in given.files]
    return [
        Strips(label, file["forward"], file["backward"], file["levels"])
        for label, file in given.labelled(files)
    ]


def neighbours(given: Given) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Samples over their nearest training images: (label, images, copies) of every process."""
    files = [artifacts.load(path, "neighbours").arrays for path in given.files]
    return [(label, file["images"], file["copies"]) for label, file in given.labelled(files)]


def panels(given: Given) -> list[Panel]:
    """What the verb explore kept of every network."""
    from beyond_blur.rendering.panels import Panel

    files = [artifacts.load(path, "exploration") for path in given.files]
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

    return given.labelled([pd.read_json(path, lines=True) for path in given.files])


def frame(given: Given) -> pd.DataFrame:
    """A table in one CSV file."""
    import pandas as pd

    return pd.read_csv(given.files[0])


def rows(given: Given) -> list[dict[str, Any]]:
    """Rows of the metrics of every seed, or of any other JSON files that hold rows."""
    return [row for path in given.files for row in atomic.read_json(path)["rows"]]


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
    files = given.labelled([atomic.read_json(path)["rows"] for path in given.files])
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

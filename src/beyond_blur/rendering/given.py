"""The files that a figure or a table is made of, each of which is what it has to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from beyond_blur.storage import artifacts, belonging, records


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

    def artifacts(self, kind: str) -> list[artifacts.Artifact]:
        """Every file, each of which is what it has to be.

        Raises
        ------
        ArtifactError
            For one that is not, or files that do not belong together.
        """
        read = [artifacts.load(path, kind) for path in self.files]
        self.check([file.manifest for file in read])
        return read

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The JSON records of every file, checked as `artifacts` are."""
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

"""A list of all shards of a set: one file to name a thousand by.

The list lies beside the shards and holds the checksum of each, so that whoever reads a set by its
list knows that it is the set that was listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from beyond_blur.storage import artifacts, belonging, records
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.shards import check_agreement, joined

NAME = "shards.json"
"""What every list is called."""

KIND = "shards"

SHARD = "{shard}"
"""Stands in a pattern of paths for the number of a shard."""


def write(path: Path | str, pattern: str, n_shards: int, kind: str) -> None:
    """List the shards of a set, which were made together and are all there.

    Parameters
    ----------
    path : path
        Of the list, beside its shards.
    pattern : str
        Path of a shard, with `SHARD` for its number.
    n_shards : int
    kind : str
        What the shards hold.

    Raises
    ------
    ArtifactError
        As `shards.check_agreement` does.
    """
    paths = of_pattern([pattern], n_shards)
    check_agreement(paths, kind)
    checksums = {Path(one).name: artifacts.read_manifest(one)["checksum"] for one in paths}
    traits = dict(artifacts.read_manifest(paths[0])["traits"])
    traits.pop("shard", None)
    records.save(
        path,
        {"holds": kind, "shards": checksums},
        kind=KIND,
        spec={},
        inputs={"shards": joined(list(checksums.values()))},
        traits=traits,
        packages=(),
    )


def of_pattern(paths: Sequence[str], n_shards: int) -> list[str]:
    """Paths, with one for each shard in the place of a pattern."""
    return [
        path.replace(SHARD, str(i))
        for path in paths
        for i in range(n_shards if SHARD in path else 1)
    ]


def expanded(paths: Iterable[str]) -> list[str]:
    """Paths, with the shards in the place of their list.

    Raises
    ------
    ArtifactError
        For a list that is missing, damaged or no list, and for a shard that is missing or another
        one than was listed.
    """
    found: list[str] = []
    for path in paths:
        found += listed(path) if Path(path).name == NAME else [path]
    return found


def listed(path: str) -> list[str]:
    """The shards that a list names; errors as of `expanded`."""
    record = records.load(path, KIND)
    shards = [str(Path(path).with_name(name)) for name in record["shards"]]
    for shard, checksum in zip(shards, record["shards"].values(), strict=True):
        manifest = artifacts.read_manifest(shard, record["holds"])
        if manifest["checksum"] != checksum:
            raise ArtifactError(
                f"{shard} is another one than {path} lists: it was copied from elsewhere or "
                "changed; delete both and rerun"
            )
        wanted = {name: record["traits"].get(name) for name in belonging.TRAITS}
        belonging.check(shard, manifest, **wanted)
    return shards

"""A list of all shards of a set: one file to name a thousand by.

The list lies beside the shards and holds the checksum of each, so that whoever reads a set by its
list knows that it is the set that was listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from beyond_blur.storage import artifacts, belonging, records
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.shards import NUMBERED, check_agreement, joined

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
    return [_checked(path, record, name) for name in record["shards"]]


def picked(path: str, number: int | None) -> str:
    """The shard of this number where the path is that of a list; any other path as it is.

    Raises
    ------
    ArtifactError
        As of `expanded`, and for a list that has no such shard.
    """
    if Path(path).name != NAME:
        return path
    record = records.load(path, KIND)
    names = {name: NUMBERED.fullmatch(Path(name).stem) for name in record["shards"]}
    for name, called in names.items():
        if called is not None and int(called[1]) == number:
            return _checked(path, record, name)
    raise ArtifactError(f"{path} lists no shard {number}: it lists {len(names)}; run it again")


def _checked(path: str, record: Mapping[str, Any], name: str) -> str:
    """The path of a shard that is the one that was listed."""
    shard = str(Path(path).with_name(name))
    manifest = artifacts.read_manifest(shard, record["holds"])
    if manifest["checksum"] != record["shards"][name]:
        raise ArtifactError(
            f"{shard} is another one than {path} lists: it was copied from elsewhere or changed; "
            "delete both and rerun"
        )
    belonging.check(shard, manifest, **record["traits"])
    return shard

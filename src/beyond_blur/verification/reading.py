"""What the files of a run say of themselves, once their content was checked against it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beyond_blur.config import read_process, trained_name
from beyond_blur.storage import artifacts, outputs, records, shards
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.sizes import in_bytes
from beyond_blur.verification.kinds import Form, Kind

logger = logging.getLogger("beyond_blur")

EVERY = 5.0
"""Seconds between two lines of progress."""


@dataclass(frozen=True)
class Held:
    """What a sound file says of itself.

    Attributes
    ----------
    manifest : dict
        Empty of a file that has none.
    checksum : str
        What files that were made from it call it.
    """

    manifest: dict[str, Any]
    checksum: str


@dataclass(frozen=True)
class Result:
    """A file at the path of a result.

    Attributes
    ----------
    path : str
        Below the results' folder.
    kind : Kind
    wildcards : dict of str to str
    size : int
        Bytes.
    """

    path: str
    kind: Kind
    wildcards: dict[str, str]
    size: int


def read_arrays(path: Path, beside: Path | None) -> Held:
    """Arrays, which stay on disk while they are hashed."""
    manifest = artifacts.read_manifest(path)
    return Held(manifest, shards.map_arrays(path, manifest["kind"]).checksum)


def read_record(path: Path, beside: Path | None) -> Held:
    """A sealed JSON object."""
    record = records.load(path)
    return Held(record, record["seal"])


def read_page(path: Path, beside: Path | None) -> Held:
    """A table, text or picture, by its manifest, which may lie elsewhere than usual."""
    return Held(outputs.check(path, manifest=beside), outputs.checksum_of_file(path))


def read_state(path: Path, beside: Path | None) -> Held:
    """A resumable state, without pickle; the identity of its run says of which process it is."""
    from beyond_blur.training import state_file

    try:
        saved = state_file.read(path)
    except state_file.Damaged as error:
        raise ArtifactError(f"{path} {error}") from error
    settings = json.loads(saved["identity"])["settings"]
    (seed,) = settings["training"]["seeds"]
    traits = {"process": trained_name(read_process(settings["process"]), seed)}
    return Held({"kind": "state", "spec": settings, "inputs": {}, "traits": traits}, "")


def read_nothing(path: Path, beside: Path | None) -> Held:
    """A file that is not checked."""
    return Held({}, "")


READERS: dict[Form, Callable[[Path, Path | None], Held]] = {
    "arrays": read_arrays,
    "record": read_record,
    "page": read_page,
    "state": read_state,
    "free": read_nothing,
}
"""How a file of each form is read and checked."""


def read_all(
    folder: Path, files: Mapping[str, Result], threads: int
) -> Iterator[tuple[str, Held | Exception]]:
    """Read and check every file once, several at a time, the largest first.

    Says on the log how far it is, every few seconds.

    Parameters
    ----------
    folder : path
        Of the results.
    files : mapping of str to Result
        By their paths.
    threads : int
        Files that are read at a time.

    Yields
    ------
    path : str
    held : Held or Exception
        The error of a file that is not what it says.
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed

    total, done, said = sum(file.size for file in files.values()), 0, time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        waiting = {
            pool.submit(read_one, folder, file): file
            for file in sorted(files.values(), key=lambda file: -file.size)
        }
        for n, future in enumerate(as_completed(waiting), 1):
            file = waiting[future]
            done += file.size
            if time.monotonic() - said > EVERY:
                said = time.monotonic()
                size = f"{in_bytes(done)} of {in_bytes(total)}"
                logger.info(f"{n:,} of {len(files):,} files, {size}")
            yield file.path, future.result()


def read_one(folder: Path, file: Result) -> Held | Exception:
    """What a file says of itself, or the error of one that cannot be trusted.

    No file ends the walk: whatever reading it raises is what is to be said of it.
    """
    try:
        beside = folder / file.kind.manifest if file.kind.manifest else None
        return READERS[file.kind.form](folder / file.path, beside)
    except Exception as error:
        return error

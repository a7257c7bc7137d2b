"""Whether a file is the one that a job was asked to read: one comparison, one message.

Paths alone do not tell: a file may have been copied over another. So every file says what it is of
(its *traits*) and by which settings it was made (its *spec*), and whoever reads it compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from beyond_blur.storage.atomic import ArtifactError

TRAITS = {
    "dataset": "the data set",
    "images": "the images with checksum",
    "split": "the split",
    "shard": "shard",
    "process": "the process",
    "prior": "the prior",
    "seed": "seed",
    "extractor": "the extractor",
    "weights": "the extractor's weights with sha256",
    "resize": "the resizing rule",
    "number_format": "samples drawn in",
}
"""What a file can be of, and how a message names it."""

SHARED = ("dataset", "images", "extractor", "weights", "resize", "number_format")
"""Traits that all files of one job have in common, as far as they have them."""

SHOWN = 80
"""Most letters of a value in a message; checksums are cut to their beginning."""


def check(path: Path | str, manifest: Mapping[str, Any], **wanted: Any) -> None:
    """Refuse a file that is not of what the job is of.

    Parameters
    ----------
    path : path
        For the message.
    manifest : mapping
        The file's.
    **wanted : str or int or None
        Traits that the file must have, keys of `TRAITS`; those that are None are not compared.

    Raises
    ------
    ArtifactError
        Naming the file, what it is of and what the job is of.
    """
    for name, ours in wanted.items():
        theirs = manifest["traits"].get(name)
        if ours is None or theirs == ours:
            continue
        if theirs is None:
            raise ArtifactError(
                f"{path} does not say which {TRAITS[name].removeprefix('the ')} it is of, this job "
                f"is of {shown(ours)}: give the file that the workflow made for it"
            )
        raise ArtifactError(
            f"{path} is of {TRAITS[name]} {shown(theirs)}, this job is of {shown(ours)}: it was "
            "copied from elsewhere or renamed; delete it and rerun, or name the right file"
        )


def check_spec(path: Path | str, made: Any, wanted: Any) -> None:
    """Refuse a file that other settings made.

    Parameters
    ----------
    path : path
        For the message.
    made, wanted : JSON values
        What the file's manifest says and what the job would have.

    Raises
    ------
    ArtifactError
        Naming the file, the first key that differs and both its values.
    """
    found = difference(wanted, made)
    if found is not None:
        key, ours, theirs = found
        raise ArtifactError(
            f"{path} is stale: it was made with {key} = {shown(theirs)}, this run has "
            f"{shown(ours)}; delete it and rerun"
        )


def check_input(path: Path | str, manifest: Mapping[str, Any], role: str, checksum: str) -> None:
    """Refuse a file that was made from another file than the one that serves beside it.

    Raises
    ------
    ArtifactError
        Naming the file and what it was made from.
    """
    if manifest["inputs"].get(role) != checksum:
        raise ArtifactError(
            f"{path} is stale: it was made from other {role} than those of this job; delete it and "
            "rerun"
        )


def check_together(files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Refuse files of several data sets or extractors; what they have in common.

    Parameters
    ----------
    files : mapping of path to manifest

    Returns
    -------
    dict
        Of `SHARED`, the traits that any of them has.

    Raises
    ------
    ArtifactError
        Naming two files that do not belong together.
    """
    first: dict[str, tuple[str, Any]] = {}
    for path, manifest in files.items():
        for name in SHARED:
            value = manifest["traits"].get(name)
            if value is None:
                continue
            other, known = first.setdefault(name, (path, value))
            if known != value:
                raise ArtifactError(
                    f"{path} does not belong with {other}: it is of {TRAITS[name]} "
                    f"{shown(value)}, the other of {shown(known)}; delete the one that is not of "
                    "this run and rerun"
                )
    return {name: value for name, (_, value) in first.items()}


def origin(traits: Mapping[str, Any]) -> dict[str, Any]:
    """The traits that whatever is made of a file has, too: the data set it comes from."""
    return {name: traits[name] for name in ("dataset", "images") if traits.get(name) is not None}


def shown(value: Any) -> str:
    """A value as a message has it: long ones are cut."""
    text = str(value)
    if len(text) == 64 and set(text) <= set("0123456789abcdef"):
        return text[:12]
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def difference(a: Any, b: Any) -> tuple[str, Any, Any] | None:
    """The first of the `differences` of two JSON values; None where they are equal."""
    return next(differences(a, b), None)


def differences(a: Any, b: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The keys in which two JSON values differ, dotted, each with both its values.

    A key that only one of them has counts as one that is null in the other.
    """
    if isinstance(a, dict) and isinstance(b, dict):
        for name in {**a, **b}:
            yield from differences(a.get(name), b.get(name), f"{key}.{name}" if key else name)
    elif a != b:
        yield key, a, b

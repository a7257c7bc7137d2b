"""A training run's state as a file: written whole, sealed by a checksum, checked when it is read.

The zip files that torch writes hold checksums that it does not look at, so a flipped bit would go
on into the weights. The seal is over everything that the file means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from beyond_blur.storage import atomic

SEAL = "seal"
"""Key of the checksum over all others."""


class Damaged(ValueError):
    """A file that is not, or no longer, what `write` has written; the message says how."""


def write(saved: Mapping[str, Any], path: Path) -> None:
    """Write a state, whole or not at all.

    Parameters
    ----------
    saved : mapping
        Tensors, texts and numbers, in dicts, lists and tuples.
    path : path

    Raises
    ------
    WriteError
        If the file cannot be written, with the room that it wants.
    """
    wanted = sum(value.nbytes for _, value in _leaves(saved, "") if isinstance(value, Tensor))
    with atomic.atomic(path, wanted) as temporary, temporary.open("wb") as file:
        torch.save({**saved, SEAL: checksum(saved)}, file)


def read(path: Path) -> dict[str, Any]:
    """Read a state and check it against its seal; its tensors are on the CPU.

    Raises
    ------
    Damaged
        If it is no state, is truncated, or anything in it has changed since it was written.
    OSError, MemoryError, RuntimeError
        If it cannot be read for a reason that is not its own.
    """
    with path.open("rb") as file:
        try:
            saved = torch.load(file, weights_only=True, map_location="cpu")
        except (OSError, MemoryError):
            raise
        except Exception as error:  # torch has no one error for a file that is not its own
            if "can't allocate memory" in str(error):
                raise
            raise Damaged(
                f"is truncated, damaged or no training state ({type(error).__name__})"
            ) from error
    if not isinstance(saved, dict) or SEAL not in saved:
        raise Damaged("is no training state, or one without a checksum")
    seal = saved.pop(SEAL)
    if checksum(saved) != seal:
        raise Damaged("does not match its checksum: it was changed after it was written")
    return saved


def checksum(saved: Any) -> str:
    """sha256 over the places, types, shapes and values of all that a state holds."""
    digest = hashlib.sha256()
    for place, value in _leaves(saved, ""):
        if isinstance(value, Tensor):
            digest.update(f"{place}:{value.dtype}:{tuple(value.shape)};".encode())
            plain = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
            digest.update(plain.numpy().data)
        else:
            digest.update(f"{place}:{value!r};".encode())
    return digest.hexdigest()


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Whatever is no container, with its place; and containers, by their type and length."""
    if isinstance(value, Mapping):
        yield place, ("mapping", len(value))
        for key, inner in value.items():
            yield from _leaves(inner, f"{place}[{key!r}]")
    elif isinstance(value, list | tuple):
        yield place, (type(value).__name__, len(value))
        for i, inner in enumerate(value):
            yield from _leaves(inner, f"{place}[{i}]")
    else:
        yield place, value

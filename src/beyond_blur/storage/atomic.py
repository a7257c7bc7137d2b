"""Files that are whole or not there at all, and the error of one that is not."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from beyond_blur.storage.temporaries import PREFIX, workplace


class ArtifactError(ValueError):
    """A file that is not the result it should be."""


@contextlib.contextmanager
def atomic(path: Path | str) -> Iterator[Path]:
    """A temporary path on the disk of ``path`` that takes its name once the block has ended well.

    What a killed process has left beside ``path`` is removed (see `storage.temporaries`).

    What the block wrote is on the disk before it takes the name of the result before it: power may
    fail between the two.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with workplace(path.parent) as folder:
            temporary = folder / path.name
            yield temporary
            _make_readable(temporary)
            flush(temporary)
            temporary.replace(path)
    except OSError as error:
        if PREFIX in str(error.filename):
            error.filename, error.filename2 = str(path), None  # the name that the user knows
        raise


def _make_readable(path: Path) -> None:
    """Give a file the mode of any other file of the user's; safetensors makes private ones."""
    umask = os.umask(0)
    os.umask(umask)
    path.chmod(0o666 & ~umask)


def flush(path: Path) -> None:
    """Wait until a file's content is on the disk and no longer in the system's memory alone."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def write_text(path: Path | str, text: str) -> None:
    """Write a text file, whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_text(text)


def write_json(path: Path | str, value: Any) -> None:
    """Write a JSON file, whole or not at all; keys keep their order."""
    write_text(path, json.dumps(value, indent=1) + "\n")


def read_json(path: Path | str) -> Any:
    """Read a JSON file, naming it where it is not one."""
    try:
        return json.loads(Path(path).read_text())
    except json.JSONDecodeError as error:
        raise ArtifactError(f"{path} is not valid JSON ({error}): delete it and rerun") from error

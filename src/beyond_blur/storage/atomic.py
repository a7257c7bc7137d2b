"""Files that are whole or not there at all, and the error of one that is not."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from beyond_blur.storage.system_errors import reason, write_error
from beyond_blur.storage.temporaries import workplace


class ArtifactError(ValueError):
    """A file that is not the result it should be."""


@contextlib.contextmanager
def atomic(path: Path | str, wanted: int | None = None) -> Iterator[Path]:
    """A temporary path on the disk of ``path`` that takes its name once the block has ended well.

    What a killed process has left beside ``path`` is removed (see `storage.temporaries`).
    What the block wrote is on the disk before it takes the name of the result before it: power may
    fail between the two.

    Parameters
    ----------
    path : path
    wanted : int, optional
        Bytes that will be written, to be told where the disk is too full for them.

    Raises
    ------
    WriteError
        If the file cannot be written: the file, why, and how much room there was.
    """
    path, written = Path(path), 0
    try:
        with _whole(path) as temporary:
            try:
                yield temporary
            finally:
                with contextlib.suppress(OSError):
                    written = temporary.stat().st_size
    except Exception as error:
        named = write_error(error, path, written, wanted)
        if named is None:
            raise
        raise named from error


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """The temporary path of `atomic`, and its end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with workplace(path.parent) as folder:
        temporary = folder / path.name
        yield temporary
        # safetensors makes private files; results are to be as readable as any other file of the
        # user's.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        flush(temporary)
        temporary.replace(path)


def flush(path: Path) -> None:
    """Wait until a file's content is on the disk and no longer in the system's memory alone."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def write_text(path: Path | str, text: str) -> None:
    """Write a text file, whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path | str, value: Any) -> None:
    """Write a JSON file, whole or not at all; keys keep their order."""
    write_text(path, json.dumps(value, indent=1) + "\n")


def refuse_unreadable(path: Path | str) -> None:
    """Refuse a file that the system does not open, for its own reason.

    safetensors calls every such file missing, also where too many are open or one is not permitted.

    Raises
    ------
    ArtifactError
        The file, why it cannot be read, and the way out.
    """
    try:
        Path(path).open("rb").close()
    except FileNotFoundError as error:
        raise ArtifactError(f"{path} does not exist") from error
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read: {reason(error)}") from error


def read_text(path: Path | str) -> str:
    """Read a text file of UTF-8, whatever the locale.

    Raises
    ------
    ArtifactError
        If it is missing, cannot be read, or holds bytes that are no UTF-8.
    """
    refuse_unreadable(path)
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactError(
            f"{path} is not text in UTF-8 (byte {error.start}): it is damaged or another kind of "
            "file; delete it and rerun"
        ) from error


def read_json(path: Path | str) -> Any:
    """Read a JSON file, naming it where it is not one.

    Raises
    ------
    ArtifactError
        As `read_text`; if it is no JSON, or JSON that nothing of this project writes: nested too
        deep, numbers of thousands of digits.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{path} is not valid JSON ({error}): delete it and rerun") from error

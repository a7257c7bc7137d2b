"""Files of others, opened for reading: only regular files, and every refusal names the file."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from beyond_blur.config import ConfigError
from beyond_blur.storage.system_errors import reason


@contextmanager
def open_file(path: Path | str) -> Iterator[BinaryIO]:
    """A regular file, opened for reading as bytes.

    Nothing else is opened: a pipe would wait for ever, a device might never end.

    Raises
    ------
    ConfigError
        One line that names the file: it is missing, a folder, a pipe or a device, of a name that is
        too long, or not readable by this user; also where reading fails inside the block.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
            raise ConfigError(f"{shown(path)} is {what}, not a file: correct the path")
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise ConfigError(f"{shown(path)} {reason(error)}") from error
    except OSError as error:
        raise ConfigError(f"{shown(path)} cannot be read: {reason(error)}") from error


def shown(path: Path | str) -> str:
    """A path as it stands in a message: in one line, whatever characters it holds."""
    return str(path) if str(path).isprintable() else repr(str(path))


def in_words(error: BaseException) -> str:
    """What a library's error says, in one line of at most 160 letters."""
    text = str(error) or type(error).__name__
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 160 else f"{line[:157]}..."

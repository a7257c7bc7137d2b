"""Other places for what libraries keep of their own, where the usual ones cannot be written.

CuPy, Matplotlib, Triton and Numba keep compiled code and lists of fonts below HOME, or beside the
code. Containers, cluster jobs and shared installations have neither; some of these libraries cannot
even be imported then. None of it is a result.
"""

from __future__ import annotations

import getpass
import logging
import os
import stat
import tempfile
from pathlib import Path

logger = logging.getLogger("beyond_blur")

USUAL = {
    "MPLCONFIGDIR": (
        ("XDG_CONFIG_HOME", "~/.config", "matplotlib"),
        ("XDG_CACHE_HOME", "~/.cache", "matplotlib"),
    ),
    "CUPY_CACHE_DIR": ((None, "~/.cupy", "kernel_cache"),),
    "TRITON_CACHE_DIR": ((None, "~/.triton", "cache"),),
}
"""Variables that name another place, and the folders used without them: a variable that names a
folder's parent, that parent without it, the folder."""

_said: set[str] = set()


def provide() -> None:
    """Name another place to each library whose usual one cannot be written; say so, once."""
    wanted = [name for name in USUAL if name not in os.environ and not _writable(name)]
    if "TORCHINDUCTOR_CACHE_DIR" not in os.environ and not _has_name():
        wanted.append("TORCHINDUCTOR_CACHE_DIR")  # which is called by the user's name
    for name in wanted:
        place = fallback(name.lower())
        if place is not None:
            os.environ[name] = str(place)
    if wanted:
        where = next((os.environ[name] for name in wanted if name in os.environ), None)
        kept = "nowhere" if where is None else f"below {Path(where).parent}"
        say_once(
            f"HOME cannot be written: what libraries compile is kept {kept} "
            f"(set {', '.join(wanted)} for another place)"
        )


def fallback(name: str) -> Path | None:
    """A folder for temporary files that belongs to this user alone; None if there is none.

    What is read from such a folder is run, so one that others could write to is not taken.
    """
    try:
        place = Path(tempfile.gettempdir()) / f"beyond_blur-{os.getuid()}"
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
            place = Path(tempfile.mkdtemp(prefix="beyond_blur-"))
        (place / name).mkdir(exist_ok=True)
    except OSError:
        return None
    return place / name


def say_once(words: str) -> None:
    """A warning in the log, once in a process."""
    if words not in _said:
        _said.add(words)
        logger.warning("%s", words)


def _writable(name: str) -> bool:
    """Whether the folders that a library uses can be written, or be made."""
    for parent, usual, folder in USUAL[name]:
        try:
            place = Path(os.environ.get(parent or "") or usual).expanduser() / folder
            nearest = next(one for one in (place, *place.parents) if one.exists())
        except (OSError, RuntimeError):
            return False  # a folder that may not be looked into, or a user without a home
        if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            return False
    return True


def _has_name() -> bool:
    """Whether the system knows a name for this user."""
    try:
        return bool(getpass.getuser())
    except (KeyError, OSError):
        return False

"""How much memory is left, asked before a file is unpacked that says how much it will take."""

from __future__ import annotations

from pathlib import Path

from beyond_blur.config import ConfigError
from beyond_blur.storage.opening import shown

GIB = 2**30


def check_fits(n_bytes: int, path: Path | str) -> None:
    """Refuse to unpack more than there is memory for.

    Parameters
    ----------
    n_bytes : int
        What the file says that it unpacks to.
    path : path
        The file, for the message.

    Raises
    ------
    ConfigError
        Naming the file, what it says and what is free.
    """
    free = free_memory()
    if free is not None and n_bytes > free:
        raise ConfigError(
            f"{shown(path)} says that it unpacks to {n_bytes / GIB:,.1f} GiB, more than the "
            f"{free / GIB:,.1f} GiB of memory that are free: it is damaged, or to be split"
        )


def free_memory() -> int | None:
    """Bytes of memory that a program may still take; None where the system does not say."""
    limits = [size for size in (_available(), _left_of_limit()) if size is not None]
    return min(limits, default=None)


def _available() -> int | None:
    """What Linux says is free or can be freed."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    sizes = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return sizes[0] if sizes else None


def _left_of_limit() -> int | None:
    """What ``ulimit -v`` allows; the part that this process has taken already counts as free."""
    try:
        import resource
    except ImportError:  # not a Unix
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft

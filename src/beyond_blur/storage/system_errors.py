"""What the operating system refuses, in words that name the way out."""

from __future__ import annotations

import errno
import os
import re
import shutil
from pathlib import Path

from beyond_blur.storage.sizes import in_bytes
from beyond_blur.storage.temporaries import PREFIX

ROOM_FOR_NOTHING = 2**16
"""Free bytes under which a disk counts as full where a library hides the system's own error."""

REASONS: dict[int, str] = {
    errno.ENOENT: "does not exist: correct the path, or make it",
    errno.EACCES: "permission denied: make it readable and writable for this user, or take "
    "another place",
    errno.EPERM: "the system does not permit it to this user: take another place",
    errno.EROFS: "the file system is read-only: take another place",
    errno.ENOSPC: "the disk is full: make room, or take another place",
    errno.EDQUOT: "the disk quota is used up: make room, or take another place",
    errno.EFBIG: "larger than the file system or the limit of file sizes (ulimit -f) allows",
    errno.EISDIR: "is a folder, and a file is wanted: correct the path",
    errno.ENOTDIR: "a part of the path is a file, and a folder is wanted: correct the path",
    errno.EEXIST: "exists already as something else: correct the path, or move it away",
    errno.ENAMETOOLONG: "a name in the path is longer than the file system takes (255 bytes, as a "
    "rule): shorten it",
    errno.ELOOP: "symbolic links lead round in a circle: correct them",
    errno.EMFILE: "too many open files for one process: raise the limit (ulimit -n), or use fewer "
    "shards (dataset.shards)",
    errno.ENFILE: "too many open files on this machine: end other programs",
    errno.EIO: "the disk cannot be read or written (input/output error): copy the files to another",
    errno.ESTALE: "the network file system has lost the file: mount it again, then run again",
    errno.EPIPE: "whatever read the output has gone",
    errno.ENOMEM: "the machine is out of memory: run fewer jobs at once, or take a larger machine",
    errno.EAGAIN: "no more processes or threads are allowed (ulimit -u): run fewer jobs at once",
    errno.EXDEV: "lies on another file system than the name it was to take",
    errno.ETXTBSY: "is being run as a program: end that program first",
}
"""Why the system refuses, and what to do, by the number of its error."""


class WriteError(OSError):
    """A file that could not be written, and why, in one line."""


def reason(error: OSError) -> str:
    """Why the system refused, with the way out; in its own words where there is no better."""
    if error.errno in REASONS:
        return REASONS[error.errno]
    if error.errno is None:
        return str(error) or type(error).__name__
    return error.strerror or os.strerror(error.errno)


def write_error(
    error: Exception, path: Path, written: int, wanted: int | None
) -> WriteError | None:
    """The error of a file that could not be written; None if the exception tells of another.

    Parameters
    ----------
    error : Exception
        What came out of writing: of the system, or of a library that writes files.
    path : Path
        The file that was to be.
    written : int
        Bytes of it that were written.
    wanted : int or None
        Bytes that it was to have, where known.
    """
    system = _of_the_system(error, path)
    if system is None:
        return None
    if system.errno == errno.ENOSPC:
        text = (
            f"the disk is full ({_room(path, written, wanted)}): make room, or take another place"
        )
    else:
        text = reason(system)
    if system.filename is not None and Path(os.fsdecode(system.filename)) in path.parents:
        text = f"{os.fsdecode(system.filename)}: {text}"
    named = WriteError(f"{path} cannot be written: {text}")
    named.errno = system.errno
    return named


def _of_the_system(error: Exception, path: Path) -> OSError | None:
    """The system's error behind what a library raised while it wrote a file."""
    if isinstance(error, WriteError):
        return None
    if isinstance(error, OSError):
        named = None if error.filename is None else Path(os.fsdecode(error.filename))
        # A file is written in a folder of its own beside it; what else was opened has its own name.
        places = () if named is None else named.parts[len(path.parent.parts) :]
        ours = named is None or named in (path, *path.parents)
        if not ours and not (places and places[0].startswith(PREFIX)):
            return None
        hidden = error.errno in (None, errno.EPIPE) and _is_full(path)
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) if hidden else error
    numbered = re.search(r"\(os error (\d+)\)", str(error))  # libraries written in Rust
    if numbered:
        return OSError(int(numbered[1]), os.strerror(int(numbered[1])))
    if re.search("inline_container|PytorchStreamWriter", str(error)):
        # torch ends its archive when a write has failed, and tells of the end alone.
        if isinstance(error.__context__, OSError):
            return error.__context__
        number = errno.ENOSPC if _is_full(path) else errno.EIO
        return OSError(number, os.strerror(number))
    return None


def _is_full(path: Path) -> bool:
    return shutil.disk_usage(_existing(path)).free < ROOM_FOR_NOTHING


def _existing(path: Path) -> Path:
    """The nearest folder of a path that exists."""
    return next(folder for folder in path.absolute().parents if folder.is_dir())


def _room(path: Path, written: int, wanted: int | None) -> str:
    """How much room there was, where, and how much was wanted."""
    folder = _existing(path)
    place = next(one for one in (folder, *folder.parents) if one.is_mount() or one == one.parent)
    need = f"{in_bytes(wanted)} wanted" if wanted else f"failed after {in_bytes(written)}"
    left = os.statvfs(folder)
    if left.f_files and not left.f_favail:
        return f"no file more fits on {place}, it is out of inodes"
    return f"{in_bytes(shutil.disk_usage(folder).free)} free on {place}, {need}"

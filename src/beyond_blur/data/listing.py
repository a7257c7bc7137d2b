"""What a folder holds: its pictures by their names, and whatever else lies there, counted.

Nothing is decoded, and no file is opened but those whose name has no suffix. The workflow lists a
folder each time it is parsed.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from beyond_blur.data.pictures import SUFFIXES, begins_as_picture
from beyond_blur.storage.system_errors import reason

ARCHIVED_FORKS = "__MACOSX"
"""The folder in which macOS packs what its files have besides their content."""


@dataclass
class Listing:
    """What lies below a folder.

    Attributes
    ----------
    folder : path
    names : list of str
        The pictures, by their places in the folder, folder by folder in alphabetical order.
    marks : dict of str to (int, int)
        Bytes and date of each picture, in whole seconds.
    hidden_files, hidden_folders : int
        Left out: names that begin with a dot (AppleDouble's ``._x`` among them), ``__MACOSX``. What
        lies in a hidden folder is not counted.
    others : Counter of str
        Other files left out, by their suffix.
    lost : list of (str, str)
        Places that cannot be looked at, and why: links that lead nowhere, folders of others.
    again : list of (str, str)
        Links to folders that were listed under another name already, and that name.
    """

    folder: Path
    names: list[str] = field(default_factory=list)
    marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    hidden_files: int = 0
    hidden_folders: int = 0
    others: Counter[str] = field(default_factory=Counter)
    lost: list[tuple[str, str]] = field(default_factory=list)
    again: list[tuple[str, str]] = field(default_factory=list)

    def paths(self) -> list[Path]:
        """The pictures' paths, in the order of their names."""
        return [self.folder / name for name in self.names]


def list_folder(folder: Path | str, *, until_found: bool = False) -> Listing:
    """List a folder and all below it; symbolic links are followed.

    With ``until_found`` no folder is looked into after one with pictures.

    A folder that several links lead to is listed once, by its own name where that is in the folder,
    so that links that lead round in a circle end.
    """
    found = Listing(Path(folder))
    seen: dict[tuple[int, int], str] = {}
    waiting, links = [""], list[str]()
    while (waiting or links) and not (until_found and found.names):
        # Links wait for all real folders: a folder goes by its own name.
        place = waiting.pop() if waiting else links.pop(0)
        try:
            status = (found.folder / place).stat()
            identity = (status.st_dev, status.st_ino)
            if identity in seen:
                found.again.append((place, seen[identity] or "the folder itself"))
                continue
            seen[identity] = place
            _list_one(found, place, waiting, links)
        except OSError as error:
            found.lost.append((place or ".", _why(error)))
    found.names.sort(key=lambda name: name.split("/"))
    found.lost.sort()
    return found


def _list_one(found: Listing, place: str, waiting: list[str], links: list[str]) -> None:
    """Sort the entries of one folder; folders in it are added to those that wait."""
    with os.scandir(found.folder / place) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            name = f"{place}/{entry.name}" if place else entry.name
            if _is_folder(entry):
                if entry.name.startswith(".") or entry.name == ARCHIVED_FORKS:
                    found.hidden_folders += 1
                else:
                    (links if entry.is_symlink() else waiting).append(name)
            elif entry.name.startswith("."):
                found.hidden_files += 1
            else:
                _sort_file(found, name, entry)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder or leads to one; links that lead round in a circle do not."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _sort_file(found: Listing, name: str, entry: os.DirEntry[str]) -> None:
    """Note one visible entry that is no folder."""
    suffix = entry.name[entry.name.rfind(".") :].lower() if "." in entry.name else ""
    if suffix and suffix not in SUFFIXES:
        found.others[suffix] += 1
        return
    try:
        status = entry.stat()
    except OSError as error:
        found.lost.append((name, _why(error)))
        return
    if not stat.S_ISREG(status.st_mode):
        found.lost.append((name, "a pipe or a device"))
    elif suffix or begins_as_picture(entry.path):
        found.names.append(name)
        found.marks[name] = status.st_size, int(status.st_mtime)
    else:
        found.others["no suffix"] += 1


def _why(error: OSError) -> str:
    """Why the system refuses a place."""
    if isinstance(error, FileNotFoundError):
        return "a link that leads nowhere"
    return reason(error).partition(":")[0]


def fingerprint(folder: Path) -> str:
    """sha256 over the places, sizes and dates of all pictures below a folder; none is opened.

    Dates count in whole seconds, as archives and copies keep them (``cp -a``, ``rsync -a``,
    ``tar``); a copy that gives new dates is another set.
    """
    listing = list_folder(folder)
    lines = [(name, *map(str, listing.marks[name])) for name in listing.names]
    text = "".join("\0".join(line) + "\n" for line in [*lines, *listing.lost])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

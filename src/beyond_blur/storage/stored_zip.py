"""Zip archives whose bytes follow from their files alone, and that are safe to unpack.

Members are stored as they are, in one order, with one date and one mode. An archive that anybody
may have made is read by the same rule: a member that is compressed, a link, or led out of the
folder by its name is refused before anything is written. So none unpacks to more than its own size.
"""

from __future__ import annotations

import hashlib
import stat
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from beyond_blur.storage.atomic import ArtifactError, atomic

DATE = (1980, 1, 1, 0, 0, 0)
"""The first that a zip can hold: an archive does not say when it was packed."""

MODE = stat.S_IFREG | 0o644

UNIX = 3
"""The system that the mode is one of."""

LIST = "SHA256SUMS"
"""Member that holds the checksum of every other one, as ``sha256sum --check`` reads it."""

LARGEST_LIST = 2**28
MOST_MEMBERS = 2**20

BLOCK = 2**20
"""Bytes that are in memory at a time."""

NOT_OURS = "it was not packed by pack_archive, or changed since: ask for it again"


def write(path: Path | str, members: Mapping[str, Path | bytes]) -> int:
    """Write an archive with the list of its checksums, whole or not at all.

    Parameters
    ----------
    path : path
    members : mapping of str to path or bytes
        What stands under each name; files are read piece by piece.

    Returns
    -------
    int
        Bytes of the archive.

    Raises
    ------
    WriteError
        If there is no room for it.
    """
    sizes = [len(m) if isinstance(m, bytes) else m.stat().st_size for m in members.values()]
    with (
        atomic(path, wanted=sum(sizes)) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        lines = [f"{_add(archive, name, members[name])}  {name}\n" for name in sorted(members)]
        _add(archive, LIST, "".join(lines).encode())
    return Path(path).stat().st_size


def _add(archive: zipfile.ZipFile, name: str, content: Path | bytes) -> str:
    """Store one member; its sha256."""
    entry = zipfile.ZipInfo(name, DATE)
    entry.create_system, entry.external_attr = UNIX, MODE << 16
    fault = entry_fault(entry)
    if fault is not None:
        raise ArtifactError(f"{name!r} {fault}: rename the file, and pack again")
    if isinstance(content, bytes):
        archive.writestr(entry, content)
        return hashlib.sha256(content).hexdigest()
    entry.file_size = content.stat().st_size
    with content.open("rb") as source, archive.open(entry, "w") as target:
        return _copy(source, target)


def unpack(path: Path | str, folder: Path) -> list[str]:
    """Unpack an archive that `write` has made into an empty folder, comparing every checksum.

    Parameters
    ----------
    path : path
    folder : path
        Made where it is not there.

    Returns
    -------
    list of str
        Names of the members, without that of their list.

    Raises
    ------
    ArtifactError
        For a file that is no such archive or is cut off; a member that would be written outside of
        the folder or over another one, that is compressed, encrypted or no plain file, that is not
        listed or not as listed, or that is listed and not there.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = checked_entries(path, archive)
            listed = _listed(path, archive, entries)
            for name, entry in entries.items():
                _unpack(path, archive, entry, folder, listed[name])
    except FileNotFoundError as error:
        raise ArtifactError(f"{error.filename} does not exist") from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        said = f"{path} is no zip archive, or is cut off or damaged ({error})"
        raise ArtifactError(f"{said}: ask for it again") from error
    return sorted(entries)


def checked_entries(path: Path | str, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members by name, each of which is a plain stored file that lies in the folder.

    Raises
    ------
    ArtifactError
        Naming the first that is not.
    """
    found: dict[str, zipfile.ZipInfo] = {}
    taken: set[str] = set()
    entries = archive.infolist()
    if len(entries) > MOST_MEMBERS:
        raise ArtifactError(f"{path} has {len(entries):,} members: {NOT_OURS}")
    size = Path(path).stat().st_size
    for entry in entries:
        fault = entry_fault(entry)
        if not 0 <= entry.header_offset < size:
            fault = "has no place in the file"
        name = unicodedata.normalize("NFKC", entry.filename).casefold()
        if fault is None and name in taken:
            fault = "is there twice, as far as some systems tell names apart"
        if fault is not None:
            raise ArtifactError(f"{path}: member {entry.orig_filename!r} {fault}: {NOT_OURS}")
        found[entry.filename] = entry
        taken.add(name)
    if sum(entry.file_size for entry in entries) > size:
        raise ArtifactError(f"{path} would unpack to more than its own size: {NOT_OURS}")
    inside = _file_and_folder(taken)
    if inside is not None:
        raise ArtifactError(f"{path}: member {inside!r} is a file and a folder: {NOT_OURS}")
    return found


def entry_fault(entry: zipfile.ZipInfo) -> str | None:
    """Why a member is not one that `write` would make, as the end of a sentence."""
    name, mode = entry.orig_filename, entry.external_attr >> 16
    parts = name.split("/")
    if name != entry.filename or not name.isprintable() or "\\" in name or ":" in name:
        return "has a name with signs that no system should be given"
    if not name or name.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return "leads out of the folder, or names none"
    if entry.create_system != UNIX or not stat.S_ISREG(mode):
        return "is no plain file but a link, a folder or a device"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        return "is compressed"
    return None


def _file_and_folder(names: set[str]) -> str | None:
    """A name that others take for a folder."""
    folders = (str(folder) for name in names for folder in PurePosixPath(name).parents)
    return next((folder for folder in folders if folder in names), None)


def _listed(
    path: Path | str, archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]
) -> dict[str, str]:
    """The checksums of the list, which leaves ``entries``; both name the same members."""
    listing = entries.pop(LIST, None)
    if listing is None or listing.file_size > LARGEST_LIST:
        raise ArtifactError(f"{path} has no {LIST}, the list of its checksums: {NOT_OURS}")
    lines = archive.read(listing).decode().splitlines()
    listed = {name: checksum for checksum, _, name in (line.partition("  ") for line in lines)}
    for name in sorted(entries.keys() ^ listed.keys()):
        fault = "is not in its list" if name in entries else "is in its list and is not there"
        raise ArtifactError(f"{path}: member {name!r} {fault}: {NOT_OURS}")
    return listed


def _unpack(
    path: Path | str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, wanted: str
) -> None:
    """Write one member to its place, and compare what was written."""
    place = folder / entry.filename
    place.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, place.open("xb") as target:
        checksum = _copy(source, target)
    if checksum != wanted:
        raise ArtifactError(f"{path}: member {entry.filename!r} was changed: ask for it again")


def _copy(source: IO[bytes], target: IO[bytes]) -> str:
    """Copy a stream block by block; the sha256 of what came through."""
    digest = hashlib.sha256()
    for block in iter(lambda: source.read(BLOCK), b""):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()

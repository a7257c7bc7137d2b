"""Reader of archives of pictures: zip, EDM's and StyleGAN's too, or tar, packed or not."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur.config import Dataset
from beyond_blur.data.file_reader import Checksum, FileReader, named
from beyond_blur.data.folder_layout import Layout, layout_of, top_of

if TYPE_CHECKING:
    from beyond_blur.data.packed import PackedSource

LABELS_LEFT_OUT = "dataset.json does not give every picture a whole number: it is left out"


class ArchiveReader(FileReader):
    """Every picture in an archive; its folders are the classes, or the owners' split."""

    kind = "archive"

    def open(self, dataset: Dataset) -> PackedSource:
        """The pictures in the archive at ``dataset.path``."""
        from beyond_blur.data.archive_members import members_of
        from beyond_blur.data.packed import open_packed

        assert dataset.path is not None, "problems tells of a dataset without a path"
        found = members_of(Path(dataset.path))
        assert found.opener is not None, "members_of gives one"
        names = found.listing.names
        # The list of labels has names as they stand in the archive.
        root = common_root(names) if found.labels is None else ""
        inside = [name.removeprefix(root) for name in names]
        layout = archive_layout(inside, found.labels, labelled=dataset.labels == "auto")
        numbers = [found.numbers[f"{root}{name}"] for name in layout.names]
        return open_packed(found.listing, layout, numbers, found.opener, dataset)

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """What names the content of every archive: of a zip its list, which has checksums."""
        return {key: _content(path, checksum) for key, path in named(dataset)}


def common_root(names: Sequence[str]) -> str:
    """The folders that all files of an archive lie in, which mean nothing; with a slash."""
    root = ""
    while names and len(tops := {top_of(name) for name in names}) == 1 and (top := tops.pop()):
        root += f"{top}/"
        names = [name.removeprefix(f"{top}/") for name in names]
    return root


def archive_layout(names: Sequence[str], listed: bytes | None, *, labelled: bool) -> Layout:
    """What the folders of an archive mean; the classes are those of ``dataset.json``, if any.

    Parameters
    ----------
    names : sequence of str
        Places of the pictures in the archive.
    listed : bytes, optional
        The content of ``dataset.json``: names, and the number of the class of each.
    labelled : bool
        Whether classes are asked for.
    """
    labels = _labels(listed) if listed is not None and labelled else None
    if labels is None:
        return layout_of(names, labelled=labelled)
    layout = layout_of(names, labelled=False)
    numbers = [labels.get(name) for name in layout.names]
    if not all(type(number) is int and number >= 0 for number in numbers):
        return replace(layout, remarks=(*layout.remarks, LABELS_LEFT_OUT))
    return replace(layout, labels=[int(number) for number in numbers if number is not None])


def _labels(listed: bytes) -> Mapping[str, Any] | None:
    """Labels by the names of the pictures; None where the file has none."""
    try:
        pairs = json.loads(listed).get("labels")
        return None if pairs is None else {str(name): label for name, label in pairs}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _content(path: Path, checksum: Checksum) -> str:
    """The checksum of a zip's list of names, sizes and checksums; of another archive its own."""
    if not zipfile.is_zipfile(path):
        return checksum(path)
    digest = hashlib.sha256()
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            digest.update(f"{info.filename}\0{info.file_size}\0{info.CRC}\n".encode())
    return digest.hexdigest()

"""Reader of tables of pictures in Parquet files, as Hugging Face stores them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data.file_reader import Checksum, FileReader, named
from beyond_blur.data.folder_layout import HELD_OUT, TRAIN, Layout
from beyond_blur.data.listing import Listing
from beyond_blur.data.memory import check_fits
from beyond_blur.storage.opening import in_words, shown

if TYPE_CHECKING:
    from beyond_blur.data.packed import PackedSource
    from beyond_blur.data.slices import Spool

SPLIT = re.compile(rf"({'|'.join((TRAIN, *HELD_OUT))})(?![a-z])", re.IGNORECASE)
"""Which split a file is of, in its name or in that of its folder."""

BATCH = 256
"""Rows that are in memory at a time."""

LABEL_NAMES = ("label", "labels", "fine_label")
"""What a column of class numbers is called where nothing else tells it."""


class ParquetReader(FileReader):
    """The column of pictures of one Parquet file, or of all in a folder, split by their names."""

    kind = "parquet"
    package = "pyarrow"

    def open(self, dataset: Dataset) -> PackedSource:
        """The pictures in the Parquet files at ``dataset.path``."""
        from beyond_blur.data.packed import open_packed
        from beyond_blur.data.slices import Spool

        assert dataset.path is not None, "problems tells of a dataset without a path"
        self.check_package()
        path = Path(dataset.path)
        files, remarks = split_files(parquet_files(path))
        spool, table = Spool(path), Table()
        for file, held_out in files:
            _read(file, held_out, spool, table)
        labelled = dataset.labels == "auto" and table.labelled
        layout = Layout(
            table.names,
            table.classes if labelled else None,
            table.labels if labelled else None,
            table.held_out if len(set(table.held_out)) > 1 else None,
            tuple(remarks),
        )
        listing, slices = Listing(path, table.names), spool.slices()
        return open_packed(listing, layout, range(len(table.names)), slices.open, dataset)

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """What names the content of every file: that of its bytes."""
        return {
            key if file == path else f"{key}/{file.relative_to(path).as_posix()}": checksum(file)
            for key, path in named(dataset)
            for file in parquet_files(path)
        }


@dataclass
class Table:
    """The rows of all files.

    Attributes
    ----------
    names : list of str
        What each picture is called.
    labels : list of int
    held_out : list of bool
    classes : tuple of str, or None
    labelled : bool
        Whether every row has a class.
    """

    names: list[str] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    held_out: list[bool] = field(default_factory=list)
    classes: tuple[str, ...] | None = None
    labelled: bool = True


def parquet_files(path: Path) -> list[Path]:
    """The file itself, or all in a folder and below it that are not hidden."""
    if not path.is_dir():
        return [path]
    found = (file.relative_to(path) for file in path.rglob("*.parquet"))
    return sorted(path / f for f in found if not any(part.startswith(".") for part in f.parts))


def split_files(files: Sequence[Path]) -> tuple[list[tuple[Path, bool]], list[str]]:
    """Which files are read, whether their owners hold them out, and what is left out.

    Returns
    -------
    files : list of (path, bool)
        Those of training first.
    remarks : list of str
    """
    splits = {file: _split_of(file) for file in files}
    tests = [name for name in HELD_OUT if name in splits.values()]
    if not tests or TRAIN not in splits.values():
        return [(file, False) for file in files], []
    train = [(file, False) for file in files if splits[file] not in HELD_OUT]
    test = [(file, True) for file in files if splits[file] == tests[0]]
    unused = [file.name for file in files if splits[file] in tests[1:]]
    remarks = [f"{', '.join(unused)} left out: {tests[0]} is held out"] if unused else []
    return train + test, remarks


def _split_of(file: Path) -> str | None:
    for text in (file.name, file.parent.name):
        if match := SPLIT.match(text):
            return match[1].lower()
    return None


def _read(file: Path, held_out: bool, spool: Spool, table: Table) -> None:
    """Copy the pictures of one file to the spool, and note its rows in the table."""
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(file) as opened:
            groups = range(opened.metadata.num_row_groups)
            largest = max((opened.metadata.row_group(i).total_byte_size for i in groups), default=0)
            check_fits(largest, file)
            pictures, labels = _columns(opened.schema_arrow, file)
            if table.classes is None:
                table.classes = _class_names(opened.schema_arrow, labels)
            wanted = [pictures] if labels is None else [pictures, labels]
            for batch in opened.iter_batches(BATCH, columns=wanted):
                for row in batch.to_pylist():
                    table.names.append(_add(row[pictures], file, len(table.names), spool))
                    label = None if labels is None else row[labels]
                    table.labelled &= label is not None and label >= 0
                    table.labels.append(0 if label is None else label)
                    table.held_out.append(held_out)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            f"{shown(file)} cannot be read as a Parquet file ({in_words(error)}): download it again"
        ) from error


def _add(value: Any, file: Path, row: int, spool: Spool) -> str:
    """Copy one picture; what it is called."""
    content = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(content, bytes):
        raise ConfigError(
            f"{shown(file)}: row {row} holds no bytes of a picture, only its path at most: store "
            "the pictures in the table (embed_external_files=True)"
        )
    spool.add(io.BytesIO(content), len(content))
    named = value.get("path") if isinstance(value, dict) else None
    return f"{file.name}, image {row}" + (f" ({named})" if isinstance(named, str) else "")


def _columns(schema: Any, file: Path) -> tuple[str, str | None]:
    """The names of the columns of pictures and of class numbers."""
    import pyarrow

    def holds_pictures(kind: Any) -> bool:
        if pyarrow.types.is_struct(kind):
            return any(kind.field(i).name == "bytes" for i in range(kind.num_fields))
        return bool(pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind))

    pictures = [one.name for one in schema if holds_pictures(one.type)]
    if not pictures:
        raise ConfigError(
            f"{shown(file)} has no column of pictures (bytes), only {', '.join(schema.names[:5])}"
        )
    numbers = [one.name for one in schema if pyarrow.types.is_integer(one.type)]
    labels = [*_class_labels(schema), *(name for name in LABEL_NAMES if name in numbers)]
    return pictures[0], next((name for name in labels if name in numbers), None)


def _class_labels(schema: Any) -> dict[str, tuple[str, ...]]:
    """The names of the classes by the column that numbers them, as Hugging Face notes them."""
    try:
        text = (schema.metadata or {}).get(b"huggingface", b"{}")
        features = json.loads(text)["info"]["features"]
        return {
            column: tuple(map(str, kind["names"]))
            for column, kind in features.items()
            if isinstance(kind, dict) and kind.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _class_names(schema: Any, labels: str | None) -> tuple[str, ...] | None:
    return None if labels is None else _class_labels(schema).get(labels)

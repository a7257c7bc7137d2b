"""Of a listing of pictures, those that can be read, with all that is known before decoding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from beyond_blur.config import ConfigError
from beyond_blur.data.folder_layout import Layout
from beyond_blur.data.folder_remarks import refusal, remarks_on, summary, without_images
from beyond_blur.data.listing import Listing

if TYPE_CHECKING:
    from beyond_blur.data.picture_headers import Header


@dataclass(frozen=True)
class Asked:
    """What is asked of pictures.

    Attributes
    ----------
    skip : bool
        Whether pictures that cannot be read are left out; else they are refused.
    size, channels : int, optional
        What the pictures are brought to, for the remarks.
    way_out : str
        What can be done about pictures that cannot be read, for the message.
    """

    skip: bool = False
    size: int | None = None
    channels: int | None = None
    way_out: str = "remove or mend them"


@dataclass(frozen=True)
class Readable:
    """The pictures that are read.

    Attributes
    ----------
    rows : sequence of int
        Their numbers in the layout.
    sizes : sequence of (int, int)
        Width and height of each, as it is read.
    labels, classes, held_out, remarks
        As in `beyond_blur.data.source.Source`.
    """

    rows: Sequence[int]
    sizes: Sequence[tuple[int, int]]
    labels: np.ndarray | None
    classes: tuple[str, ...] | None
    held_out: np.ndarray | None
    remarks: tuple[str, ...]


def readable(
    listing: Listing,
    layout: Layout,
    headers: Mapping[int, Header],
    unreadable: Sequence[tuple[int, str]],
    asked: Asked,
) -> Readable:
    """Leave out, or refuse, what cannot be read.

    Parameters
    ----------
    listing, layout
        What there is, and what it means.
    headers, unreadable
        As `beyond_blur.data.picture_headers.read_headers` returns them, of the layout's pictures.
    asked : Asked

    Raises
    ------
    ConfigError
        No pictures, or one line that names all that cannot be read.
    """
    refused = [*listing.lost, *((layout.names[row], why) for row, why in unreadable)]
    if not listing.names:
        raise ConfigError(without_images(listing))
    if refused and not (asked.skip and headers):
        raise ConfigError(refusal(listing, refused, asked.way_out))
    rows = sorted(headers)
    found = [headers[row] for row in rows]
    return Readable(
        rows,
        [header.size for header in found],
        None if layout.labels is None else np.array(layout.labels)[rows],
        layout.classes,
        None if layout.held_out is None else np.array(layout.held_out)[rows],
        (
            summary(listing, layout, len(rows), refused),
            *layout.remarks,
            *remarks_on(found, asked.size, asked.channels),
        ),
    )

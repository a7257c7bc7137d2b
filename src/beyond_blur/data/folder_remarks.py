"""A folder of pictures in sentences: what is read, what is left out, what is not as it looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from beyond_blur.data.folder_layout import Layout, counted, listed
from beyond_blur.data.listing import Listing
from beyond_blur.data.pictures import SUFFIXES
from beyond_blur.storage.opening import shown

if TYPE_CHECKING:
    from beyond_blur.data.picture_headers import Header

NAMED = 100
"""Unreadable files that a message names; a folder may hold a million."""


def summary(listing: Listing, layout: Layout, n: int, unreadable: Sequence[tuple[str, str]]) -> str:
    """A folder in one sentence.

    Parameters
    ----------
    listing : Listing
    layout : Layout
    n : int
        Number of pictures that are read.
    unreadable : sequence of (str, str)
        Files that are left out, and why.
    """
    parts = [counted(n, "picture")]
    if layout.classes is not None:
        parts.append(counted(len(layout.classes), "class", "classes"))
    parts += left_out(listing)
    if unreadable:
        parts.append(f"{len(unreadable):,} unreadable: {named(unreadable)}")
    return f"{shown(listing.folder)}: {', '.join(parts)}"


def left_out(listing: Listing) -> list[str]:
    """What lies in a folder and is not read, a phrase each."""
    parts = []
    for count, word in (
        (listing.hidden_files, "hidden file"),
        (listing.hidden_folders, "hidden folder"),
    ):
        if count:
            parts.append(f"{counted(count, word)} skipped")
    if listing.others:
        kinds = listed(sorted(listing.others))
        parts.append(f"{counted(listing.others.total(), 'other file')} left out ({kinds})")
    for place, other in listing.again:
        parts.append(f"{shown(place)} is the same folder as {shown(other)} and read once")
    return parts


def without_images(listing: Listing) -> str:
    """That a folder holds no images, and what it holds."""
    found = "; ".join([*left_out(listing), *(f"{name} is {why}" for name, why in listing.lost)])
    return f"{listing.folder} holds no images ({', '.join(SUFFIXES)})" + (found and f": {found}")


def refusal(listing: Listing, unreadable: Sequence[tuple[str, str]], way_out: str) -> str:
    """The line that stops at files that cannot be read; it names all of them."""
    n = counted(len(listing.names) + len(listing.lost), "picture")
    if len(unreadable) == 1:
        ((name, why),) = unreadable
        return f"{shown(listing.folder / name)} cannot be read as an image ({why}): {way_out}"
    return (
        f"{shown(listing.folder)}: {len(unreadable):,} of {n} cannot be read as images: "
        f"{named(unreadable)}: {way_out}"
    )


def named(unreadable: Sequence[tuple[str, str]]) -> str:
    """Files and what is wrong with each."""
    words = ", ".join(f"{shown(name)} ({why})" for name, why in unreadable[:NAMED])
    more = len(unreadable) - NAMED
    return words + (f" and {more:,} more" if more > 0 else "")


def remarks_on(headers: Sequence[Header], size: int | None, channels: int | None) -> Iterator[str]:
    """What happens to pictures that a reader may not expect.

    Parameters
    ----------
    headers : sequence of Header
        Of the pictures that are read.
    size, channels : int, optional
        What they are brought to.
    """
    n = len(headers)
    grey = sum(one.grey for one in headers)
    if channels == 3 and grey:
        yield f"{grey:,} of {n:,} pictures are grey: images of three channels repeat it"
    elif channels == 1 and grey < n:
        yield f"{n - grey:,} of {n:,} pictures have colour: they become grey (ITU-R 601 luma)"
    elif channels is None and 0 < grey < n:
        yield f"{grey:,} of {n:,} pictures are grey and the others colour: grey is repeated"
    small = [one.size for one in headers if size is not None and min(one.size) < size]
    if small:
        width, height = min(small)
        yield (
            f"{len(small):,} of {n:,} pictures are smaller than {size} pixels (the smallest "
            f"{width} x {height}) and are enlarged"
        )
    several = sum(one.several for one in headers)
    if several:
        yield f"{counted(several, 'file')} with several pages or frames: only the first is read"
    if by_values := sum(one.told_by_values for one in headers):
        yield (
            f"{counted(by_values, 'picture')} of floating-point or 32-bit values: what is white is "
            "told by the largest value of each: 1, 255 or 65,535"
        )
    for why, count in Counter(one.profile for one in headers if one.profile).items():
        yield f"the colour profile of {counted(count, 'picture')} is passed over: {why}"

"""What the folders of a set of pictures mean: classes, the owners' split, or nothing.

* ``train/`` beside ``test/`` or ``val/``, and nothing else, is a split (AFHQ); classes are inside.
* Folders of numbers that count the pictures in thousands (FFHQ's ``00000``, ``01000``, ...) are no
  classes; of FFHQ's, pictures from number 60,000 on are held out.
* Other folders are classes. Pictures beside them are strays and left out, if they are fewer than
  those in the folders; if they are not, there are no classes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from beyond_blur.data.counts import Counts

TRAIN = "train"
HELD_OUT = ("test", "val", "valid", "validation")
"""What folders of held-out pictures are called; the first that is there is read."""

THOUSANDS = re.compile(r"\d{5}")
"""Folders that hold a thousand pictures each, by number."""

FFHQ_TRAINING = 60_000
"""Pictures of FFHQ below this number are its training set, the other 10,000 its validation set."""

SHOWN = 5
"""Names of files or folders in a sentence."""


@dataclass(frozen=True)
class Layout:
    """Which pictures of a listing are read, and as what.

    Attributes
    ----------
    names : sequence of str
        The pictures that are read, in the order of the listing.
    classes : tuple of str, or None
        Names of the classes in alphabetical order.
    labels : sequence of int, or None
        The class of each picture.
    held_out : sequence of bool, or None
        Whether the owners keep a picture from training.
    remarks : tuple of str
        What is left out, or is not what it may seem.
    """

    names: Sequence[str]
    classes: tuple[str, ...] | None = None
    labels: Sequence[int] | None = None
    held_out: Sequence[bool] | None = None
    remarks: tuple[str, ...] = ()


def layout_of(names: Sequence[str], *, labelled: bool = True) -> Layout:
    """What the folders mean that pictures lie in.

    Parameters
    ----------
    names : sequence of str
        Places of the pictures in their folder.
    labelled : bool
        Whether classes are asked for; without them no picture is left out for lying beside them.
    """
    if split := split_folders({top_of(name) for name in names}):
        return _split_layout(names, split, labelled)
    if numbered(names):
        return Layout(names, held_out=_of_ffhq(names))
    return _with_classes(Layout(names), names, labelled)


def counts_of(layout: Layout) -> Counts:
    """How many pictures a layout has, of classes or not, and how many of them are held out."""
    if not layout.names:
        return Counts()
    n_official = None if layout.held_out is None else sum(layout.held_out)
    return Counts(len(layout.names), layout.labels is not None, n_official)


def top_of(name: str) -> str:
    """The first folder of a place; empty where there is none."""
    top, slash, _ = name.partition("/")
    return top if slash else ""


def split_folders(tops: set[str]) -> tuple[str, str] | None:
    """The folders of training and of held-out pictures, if the top folders are these alone."""
    named = {top.lower(): top for top in tops}
    if TRAIN not in named or not set(named) <= {TRAIN, *HELD_OUT}:
        return None
    return next(((named[TRAIN], named[one]) for one in HELD_OUT if one in named), None)


def numbered(names: Sequence[str]) -> bool:
    """Whether the folders are numbers that follow from the files' own."""
    return bool(names) and all(
        THOUSANDS.fullmatch(top_of(name))
        and (number := number_of(name)) is not None
        and int(top_of(name)) in (number // 1000, number - number % 1000)
        for name in names
    )


def number_of(name: str) -> int | None:
    """The number that a file's name ends with."""
    found = re.search(r"(\d+)(\.\w+)?$", name)
    return int(found[1]) if found else None


def _of_ffhq(names: Sequence[str]) -> list[bool] | None:
    """FFHQ's split; None where either part of it is missing, or the folders are not FFHQ's."""
    numbers = [number_of(name) or 0 for name in names]
    thousands = all(
        int(top_of(name)) == number - number % 1000
        for name, number in zip(names, numbers, strict=True)
    )
    held_out = [number >= FFHQ_TRAINING for number in numbers]
    return held_out if thousands and any(held_out) and not all(held_out) else None


def _split_layout(names: Sequence[str], split: tuple[str, str], labelled: bool) -> Layout:
    """Classes and held-out pictures of a folder that is split in two."""
    train, test = split
    kept = [name for name in names if top_of(name) in split]
    unused = Counter(top_of(name) for name in names if top_of(name) not in split)
    remarks = [f"{train}/ and {test}/ are the owners' split, which dataset.split: official takes"]
    remarks += [f"{counted(n, 'picture')} of {folder}/ left out" for folder, n in unused.items()]
    held_out = [top_of(name) == test for name in kept]
    inside = [name.partition("/")[2] for name in kept]
    return _with_classes(Layout(kept, held_out=held_out, remarks=tuple(remarks)), inside, labelled)


def _with_classes(layout: Layout, places: Sequence[str], labelled: bool) -> Layout:
    """The same pictures with classes by the first folders of their ``places``, without strays."""
    tops = [top_of(place) for place in places]
    in_folders = Counter(filter(None, tops))
    strays = [place for place, top in zip(places, tops, strict=True) if not top]
    if not labelled or not in_folders:
        return layout
    if len(strays) >= in_folders.total():
        remark = (
            f"no classes: {counted(len(strays), 'picture')} beside the folders "
            f"({listed(sorted(in_folders))}) and {in_folders.total():,} in them"
        )
        return replace(layout, remarks=(*layout.remarks, remark))
    classes = tuple(sorted(in_folders))
    numbers = {name: number for number, name in enumerate(classes)}
    kept = [row for row, top in enumerate(tops) if top]
    remarks = layout.remarks
    if strays:
        lie, are = ("picture lies", "is") if len(strays) == 1 else ("pictures lie", "are")
        remarks += (
            f"{len(strays):,} {lie} beside the class folders and {are} left out "
            f"({listed(strays)}); dataset.labels: none reads all, without classes",
        )
    held_out = layout.held_out
    return Layout(
        [layout.names[row] for row in kept],
        classes,
        [numbers[tops[row]] for row in kept],
        None if held_out is None else [held_out[row] for row in kept],
        remarks,
    )


def listed(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are."""
    shown = names[:SHOWN]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def counted(n: int, word: str, plural: str | None = None) -> str:
    """A number with its noun."""
    return f"{n:,} {word if n == 1 else plural or word + 's'}"

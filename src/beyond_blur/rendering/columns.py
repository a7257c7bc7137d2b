"""Rows of text in columns: Markdown, and aligned for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

Rows = Sequence[Sequence[str]]


def markdown(heads: Sequence[str], lines: Rows, n_left: int, align: bool = False) -> str:
    """A Markdown table.

    Parameters
    ----------
    heads : sequence of str
        One for each column.
    lines : sequence of rows of str
    n_left : int
        The first so many columns stand to the left, those of numbers to the right.
    align : bool
        Whether the text itself is in columns too, to be read in a terminal.

    Returns
    -------
    str
        Without a newline at its end.
    """
    widths = widths_of(heads, lines) if align else [3] * n_left + [4] * (len(heads) - n_left)
    rules = [
        "-" * width if i < n_left else "-" * (width - 1) + ":" for i, width in enumerate(widths)
    ]
    rows = [heads, *lines]
    if align:
        rows = [padded(row, widths, n_left) for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], rules, *rows[1:]])


def aligned(heads: Sequence[str], lines: Rows, n_left: int) -> str:
    """Columns for a terminal, with a rule under the heads; arguments as of `markdown`."""
    widths = widths_of(heads, lines)
    rows = [heads, ["-" * width for width in widths], *lines]
    return "\n".join("  ".join(padded(row, widths, n_left)).rstrip() for row in rows)


def widths_of(heads: Sequence[str], lines: Rows) -> list[int]:
    """The longest text of every column."""
    return [max(map(len, column)) for column in zip(heads, *lines, strict=True)]


def padded(row: Sequence[str], widths: Sequence[int], n_left: int) -> list[str]:
    """Texts of one row with blanks around them, as wide as their columns."""
    return [
        text.ljust(width) if i < n_left else text.rjust(width)
        for i, (text, width) in enumerate(zip(row, widths, strict=True))
    ]

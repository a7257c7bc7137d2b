"""One photograph over Peclet numbers and blur widths, and what the flow changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matplotlib.figure import Figure

from beyond_blur.analysis.peclet_grid import PECLETS, SHARES, GridRow
from beyond_blur.config.labels import peclet_label
from beyond_blur.rendering.corruption_pictures import (
    Block,
    change_colours,
    picture_grid,
    share_outside,
)

FULL_CHANGE = 1.0
"""Change of full colour over the Peclet number, in grey values."""


def peclet_figure(rows: Sequence[GridRow]) -> Figure:
    """A block for every blur width, and one of what the flow changes at the last.

    Parameters
    ----------
    rows : sequence of GridRow
    """
    labels = [peclet_label(peclet) for peclet in PECLETS]
    blocks = [
        Block(
            f"$\\sigma_B$ = L / {1 / share:g}",
            labels,
            [[row.states[share, peclet] for peclet in PECLETS] for row in rows],
        )
        for share in SHARES
    ]
    names = [f"{row.flow}\n{row.size} px" for row in rows]
    return picture_grid([*blocks, change_block(rows)], names)


def change_block(rows: Sequence[GridRow]) -> Block:
    """What the flow changes at the last blur width, coloured in proportion to the Peclet number."""
    share, peclets = SHARES[-1], [peclet for peclet in PECLETS if peclet > 0]
    changes = [
        [
            change_colours(row.states[share, peclet] - row.states[share, 0.0], FULL_CHANGE * peclet)
            for peclet in peclets
        ]
        for row in rows
    ]
    columns = [f"$\\pm${FULL_CHANGE * peclet:g}" for peclet in peclets]
    return Block(f"$\\sigma_B$ = L / {1 / share:g}, minus {peclet_label(0)}", columns, changes)


def cuts(rows: Sequence[GridRow]) -> Iterator[str]:
    """How much of each picture lies outside the grey range, a line for each flow, size and Pe."""
    for row in rows:
        for peclet in PECLETS:
            cut = [f"{100 * share_outside(row.states[share, peclet]):.1f} %" for share in SHARES]
            name = f"{row.flow}, {row.size} px, {peclet_label(peclet)}"
            yield f"{name}: {', '.join(cut)} outside [0, 1]"

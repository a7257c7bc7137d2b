"""The package in one picture, for CONTRIBUTING.md."""

from __future__ import annotations

from beyond_blur.cli.verbs import FILE, option, verb


@verb(option("--out", **FILE))
def architecture(out: str) -> None:
    """Draw the rooms of the package and the imports between them."""
    from beyond_blur.rendering.architecture import draw_architecture, room_graph
    from beyond_blur.storage import atomic, code

    figure = draw_architecture(room_graph(code.graph()))
    with atomic.atomic(out) as temporary:
        figure.savefig(temporary, format=out.rpartition(".")[2], dpi=110)

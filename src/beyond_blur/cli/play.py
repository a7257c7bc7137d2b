"""The verb that opens a page to play with."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

from beyond_blur.cli.verbs import option, verb

LOCAL = "127.0.0.1"
"""The page is served to this machine alone: whoever reaches it makes this machine compute."""


@verb(
    option("folder", nargs="?", default=".", metavar="FOLDER"),
    option(
        "--port",
        type=int,
        default=0,
        metavar="N",
        help="of 127.0.0.1; 0 takes a free one (default %(default)s)",
    ),
    option("--no-browser", action="store_true", help="print the address and open nothing"),
)
def play(folder: str, port: int, no_browser: bool) -> None:
    """Open a page to play with: corrupt a picture live, and sample the networks of a folder."""
    if importlib.util.find_spec("panel") is None:
        raise ValueError("play needs the package panel: pip install panel, or make play")
    import panel

    from beyond_blur.play.page import page
    from beyond_blur.play.samples import networks_in

    networks = networks_in(Path(folder))
    said = f"with {len(networks)} trained networks of {Path(folder).resolve()}"
    print(f"a page to play with, {said if networks else 'no trained network'}; Ctrl-C ends it")
    port = port or free_port()
    # A page of another site that is open in the same browser may not use this one.
    origins = [f"{name}:{port}" for name in (LOCAL, "localhost")]
    panel.serve(
        {"/": lambda: page(networks)}, address=LOCAL, port=port, websocket_origin=origins,
        show=not no_browser, title="beyond_blur",
    )  # fmt: skip


def free_port() -> int:
    """A port of this machine that nothing listens at."""
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])

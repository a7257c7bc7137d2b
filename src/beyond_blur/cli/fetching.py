"""The verb that fetches published data sets, also as workflow/rules/fetching.smk runs it."""

from __future__ import annotations

from pathlib import Path

from beyond_blur.cli.verbs import option, verb
from beyond_blur.config.published_sets import PUBLISHED, folder_of
from beyond_blur.data.by_hand import PAGES


@verb(
    option("name", choices=[*PUBLISHED, *PAGES], metavar="NAME", help="a published set"),
    option("--to", metavar="FOLDER", help="where its files are put (default data/NAME)"),
    option(
        "--mirror",
        action="append",
        default=[],
        metavar="URL",
        help="an address of your own, tried first; may be repeated",
    ),
)
def fetch(name: str, to: str | None, mirror: list[str]) -> None:
    """Fetch a published data set, or say how it is to be had: mnist, cifar10, ffhq, ..."""
    from beyond_blur.data.fetching import fetch_set
    from beyond_blur.storage.sizes import in_bytes

    if name in PAGES:
        print(PAGES[name], end="")
        return
    published, folder = PUBLISHED[name], Path(to or folder_of(name))
    files = f"{len(published.files)} file{'s' if len(published.files) > 1 else ''}"
    print(f"{published.title}: {files}, {in_bytes(published.size)}, into {folder}")
    print(f"licence: {published.licence}", flush=True)
    fetch_set(published, folder, lambda line: print(line, flush=True), mirror)

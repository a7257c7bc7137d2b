"""Manifests that lie beside tables and pictures: whether what they list is there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path

from beyond_blur.storage import records
from beyond_blur.storage.manifest_place import manifest_of
from beyond_blur.verification.findings import Finding
from beyond_blur.verification.listing import Listing


def missing_pages(folder: Path, listing: Listing) -> Iterator[Finding]:
    """Files that a manifest lists and that are gone; and manifests that are all that is left.

    A manifest that cannot be read is said of the files that it is of.

    Parameters
    ----------
    folder : path
        Of the results.
    listing : Listing
    """
    for path in listing.manifests:
        try:
            names = list(records.load(folder / path)["files"])
        except Exception:
            names = []
        listed = [posixpath.normpath(posixpath.join(posixpath.dirname(path), n)) for n in names]
        gone = [one for one in listed if one not in listing.results]
        if names and len(gone) < len(listed):
            yield from (Finding("missing", one, f"{path} lists it, and it is gone") for one in gone)
        elif names or not described_by(path, listing):
            yield Finding("left over", path, "manifest of files that are gone")


def described_by(path: str, listing: Listing) -> bool:
    """Whether any file there is would be looked up in a manifest."""
    return any(
        file.kind.form == "page" and path == (file.kind.manifest or manifest_of(file.path))
        for file in listing.results.values()
    )

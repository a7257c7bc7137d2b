"""Whether a place can take results: asked before the work, which may be long."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from beyond_blur.storage.system_errors import reason


def check_folder(folder: str, option: str, out: str | None = None) -> None:
    """Refuse a folder that cannot be made or written to; none is left behind.

    Parameters
    ----------
    folder : str
    option : str
        That names it, for the message.
    out : str, optional
        What was typed, where that is a file in the folder.

    Raises
    ------
    ValueError
        Naming the option, what was typed and why nothing can be written there.
    """
    shown = folder if out is None else out
    if not shown:
        raise ValueError(f'{option} "": give a name, or . for the folder you are in')
    place = Path(folder)
    new: list[Path] = []
    try:
        new = [one for one in (place, *place.parents) if not one.exists()]
        place.mkdir(parents=True, exist_ok=True)
        # Tried: permissions do not tell what a root user may, or that a disk is read-only.
        tempfile.TemporaryDirectory(dir=place, prefix=".").cleanup()
    except OSError as error:
        raise ValueError(
            f"{option} {shown}: no folder for results at {place} ({reason(error)}): name another "
            "place"
        ) from error
    finally:
        for one in new:
            with contextlib.suppress(OSError):
                one.rmdir()


def check_new(path: str, option: str) -> None:
    """Refuse a file that is there already, or that cannot be made, before the work for it.

    What a person asks for is never written over anything. Jobs of the workflow are not asked this:
    their files are the workflow's.

    Parameters
    ----------
    path : str
    option : str
        That names it, for the message.

    Raises
    ------
    ValueError
        Naming the option and the file.
    """
    if os.path.lexists(path):
        raise ValueError(f"{option} {path} is there already: name another file, or delete it first")
    check_folder(str(Path(path).parent), option, path)

"""Where the workflow of this package lies: in the clone, or in the installed package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]

CARRIED = PACKAGE / "workflow_files"
"""What a wheel carries of a clone: Snakefile, workflow, envs, profiles, config."""


def folder() -> Path:
    """The folder of the Snakefile and of all that lies beside it.

    Raises
    ------
    FileNotFoundError
        If the package was installed without them.
    """
    for place in (CARRIED, PACKAGE.parents[1]):
        if (place / "Snakefile").is_file():
            return place
    raise FileNotFoundError(
        f"{PACKAGE} has no workflow beside it: install the package from its clone (pip install .)"
    )

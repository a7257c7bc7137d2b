"""Finished parts of a long result, kept beside it until it is whole.

Snakemake deletes the declared outputs of a job that failed. Parts lie in a folder of their own that
is not declared, so a killed job finds them when it runs again. A part's name holds the identity of
the result, so that parts of another configuration, seed, input or code are never taken for it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur.storage import artifacts, atomic

if TYPE_CHECKING:
    import numpy as np


class Parts:
    """The parts of one result.

    Parameters
    ----------
    out : path
        File of the whole result; the parts lie beside it, in a folder of its name with ``.parts``.
    identity : JSON-ready value
        Everything that the result depends on.
    """

    def __init__(self, out: Path | str, identity: Any) -> None:
        self.folder = Path(out).with_suffix(".parts")
        self.identity = hashlib.sha256(json.dumps(identity).encode()).hexdigest()

    def path(self, name: str) -> Path:
        """The file of the part called ``name``."""
        return self.folder / f"{self.identity[:16]}-{name}.safetensors"

    def save(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep a part, whole or not at all."""
        artifacts.save(self.path(name), arrays, kind="part", spec={"identity": self.identity})

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """A part's arrays; None if there is none, or none that is sound and belongs here."""
        path = self.path(name)
        if not path.exists():
            return None
        try:
            part = artifacts.load(path, "part")
        except atomic.ArtifactError as error:
            print(f"{error}: made again", flush=True)
            return None
        return part.arrays if part.manifest["spec"]["identity"] == self.identity else None

    def remove(self) -> None:
        """Delete every part, those of other identities, too: the result they were for is whole."""
        shutil.rmtree(self.folder, ignore_errors=True)

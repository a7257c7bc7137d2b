"""Finished batches of a long result, kept beside it until it is whole.

Snakemake deletes the declared outputs of a job that failed. Batches lie in a folder of their own
that is not declared, so a killed job finds them when it runs again. A batch's name holds the
identity of the result, so that batches of another configuration, seed, input or code are never
taken for it. Those are left alone until the result is whole: whoever sets the configuration back
finds the work of hours again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur.storage import artifacts, atomic

if TYPE_CHECKING:
    import numpy as np

logger = logging.getLogger("beyond_blur")


def folder_beside(out: Path | str) -> Path:
    """Where the finished batches of a result lie until it is whole."""
    return Path(out).with_suffix(".parts")


def identity_of(values: Any) -> str:
    """What names unfinished work, from everything that its result depends on."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


class FinishedBatches:
    """The batches of one result.

    Parameters
    ----------
    out : path
        File of the whole result; batches lie beside it, in a folder of its name with ``.parts``.
    identity : JSON-ready value
        Everything that the result depends on.
    """

    def __init__(self, out: Path | str, identity: Any) -> None:
        self.folder = folder_beside(out)
        self.identity = identity_of(identity)

    def path(self, name: str) -> Path:
        """The file of the batch called ``name``."""
        return self.folder / f"{self.identity[:16]}-{name}.safetensors"

    def save(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep a batch, whole or not at all."""
        artifacts.save(self.path(name), arrays, kind="part", spec={"identity": self.identity})

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """A batch's arrays; None if there is none, or none that is sound and belongs here."""
        path = self.path(name)
        if not path.exists():
            return None
        try:
            batch = artifacts.load(path, "part")
        except atomic.ArtifactError as error:
            logger.warning("%s: made again", error)
            return None
        return batch.arrays if batch.manifest["spec"]["identity"] == self.identity else None

    def remove(self) -> None:
        """Delete every batch, also of other identities: the result they were for is whole."""
        shutil.rmtree(self.folder, ignore_errors=True)

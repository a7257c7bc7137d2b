"""A checksum over all that a manifest says, so that no part of it can change without a word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from beyond_blur.storage.atomic import ArtifactError


def seal_of(record: Mapping[str, Any]) -> str:
    """sha256 over every key and value of a JSON object but ``seal``, in the order of the keys."""
    rest = {key: value for key, value in record.items() if key != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON object with its seal; keys are texts and values what JSON has."""
    plain = json.loads(json.dumps(record))
    return {**plain, "seal": seal_of(plain)}


def check_seal(path: Path | str, record: Mapping[str, Any]) -> None:
    """Refuse a JSON object of which anything has changed since it was sealed.

    Raises
    ------
    ArtifactError
        Naming the file that it stands in.
    """
    if record.get("seal") != seal_of(record):
        raise ArtifactError(
            f"{path} does not match its checksum: what it says was changed after it was written; "
            "delete it and rerun"
        )

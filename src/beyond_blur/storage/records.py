"""Numbers as JSON files that say what they are of: a manifest and its content, under one seal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from beyond_blur.storage.artifacts import check_description, describe
from beyond_blur.storage.atomic import read_json, write_text
from beyond_blur.storage.seal import sealed


def save(
    path: Path | str,
    content: Mapping[str, Any],
    *,
    kind: str,
    spec: Any,
    inputs: Mapping[str, str] | None = None,
    traits: Mapping[str, Any] | None = None,
    packages: tuple[str, ...] = ("numpy",),
) -> None:
    """Write a JSON object with its manifest.

    Parameters
    ----------
    path : path
        Where to; the file appears whole or not at all.
    content : mapping of str to JSON-ready value
        What to keep; its keys are none of the manifest's.
    kind, spec, inputs, traits, packages
        As of `artifacts.save`.
    """
    record = sealed({**describe(kind, spec, inputs, traits, packages), **content})
    first = {key: record.pop(key) for key in ("format", "kind", *content)}
    write_text(path, json.dumps({**first, **record}, indent=1) + "\n")


def load(path: Path | str, kind: str | None = None) -> dict[str, Any]:
    """Read a file written by `save`: its content and its manifest, whose ``seal`` names both.

    Raises
    ------
    ArtifactError
        A missing, damaged, foreign or altered file, or one of another kind.
    """
    record = read_json(path)
    check_description(path, record, kind)
    return dict(record)

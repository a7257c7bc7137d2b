"""The presets that ship with the package; one may inherit another and change some of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from beyond_blur.config.base import ConfigError
from beyond_blur.config.error_lines import shown, unknown

PRESETS = Path(__file__).parent / "presets"

INHERITS = "inherits"
"""The key under which a preset names the one that it changes; only files of presets have it."""

BASE = "_"
"""How the name of a file begins that others inherit and nobody runs."""


def preset_names() -> list[str]:
    """The presets that ship with the package."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml") if not path.stem.startswith(BASE))


def load_preset(name: str) -> dict[str, Any]:
    """The values of one preset with all that it inherits, as plain data.

    Raises
    ------
    ConfigError
        If there is no such preset.
    """
    if name not in preset_names():
        raise ConfigError(unknown(f"preset = {shown(name)}", name, preset_names()))
    return inherited(name)


def inherited(name: str, folder: Path = PRESETS, heirs: tuple[str, ...] = ()) -> dict[str, Any]:
    """The values of a file of presets, laid over those of the file that it inherits.

    Raises
    ------
    ConfigError
        A file that inherits itself, by however many others, or one that is not there.
    """
    import yaml

    if name in heirs:
        raise ConfigError(f"presets inherit each other: {' <- '.join((*heirs, name))}")
    path = folder / f"{name}.yaml"
    if not path.is_file():
        names = sorted(one.stem for one in folder.glob("*.yaml"))
        raise ConfigError(unknown(f"{heirs[-1]}.yaml: {INHERITS} = {name}", name, names))
    values = dict(yaml.safe_load(path.read_text(encoding="utf-8")))
    base = values.pop(INHERITS, None)
    return values if base is None else overlay(inherited(base, folder, (*heirs, name)), values)


def overlay(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay ``changes`` over ``base``: sections are merged key by key, everything else replaced."""
    merged = dict(base)
    for key, value in changes.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = overlay(merged[key], value)
        else:
            merged[key] = value
    return merged

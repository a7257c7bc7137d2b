"""From plain values to checked options, with one clear line for whatever does not fit."""

from __future__ import annotations

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from beyond_blur.config.checks import check
from beyond_blur.config.options import PROCESS_SPECS, ConfigError, Experiment, ProcessSpec


def read(cls: type[Any], values: Any, key: str = "") -> Any:
    """Make a dataclass of this file from plain values, checking names, types and ranges.

    Parameters
    ----------
    cls : dataclass
        The section to make, e.g. ``Sampling``.
    values : mapping
        Plain values as YAML or JSON gives them; keys left out take their defaults.
    key : str
        Where the section stands in the configuration, for messages.

    Raises
    ------
    ConfigError
        An unknown key, a value of the wrong type or outside its range.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{key or 'config'} is {values!r}: expected keys and values")
    fields = {f.name: f for f in dataclasses.fields(cls)}
    for name in values:
        if name not in fields:
            raise ConfigError(unknown(_join(key, name), name, fields))
    hints = _hints(cls)
    read_values = {
        name: _within(
            _convert(hints[name], value, _join(key, name)), fields[name], _join(key, name)
        )
        for name, value in values.items()
    }
    return cls(**read_values)


def unknown(key: str, word: str, valid: typing.Iterable[str]) -> str:
    """The message for a word that is not among the valid ones, with the nearest of them."""
    names = [str(name) for name in valid]
    near = difflib.get_close_matches(str(word), names, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"{key} is unknown{hint}; valid here: {', '.join(names)}"


def _join(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)


def _hints(cls: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _convert(hint: Any, value: Any, key: str) -> Any:
    """Bring one value to the type its field declares, or say what it should have been."""
    origin = get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return value if isinstance(value, hint) else read(hint, value, key)  # type: ignore[arg-type]
    if origin is dict:
        if not isinstance(value, Mapping):
            raise ConfigError(f"{key} = {value!r}: expected keys and values")
        return dict(value)
    if origin is types.UnionType and dataclasses.is_dataclass(value):
        return value
    if origin is types.UnionType:
        return None if value is None else _convert(not_none(hint), value, key)
    if origin is Literal:
        if value not in get_args(hint):
            raise ConfigError(unknown(f"{key} = {value!r}", value, get_args(hint)))
        return value
    if origin is tuple:
        return _convert_tuple(get_args(hint), value, key)
    return _convert_scalar(hint, value, key)


def not_none(hint: Any) -> Any:
    """The type of ``X | None`` beside None."""
    return next(arg for arg in get_args(hint) if arg is not type(None))


def _convert_tuple(args: tuple[Any, ...], value: Any, key: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise ConfigError(f"{key} = {value!r}: expected a list such as [1, 2]")
    if args[-1] is not Ellipsis and len(value) != len(args):
        raise ConfigError(f"{key} = {value!r}: expected {len(args)} values, got {len(value)}")
    hints = [args[0]] * len(value) if args[-1] is Ellipsis else args
    return tuple(
        _convert(h, v, f"{key}[{i}]") for i, (h, v) in enumerate(zip(hints, value, strict=True))
    )


def _convert_scalar(hint: type, value: Any, key: str) -> Any:
    if hint is float and isinstance(value, str) and _is_number(value):
        mantissa, _, exponent = value.lower().partition("e")
        dotted = f"{mantissa}.0e{exponent}" if exponent and "." not in mantissa else value
        raise ConfigError(f"{key} = '{value}' is text to YAML, not a number: write {dotted}")
    if isinstance(value, bool) and hint is not bool:
        raise ConfigError(f"{key} = {value!r}: expected {_NAMES[hint]}")
    if hint is float and isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, hint):
        raise ConfigError(f"{key} = {value!r}: expected {_NAMES[hint]}")
    return value


_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


_LIMITS = {
    "low": (lambda x, limit: x >= limit, "at least"),
    "above": (lambda x, limit: x > limit, "above"),
    "high": (lambda x, limit: x <= limit, "at most"),
    "below": (lambda x, limit: x < limit, "below"),
}


def _within(value: Any, spec: dataclasses.Field[Any], key: str) -> Any:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return value
    if not math.isfinite(value):
        raise ConfigError(f"{key} = {value}: expected a finite number")
    for name, (holds, words) in _LIMITS.items():
        limit = spec.metadata.get(name)
        if limit is not None and not holds(value, limit):
            raise ConfigError(f"{key} = {value:g} must be {words} {limit:g}")
    return value


def read_process(values: Any, key: str = "process") -> ProcessSpec:
    """Make one process from plain values; its ``kind`` says which dataclass describes it."""
    if not isinstance(values, Mapping) or "kind" not in values:
        raise ConfigError(f"{key} = {values!r}: expected kind: {' | '.join(PROCESS_SPECS)}")
    kind = values["kind"]
    if kind not in PROCESS_SPECS:
        raise ConfigError(unknown(f"{key}.kind = {kind!r}", kind, PROCESS_SPECS))
    spec: ProcessSpec = read(PROCESS_SPECS[kind], values, key)
    return spec


def read_processes(entries: Any, shared: Mapping[str, Any]) -> tuple[ProcessSpec, ...]:
    """Make every process of the config's list; an entry with a list of Peclet numbers is several.

    Parameters
    ----------
    entries : list of mapping
        The config's ``processes``.
    shared : mapping
        The config's ``process_options``, by kind: what an entry starts from.
    """
    if not isinstance(entries, (list, tuple)):
        raise ConfigError(f"processes = {entries!r}: expected a list of processes")
    specs = []
    for i, entry in enumerate(entries):
        numbers = entry.get("peclet") if isinstance(entry, Mapping) else None
        for peclet in numbers if isinstance(numbers, list) else [numbers]:
            values = entry if peclet is None else {**entry, "peclet": peclet}
            if isinstance(entry, Mapping):
                values = overlay(shared.get(str(entry.get("kind")), {}), values)
            specs.append(read_process(values, f"processes[{i}]"))
    return tuple(specs)


PRESETS = Path(__file__).parent.parent / "presets"


def preset_names() -> list[str]:
    """The presets that ship with the package."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def load_preset(name: str) -> dict[str, Any]:
    """The values of one preset, as plain data."""
    import yaml

    if name not in preset_names():
        raise ConfigError(unknown(f"preset = {name!r}", name, preset_names()))
    return dict(yaml.safe_load((PRESETS / f"{name}.yaml").read_text()))


def overlay(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay ``changes`` over ``base``: sections are merged key by key, everything else replaced."""
    merged = dict(base)
    for key, value in changes.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = overlay(merged[key], value)
        else:
            merged[key] = value
    return merged


def load_experiment(config: Mapping[str, Any]) -> Experiment:
    """The resolved, checked experiment of a user's configuration.

    Parameters
    ----------
    config : mapping
        The content of ``config.yaml``: ``preset`` and any changes to it.

    Raises
    ------
    ConfigError
        One line that names the key, the value and what to do.
    """
    values = overlay(load_preset(config.get("preset", "digits")), config)
    entries = values.pop("processes", [])
    experiment = read(Experiment, values)
    processes = read_processes(entries, values.get("process_options", {}))
    experiment = dataclasses.replace(experiment, processes=processes)
    check(experiment)
    return experiment

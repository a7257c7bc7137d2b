"""From plain values to checked options, with one clear line for whatever does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from beyond_blur.config.base import ConfigError
from beyond_blur.config.checks import Problems, check, nothing
from beyond_blur.config.error_lines import problems, readable, shown
from beyond_blur.config.experiment import DEFAULT_PRESET, Experiment
from beyond_blur.config.preset_files import load_preset, overlay
from beyond_blur.config.process_options import ProcessSpec
from beyond_blur.config.published_sets import with_places
from beyond_blur.config.smoke import shrink, without_weights

Section = TypeVar("Section")
AsWritten = Callable[[Sequence[ErrorDetails]], list[ErrorDetails]]


def read(cls: type[Section], values: object, key: str = "") -> Section:
    """Make a section, or a job of some, from plain values, checking names, types and ranges.

    Parameters
    ----------
    cls : dataclass
        What to make, e.g. ``Sampling``.
    values : mapping
        Plain values as YAML or JSON gives them; keys left out take their defaults.
    key : str
        Where the section stands in the configuration, for messages.

    Raises
    ------
    ConfigError
        Every unknown key, value of the wrong type and value outside its range, a line each.
    """
    return _read(cls, values, key, list)


def read_process(values: object, key: str = "process") -> ProcessSpec:
    """Make the options of one process from plain values; ``kind`` says of which kind.

    Raises
    ------
    ConfigError
        As `read` does.
    """
    made: ProcessSpec = read(ProcessSpec, values, key)  # type: ignore[arg-type] # a union
    return made


def _read(cls: type[Section], values: object, key: str, as_written: AsWritten) -> Section:
    """`read`, where errors may have to be brought to the places that the user wrote."""
    try:
        return TypeAdapter(cls).validate_json(_json_text(values, key))
    except ValidationError as error:
        lines = problems(as_written(error.errors(include_url=False)), cls, key)
    raise ConfigError("\n".join(lines))


def _json_text(values: object, key: str) -> str:
    """Values as JSON: strict reading takes its lists for tuples and its mappings for sections."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
        return json.dumps(values)
    except UnicodeEncodeError:
        lines = [
            f"{where} = {shown(value)} is no text: its {value[error.start]!r} is half a character"
            for where, value in _leaves(values, key)
            if isinstance(value, str) and (error := _not_utf8(value))
        ]
    except RecursionError as error:
        raise ConfigError(f"{key or 'config'} is nested too deep to be read") from error
    except ValueError as error:
        raise ConfigError(f"{key or 'config'} holds itself (a YAML anchor)") from error
    except TypeError:
        lines = [
            f"{where} = {readable(value)}: put quotes around it"
            for where, value in _leaves(values, key)
            if not isinstance(value, str | int | float | None)
        ]
    raise ConfigError("\n".join(lines))


def _not_utf8(text: str) -> UnicodeEncodeError | None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error
    return None


def _leaves(values: object, key: str) -> Iterator[tuple[str, Any]]:
    """The values that hold no others, and the names of keys, with the keys they stand under."""
    if isinstance(values, Mapping):
        for name, value in values.items():
            yield from _leaves(value, f"{key}.{readable(name)}" if key else readable(name))
            yield key or "config", name
    elif isinstance(values, list | tuple):
        for i, value in enumerate(values):
            yield from _leaves(value, f"{key}[{i}]")
    else:
        yield key, values


def load_experiment(config: Mapping[str, Any], more: Problems = nothing) -> Experiment:
    """The resolved, checked experiment of a user's configuration.

    Parameters
    ----------
    config : mapping
        The content of ``config.yaml``: ``preset`` and any changes to it.
    more : function of the experiment to lines
        Further problems, see `beyond_blur.config.checks.check`.

    Returns
    -------
    Experiment
        Frozen; every option has its value.

    Raises
    ------
    ConfigError
        A line for each problem, which names the key, the value and what to do.
    """
    experiment = read_experiment(config)
    check(experiment, more)
    return experiment


def read_experiment(config: Mapping[str, Any]) -> Experiment:
    """The experiment of a configuration without the checks that need files or more than one value.

    Raises
    ------
    ConfigError
        As `read` does.
    """
    preset = load_preset(config.get("preset", DEFAULT_PRESET))
    if config.get("smoke") is True:
        preset, config = shrink(preset), without_weights(config)
    values = with_places(overlay(preset, config))
    entries = values.get("processes", [])
    # Anything but a list is left for the reader to refuse.
    sources: list[int] = []
    if isinstance(entries, list | tuple):
        numbered = [
            (i, made)
            for i, entry in enumerate(entries)
            for made in _processes_of(entry, values.get("process_options"))
        ]
        sources = [i for i, _ in numbered]
        values["processes"] = [made for _, made in numbered]
    return _read(Experiment, values, "", lambda errors: _as_written(errors, sources))


def _processes_of(entry: Any, shared: Any) -> list[Any]:
    """The processes of one entry, one for each of its Peclet numbers, laid over shared options."""
    if not isinstance(entry, Mapping):
        return [entry]
    # A kind, or options, of a wrong type are left for the reader to refuse.
    base = shared.get(str(entry.get("kind"))) if isinstance(shared, Mapping) else None
    numbers = entry.get("peclet")
    entries = [{**entry, "peclet": n} for n in numbers] if isinstance(numbers, list) else [entry]
    return [overlay(base if isinstance(base, Mapping) else {}, one) for one in entries]


def _as_written(errors: Sequence[ErrorDetails], sources: Sequence[int]) -> list[ErrorDetails]:
    """Errors of processes at the entries they were made of, without those of shared options.

    Parameters
    ----------
    errors : sequence of dict
        Places count the processes that the entries were expanded to.
    sources : sequence of int
        The number of the entry that each process was made of.
    """
    shared = [(e["loc"][1:], e["input"]) for e in errors if e["loc"][:1] == ("process_options",)]
    kept: list[ErrorDetails] = []
    for error in errors:
        section, *rest = error["loc"] or ("",)
        if section == "processes" and rest:
            if (tuple(rest[1:]), error["input"]) in shared:
                continue
            kept.append({**error, "loc": (section, sources[int(rest[0])], *rest[1:])})
        else:
            kept.append(error)
    return kept

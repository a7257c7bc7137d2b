"""The JSON schema of the configuration, made from the options."""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any, Literal, get_args, get_origin

from beyond_blur.config.options import PROCESS_SPECS, Experiment, ProcessSpec
from beyond_blur.config.reading import not_none


def json_schema(cls: type[Any] = Experiment) -> dict[str, Any]:
    """The JSON schema of a section, for editors and readers; made from the fields above."""
    hints = typing.get_type_hints(cls)
    properties = {}
    for f in dataclasses.fields(cls):
        entry = _schema_of(hints[f.name])
        entry["description"] = f.metadata["meaning"]
        if f.default is not dataclasses.MISSING:
            entry["default"] = f.default
        names = {"low": "minimum", "above": "exclusiveMinimum", "high": "maximum",
                 "below": "exclusiveMaximum"}  # fmt: skip
        entry |= {names[k]: v for k, v in f.metadata.items() if k in names}
        if f.name == "peclet":  # read_processes makes one process of each number
            entry |= {"type": ["number", "array"], "items": {"type": "number", "minimum": 0}}
        properties[f.name] = entry
    summary = (cls.__doc__ or "").strip().splitlines()[0]
    return {
        "type": "object",
        "description": summary,
        "additionalProperties": False,
        "properties": properties,
    }


_JSON_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean"}


def _schema_of(hint: Any) -> dict[str, Any]:
    origin = get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return json_schema(hint)  # type: ignore[arg-type]
    if hint == ProcessSpec:
        return {"oneOf": [json_schema(spec) for spec in PROCESS_SPECS.values()]}
    if origin is types.UnionType:
        inner = _schema_of(not_none(hint))
        return {**inner, "type": [inner["type"], "null"]}
    if origin is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    if origin is tuple:
        return {"type": "array", "items": _schema_of(get_args(hint)[0])}
    if origin is dict:
        return {"type": "object"}
    return {"type": _JSON_TYPES[hint]}

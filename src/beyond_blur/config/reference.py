"""The page of docs that lists every option: made from the same fields as the schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from beyond_blur.config.schema import json_schema

HEAD = """\
# Options

<!-- Made by `python -m beyond_blur schema --out FILE --page FILE`. -->

Every key of `config.yaml`. A key left out keeps the value of the preset, and one that the preset
leaves out, too, the default below. An entry of `processes` is a `kind:` and any options of that
kind; it starts from what `process_options` gives the kind. Several checks need more than one value,
e.g. the speed of a flow: they name the keys that do not go together.
"""
NAMES = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true, false",
    "object": "keys and values",
    "null": "null",
}
LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}


def markdown() -> str:
    """The page ``docs/config.md``: a table for each section with range, default and meaning."""
    schema = json_schema()
    return HEAD + "".join(_section(schema, schema["$defs"], ""))


def _section(section: dict[str, Any], sections: dict[str, Any], key: str) -> Iterator[str]:
    """The table of a section's own options, then those of the sections inside it."""
    inner = {name: e for name, e in section["properties"].items() if "$ref" in e}
    own = {name: e for name, e in section["properties"].items() if name not in inner}
    if key:
        yield f"\n## `{key}`\n\n{section['description']}\n"
    if own:
        yield "\n| key | values | default | meaning |\n| --- | --- | --- | --- |\n"
    for name, entry in own.items():
        default = f"`{json.dumps(entry['default'])}`" if "default" in entry else ""
        yield f"| `{name}` | {_values(entry)} | {default} | {_cell(entry['description'])} |\n"
    for name, entry in inner.items():
        found = sections[entry["$ref"].rpartition("/")[2]]
        yield from _section(found, sections, f"{key}.{name}" if key else name)


def _values(entry: dict[str, Any]) -> str:
    """What an option can be, with its range."""
    if "anyOf" in entry:
        return "; or ".join(_values(one) for one in entry["anyOf"])
    if "oneOf" in entry:
        return "keys and values of a process"
    if "enum" in entry or "const" in entry:
        words = entry.get("enum", [entry.get("const")])
        return ", ".join(f"`{json.dumps(word).strip(chr(34))}`" for word in words)
    if "prefixItems" in entry:
        return f"list of {len(entry['prefixItems'])}: {_values(entry['prefixItems'][0])}"
    if entry["type"] == "array":
        return f"list: {_values(entry['items'])}"
    limits = [f"{words} {entry[limit]:g}" for limit, words in LIMITS.items() if limit in entry]
    return ", ".join([NAMES[entry["type"]], *limits])


def _cell(text: str) -> str:
    """Text in a table, where a bar would end the cell."""
    return text.replace("|", "\\|")

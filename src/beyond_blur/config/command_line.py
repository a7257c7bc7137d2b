"""Values given on Snakemake's command line, as the types that the configuration has.

``--config evaluation='{nearest_k: 3}'`` reaches the workflow with every value inside as text. What
a text stands for, the schema says: a number where a number belongs, itself where a text does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from beyond_blur.config.schema import json_schema

NULL = ("null", "~")
"""How YAML writes nothing."""

Node = Mapping[str, Any]
"""A piece of a JSON schema."""


def typed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the command line with every text read as what belongs in its place.

    A text that is nothing else stays a text, for the reader of the configuration to refuse.

    Parameters
    ----------
    given : mapping
        As Snakemake's ``--config`` has it: sections may hold texts alone.
    """
    if not any(isinstance(value, Mapping | list) for value in given.values()):
        return dict(given)
    schema = json_schema()
    made = _typed(given, [schema], schema["$defs"])
    assert isinstance(made, dict)
    return made


def _typed(value: Any, nodes: Sequence[Node], sections: Mapping[str, Node]) -> Any:
    """A value with its texts read, where one of these pieces of the schema describes it."""
    nodes = [plain for node in nodes for plain in _plain(node, sections)]
    if isinstance(value, Mapping):
        return {
            name: _typed(part, [n["properties"][name] for n in nodes
                                if name in n.get("properties", {})], sections)
            for name, part in value.items()
        }  # fmt: skip
    if isinstance(value, list):
        return [_typed(part, _items(nodes, i), sections) for i, part in enumerate(value)]
    return _read(value, nodes) if isinstance(value, str) else value


def _plain(node: Node, sections: Mapping[str, Node]) -> list[Node]:
    """The alternatives that a piece of the schema stands for, without references."""
    if "$ref" in node:
        return _plain(sections[node["$ref"].rpartition("/")[2]], sections)
    alternatives = [*node.get("anyOf", []), *node.get("oneOf", [])]
    return [plain for one in alternatives for plain in _plain(one, sections)] or [node]


def _items(nodes: Sequence[Node], i: int) -> list[Node]:
    """What describes the i-th value of a list."""
    found = []
    for node in nodes:
        first = node.get("prefixItems", [])
        if i < len(first):
            found.append(first[i])
        elif isinstance(node.get("items"), Mapping):
            found.append(node["items"])
    return found


def _read(text: str, nodes: Sequence[Node]) -> Any:
    """What a text stands for in this place."""
    import yaml

    kinds = {node.get("type") for node in nodes}
    choices = [choice for node in nodes for choice in node.get("enum", [])]
    free = any(node.get("type") == "string" and "enum" not in node for node in nodes)
    if "null" in kinds and text in NULL:
        return None
    if not nodes or free or text in choices:
        return text
    try:
        value = yaml.safe_load(text)
        # YAML takes 1e-4 for a text, as it has no point.
        value = float(text) if isinstance(value, str) and "number" in kinds else value
    except (yaml.YAMLError, ValueError):
        return text
    return value if isinstance(value, bool | int | float) else text

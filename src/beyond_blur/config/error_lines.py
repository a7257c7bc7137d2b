"""Pydantic's errors in the words of whoever wrote the configuration: a line each."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Sequence
from typing import Any, get_args, get_type_hints

from pydantic_core import ErrorDetails

from beyond_blur.config.process_options import PROCESS_SPECS, ProcessSpec

EXPECTED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "number_or_auto": "a number, or auto",
    "string_type": "a text",
    "bool_type": "true or false",
    "dict_type": "keys and values",
    "finite_number": "a finite number",
}
LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "above"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "below"),
}


LONGEST = 400
"""Letters of a value in a message."""


def shown(value: object) -> str:
    """A value as a message has it: in one line, cut where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def readable(name: object) -> str:
    """A key as the user wrote it, or quoted where it holds more than one line of letters."""
    text = str(name)
    return text if text.isprintable() and len(text) <= LONGEST else shown(text)


def unknown(key: str, word: object, valid: Iterable[object]) -> str:
    """The line for a word that is not among the valid ones, with the nearest of them."""
    names = [str(name).lower() if isinstance(name, bool) else str(name) for name in valid]
    return f"{key} is unknown{nearest(word, names)}; valid here: {', '.join(names)}"


def nearest(word: object, names: Iterable[str]) -> str:
    """The question whether the name most like a word was meant; empty where none is like it."""
    # A beginning is no near miss by its letters alone: "cold" and "cold_diffusion".
    known, begun = list(names), str(word)
    longer = [name for name in known if len(begun) > 2 and name.startswith(begun)]
    near = difflib.get_close_matches(begun, longer or known, n=1, cutoff=0.0 if longer else 0.6)
    return f" (did you mean {near[0]}?)" if near else ""


def problems(errors: Sequence[ErrorDetails], root: Any, key: str = "") -> list[str]:
    """One line for each error: the key, the value and what is expected.

    Parameters
    ----------
    errors : sequence of dict
        As ``ValidationError.errors()`` gives them.
    root : type
        What was to be made of the values, e.g. ``Experiment``.
    key : str
        Where the values stand in the configuration.
    """
    # Pydantic does not count an entry that it refuses, and then says that its list is too short.
    lists = {error["loc"][:-1] for error in errors}
    told = [e for e in errors if e["type"] != "too_short" or e["loc"] not in lists]
    return list(dict.fromkeys(_line(error, root, key) for error in told))


def place(parts: Sequence[int | str], root: Any, key: str = "") -> tuple[str, Any]:
    """A place as the user writes it, e.g. ``processes[0].peclet``, and the type declared there."""
    hint = root
    for part in parts:
        if isinstance(part, int):
            key, hint = f"{key}[{part}]", get_args(hint)[0]
        elif part in PROCESS_SPECS and not dataclasses.is_dataclass(hint):
            hint = PROCESS_SPECS[part]  # Pydantic's note of the kind it chose; no key of the user's
        else:
            name = readable(part)
            key = f"{key}.{name}" if key else name
            hint = get_type_hints(hint).get(part)
    return key, hint


def _line(error: ErrorDetails, root: Any, key: str) -> str:
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    parts = error["loc"]
    where, hint = place(parts, root, key)
    if kind == "unexpected_keyword_argument":
        _, section = place(parts[:-1], root, key)
        return unknown(where, parts[-1], [field.name for field in dataclasses.fields(section)])
    if kind == "literal_error":
        return unknown(f"{where} = {shown(value)}", value, get_args(hint))
    if kind == "union_tag_invalid":
        word = value["kind"]
        return unknown(f"{where}.kind = {shown(word)}", _kind_called(word), PROCESS_SPECS)
    if kind in LIMITS:
        limit, words = LIMITS[kind]
        number = f"{value:g}" if isinstance(value, float) else value
        return f"{where} = {number} must be {words} {context[limit]:g}"
    if kind == "dataclass_type":
        return f"{where or 'config'} is {shown(value)}: expected keys and values"
    if kind == "missing" and not isinstance(parts[-1], int):
        return f"{where} is missing"
    if kind in ("missing", "too_long"):  # of a tuple of fixed length; the input is the whole list
        where, hint = place(parts[:-1] if kind == "missing" else parts, root, key)
        return f"{where} = {shown(value)}: expected {len(get_args(hint))} values, got {len(value)}"
    if kind == "too_short":
        return f"{where} is empty: give at least {context['min_length']}"
    numeric = kind in ("float_type", "number_or_auto")
    if numeric and isinstance(value, str) and _is_number(value):
        return f"{where} = '{value}' is text to YAML, not a number: write {_dotted(value)}"
    if kind == "value_error":
        return f"{where} = {shown(value)}: {context['error']}"
    return f"{where} = {shown(value)}: expected {_expected(kind, value, hint)}"


def _expected(kind: str, value: Any, hint: Any) -> str:
    """What a value of the wrong type should have been."""
    if kind == "tuple_type":
        item = get_args(hint)[0]
        return "a list of processes" if _is_process(item) else f"a list such as [{value}]"
    if kind == "union_tag_not_found" or (kind == "dict_type" and _is_process(hint)):
        return f"kind: {' | '.join(PROCESS_SPECS)}"
    # A type of error that no field can give today is still told, in Pydantic's own words.
    return EXPECTED.get(kind, kind.replace("_", " "))


def _kind_called(word: object) -> object:
    """The kind of process that its authors call so, as ``ihdm``; else the word itself."""
    titles = {_letters(spec.title): kind for kind, spec in PROCESS_SPECS.items() if spec.title}
    return titles.get(_letters(word), word)


def _letters(text: object) -> str:
    return "".join(filter(str.isalnum, str(text))).lower()


def _is_process(hint: Any) -> bool:
    return hint == ProcessSpec or get_args(hint) == tuple(PROCESS_SPECS.values())


def _dotted(number: str) -> str:
    """2e-4 as YAML takes it for a number: 2.0e-4."""
    mantissa, _, exponent = number.lower().partition("e")
    return f"{mantissa}.0e{exponent}" if exponent and "." not in mantissa else number


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

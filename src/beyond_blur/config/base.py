"""What every section of the configuration is made of: strictness, names in paths, the error."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
"""Nothing is guessed: no unknown key, no text or bool for a number, no infinite number."""

LONGEST_NAME = 100
"""Bytes of a name; file systems take 255, and paths add a Peclet number and endings to it."""


class ConfigError(ValueError):
    """Values of the configuration that cannot be used: a line each, with key and way out."""


def check_path_name(name: str) -> str:
    """A name that can stand in a path, a wildcard and a command line as it is.

    Parameters
    ----------
    name : str
        Of a dataset or of a process.

    Raises
    ------
    ValueError
        What is wrong with it; whoever reads the configuration knows the key.
    """
    if not name:
        raise ValueError("it stands in paths: give it at least one letter or digit")
    if len(name.encode()) > LONGEST_NAME:
        raise ValueError(
            f"it stands in paths: at most {LONGEST_NAME} bytes, not {len(name.encode())}"
        )
    # A dot or a dash in front would hide a folder, leave it, or look like an option of a command.
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise ValueError(
            "it stands in paths: it may hold letters, digits, - _ only (and . but neither . nor - "
            "in front)"
        )
    return name


def check_whole_number(value: object) -> object:
    """A whole number, as a ``Literal`` of numbers lets True and 1.0 pass for 1."""
    if type(value) is not int:
        raise PydanticCustomError("int_type", "expected a whole number")
    return value


def check_auto_or_off(value: object) -> object:
    """``auto`` or false (``off`` in YAML), as a ``Literal`` of false lets 0 pass for it."""
    if value != "auto" and value is not False:
        raise PydanticCustomError("literal_error", "expected auto or off")
    return value


def check_number_or_auto(value: object) -> object:
    """``auto`` or a number from 0 up, with one error where a union has one of each member."""
    if value == "auto":
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number_or_auto", "expected a number, or auto")
    if not math.isfinite(value):
        raise PydanticCustomError("finite_number", "expected a finite number")
    if value < 0:
        raise PydanticCustomError("greater_than_equal", "expected at least 0", {"ge": 0})
    return value


def check_auto_or_bool(value: object) -> object:
    """``auto``, true or false, as a ``Literal`` of bools lets 1 and 0.0 pass for them."""
    if value != "auto" and not isinstance(value, bool):
        raise PydanticCustomError("literal_error", "expected auto, true or false")
    return value


Item = TypeVar("Item")
Many = Annotated[tuple[Item, ...], Strict(False)]
"""A tuple, for which a list will do: JSON has no other, and files of ours are read by hand too."""
PathName = Annotated[str, AfterValidator(check_path_name)]
WholeNumber = BeforeValidator(check_whole_number)

Delta = float | Literal["auto"]
"""Sampler noise: a standard deviation in grey values, or what gives samples the data's variance."""

NumberOrAuto = Annotated[
    Annotated[float, Field(ge=0)] | Literal["auto"], BeforeValidator(check_number_or_auto)
]
"""A number that is at least 0, or auto."""

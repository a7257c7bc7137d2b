"""A kind of result: where its files lie, how they are read, and what is expected of them.

Standard library only, but for the configuration: no file is opened here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from beyond_blur.config import Experiment

Wildcards = Mapping[str, str]
"""What the path of a file says that it is of: ``{"dataset": "digits", "shard": "0"}``."""

Spec = Callable[[Experiment, Wildcards], Any]
"""From the configuration and a path's wildcards to the settings that a file is made with."""

Inputs = Callable[[Experiment, Wildcards], dict[str, list[str]]]
"""From the configuration and a path's wildcards to the files that a file is made from, by what they
serve as; paths below the results' folder."""

Form = Literal["arrays", "record", "page", "state", "free"]
"""How a file is kept: arrays with a manifest; a sealed JSON object; a text, table or picture with
its manifest beside it; a resumable state; whatever no number is made from."""

NUMBER = r"0|[1-9]\d*"
CONSTRAINTS = {
    "split": "train|held_out",
    "prior": "train|held_out|noise",
    "seed": NUMBER,
    "shard": NUMBER,
    "calls": NUMBER,
}
"""Wildcards that are no names: the rest is anything but a slash."""

NUMBERS = ("seed", "shard")
"""Wildcards that are numbers in a manifest."""

TRAITS = ("dataset", "split", "shard", "process", "prior", "seed", "extractor")
"""Wildcards that a manifest says, too."""


def no_inputs(experiment: Experiment, wildcards: Wildcards) -> dict[str, list[str]]:
    """Of a file that is made from none of the results."""
    return {}


def always(experiment: Experiment, wildcards: Wildcards) -> bool:
    """Of a file that every configuration asks for which names what its path says."""
    return True


@dataclass(frozen=True)
class Kind:
    """One kind of result.

    Attributes
    ----------
    name : str
        What its files hold: the kind that a manifest says, where they have one.
    pattern : str
        Path below the results' folder; ``{seed}`` is a wildcard, ``{ending:csv|md}`` one of two.
    form : Form
    spec : function, optional
        See `Spec`; None of files that are made by no settings of their own.
    inputs : function
        See `Inputs`.
    wanted : function of the experiment and the wildcards
        Whether the configuration, which names all that the path says, asks for such a file at all.
    silent : tuple of str
        Wildcards that the file's manifest does not repeat.
    manifest : str
        Where the manifest of a page lies; empty for the usual place.
    """

    name: str
    pattern: str
    form: Form = "arrays"
    spec: Spec | None = None
    inputs: Inputs = no_inputs
    wanted: Callable[[Experiment, Wildcards], bool] = always
    silent: tuple[str, ...] = ()
    manifest: str = ""

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The pattern as a regular expression for the whole path."""
        parts = re.split(r"\{(\w+)(?::([^}]*))?\}", self.pattern)
        text = re.escape(parts[0])
        for name, own, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            allowed = own or CONSTRAINTS.get(name, "[^/]+")
            text += f"(?P<{name}>{allowed}){re.escape(after)}"
        return re.compile(text)

    def wildcards(self, path: str) -> dict[str, str] | None:
        """What a path says that it is of; None if it is no path of this kind."""
        found = self.expression.fullmatch(path)
        return None if found is None else found.groupdict()

    def traits(self, wildcards: Wildcards) -> dict[str, str | int]:
        """What the manifest of a file at this path has to say that it is of."""
        return {
            name: int(value) if name in NUMBERS else value
            for name, value in wildcards.items()
            if name in TRAITS and name not in self.silent
        }


def match(kinds: Iterable[Kind], path: str) -> tuple[Kind, dict[str, str]] | None:
    """The kind that a path is of, and what the path says; None of a path that no rule makes.

    Parameters
    ----------
    kinds : iterable of Kind
    path : str
        Below the results' folder.
    """
    for kind in kinds:
        wildcards = kind.wildcards(path)
        if wildcards is not None:
            return kind, wildcards
    return None

"""What a verb of the command line is: a function, and the options that are its arguments.

A verb is declared where it stands::

    @verb(option("--spec", **SPEC), option("--out", **FILE))
    def sample(spec: str, out: str) -> None:
        '''Draw samples from a trained network.'''

Its name is the function's, its help the first line of the docstring. Verbs are called what the
rules are called that run them. Modules of verbs import what they compute with inside the verb, so
that ``--help`` is instant.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from beyond_blur.config import Extractor
from beyond_blur.config.base import Delta


def count(text: str) -> int:
    """A number of things, of which at least one is needed."""
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"{number}: at least 1")
    return number


def seed(text: str) -> int:
    """A seed of a generator: NumPy's take none below 0."""
    number = int(text)
    if number < 0:
        raise ArgumentTypeError(f"{number}: at least 0")
    return number


def delta(text: str) -> Delta:
    """Noise of a step: a number, or ``auto``."""
    return "auto" if text == "auto" else float(text)


FILE: dict[str, Any] = {"required": True, "metavar": "FILE"}
FILES: dict[str, Any] = {"required": True, "metavar": "FILE", "nargs": "+"}
MAYBE_FILE: dict[str, Any] = {"metavar": "FILE"}
MAYBE_FILES: dict[str, Any] = {"metavar": "FILE", "nargs": "*", "default": []}
TRAITS: dict[str, Any] = {
    "metavar": "JSON",
    "help": "what each input has to be of, a list of objects",
}
SPEC: dict[str, Any] = {"required": True, "metavar": "JSON", "help": "the rule's part of config"}
TEXTS: dict[str, Any] = {"required": True, "metavar": "TEXT", "nargs": "+"}
SEED: dict[str, Any] = {"type": seed, "default": 0, "metavar": "N"}
IMAGE_SET: dict[str, Any] = {
    "required": True,
    "metavar": "PATH",
    "help": "folder, npz, idx file, shard or folder of shards",
}
EXTRACTOR_NAME: dict[str, Any] = {
    "required": True,
    "choices": get_args(Extractor),
    "help": "only Inception's numbers are FID",
}
THREADS: dict[str, Any] = {"type": count, "default": 1, "metavar": "N", "help": "CPU threads"}
STEPS: dict[str, Any] = {
    "type": int,
    "metavar": "N",
    "help": "network calls (default: every level)",
}
DELTA: dict[str, Any] = {
    "type": delta,
    "metavar": "SIGMA",
    "help": "noise added at each step, or auto (default: that of sampling.delta, 0.0125)",
}
DELTA_SPECTRUM: dict[str, Any] = {
    "type": float,
    "metavar": "A",
    "help": "colour of that noise, variance 1 / frequency^A (default: that of "
    "sampling.delta_spectrum, 0: white)",
}
SHARDS: dict[str, Any] = {
    "type": int,
    "default": 1,
    "metavar": "N",
    "help": "shards of the set, to predict its size",
}
SHARD: dict[str, Any] = {"type": int, "metavar": "N", "help": "number of the images' shard"}


@dataclass(frozen=True)
class Option:
    """One option of a verb, or one argument where its name has no dashes.

    Attributes
    ----------
    name : str
        ``--out``, or ``presets`` for an argument by position.
    settings : dict
        What argparse's ``add_argument`` takes beside the name.
    shards : bool
        Whether a list of shards (`storage.shard_lists`) may stand for its shards.
    """

    name: str
    settings: dict[str, Any]
    shards: bool = False

    @property
    def argument(self) -> str:
        """The function's argument that gets its value."""
        return self.name.lstrip("-").replace("-", "_")


def option(name: str, **settings: Any) -> Option:
    """One option of a verb; ``settings`` are those of argparse's ``add_argument``."""
    return Option(name, settings)


def shards_option(name: str, **settings: Any) -> Option:
    """One option that takes shards, each by its path or all of them by their list."""
    return Option(name, settings, shards=True)


@dataclass(frozen=True)
class Verb:
    """A verb of the command line.

    Attributes
    ----------
    run : callable
        The function; its arguments are called what the options are called.
    options : tuple of Option
    room : str
        Module that it stands in: the heading of the help it is listed under.
    """

    run: Callable[..., None]
    options: tuple[Option, ...]
    room: str

    def call(self, values: dict[str, Any]) -> None:
        """Run the verb, with shards in the place of their lists."""
        from beyond_blur.storage.shard_lists import expanded

        for one in self.options:
            if one.shards and values[one.argument]:
                values[one.argument] = expanded(values[one.argument])
        self.run(**values)

    @property
    def summary(self) -> str:
        """First line of the function's docstring."""
        return (self.run.__doc__ or "").strip().split("\n")[0]


VERBS: dict[str, Verb] = {}
"""Every verb by its name, in the order of their declaration."""


def verb(*options: Option) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a function as a verb with these options."""

    def declare(run: Callable[..., None]) -> Callable[..., None]:
        VERBS[run.__name__] = Verb(run, options, run.__module__.rpartition(".")[2])
        return run

    return declare

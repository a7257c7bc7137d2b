"""Errors of checks in the words of whoever typed options: the option, not the key of a config."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def in_options(options: Mapping[str, str]) -> Iterator[None]:
    """Checks in this block name the option that was typed where they would name a key.

    Parameters
    ----------
    options : mapping of str to str
        Option of the verb for each key that it gives a value to, as checks name that key:
        ``velocity.speed_limit`` and ``--speed-limit``.

    Raises
    ------
    ValueError
        That of a check, every such key replaced, ``key = value`` by ``--option value``.
    """
    keys = "|".join(re.escape(key) for key in sorted(options, key=len, reverse=True))
    whole_key = re.compile(rf"(?<![\w.-])({keys})(?!\w|[.-]\w)(?: =)?")
    try:
        yield
    except ValueError as error:
        text = whole_key.sub(lambda found: options[found[1]], str(error))
        raise ValueError(text) from error

"""Files as disks, networks and other people leave them: what is done to their bytes."""

from __future__ import annotations

import json

from hypothesis import strategies as st

NUMBERS = (0, 1, 2**7, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
"""What counts and sizes in headers are set to."""

EDGE = 96
"""Half of all places lie that near to an end of the file: headers and directories are there."""

JUNK = (None, True, -1, 0, 1.5, 1e308, "", "x", "\ud800", [], {}, [[]], {"a": 1}, 2**70, "NaN")
"""What values of a JSON object are set to."""


def places(size):
    edges = st.one_of(st.integers(0, min(EDGE, size)), st.integers(max(0, size - EDGE), size))
    return st.one_of(edges, st.integers(0, size))


@st.composite
def flipped(draw, whole):
    """One to four bits."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        content[draw(places(len(content) - 1))] ^= 1 << draw(st.integers(0, 7))
    return bytes(content)


@st.composite
def truncated(draw, whole):
    return whole[: draw(places(len(whole)))]


@st.composite
def inserted(draw, whole):
    at = draw(places(len(whole)))
    return whole[:at] + draw(st.binary(min_size=1, max_size=40)) + whole[at:]


@st.composite
def overwritten(draw, whole):
    """A stretch of other bytes, of zeros, or of the file itself."""
    at, n = draw(places(len(whole))), draw(st.integers(1, 64))
    own = places(len(whole)).map(lambda start: whole[start : start + n])
    other = draw(st.one_of(st.binary(min_size=n, max_size=n), st.just(bytes(n)), own))
    return whole[:at] + other + whole[at + n :]


@st.composite
def removed(draw, whole):
    at = draw(places(len(whole)))
    return whole[:at] + whole[at + draw(st.integers(1, 64)) :]


@st.composite
def renumbered(draw, whole):
    """A number of the header set to an odd value, in either order of bytes."""
    at, n = draw(places(len(whole))), draw(st.sampled_from((1, 2, 4, 8)))
    order = draw(st.sampled_from(("little", "big")))
    number = draw(st.sampled_from(NUMBERS)) % 2 ** (8 * n)
    return whole[:at] + number.to_bytes(n, order) + whole[at + n :]


def damaged(whole: bytes, others: tuple[bytes, ...] = ()) -> st.SearchStrategy[bytes]:
    """A file's bytes, damaged in one way or two; or whole; or other bytes altogether.

    Parameters
    ----------
    whole : bytes
        A sound file.
    others : tuple of bytes
        Files of other kinds.
    """
    once = (flipped, truncated, inserted, overwritten, removed, renumbered)
    single = st.one_of([make(whole) for make in once])
    twice = single.filter(bool).flatmap(lambda content: st.one_of([make(content) for make in once]))
    foreign = [st.just(whole), st.binary(max_size=200), st.just(whole + whole)]
    foreign += [st.just(other) for other in others]
    beginning = st.binary(max_size=200).map(lambda rest: whole[:16] + rest)
    return st.one_of(single, single, single, twice, st.one_of(foreign), beginning)


@st.composite
def edited(draw, values):
    """A JSON value with one to three of its parts changed, renamed, removed or added."""
    values = json.loads(json.dumps(values))
    for _ in range(draw(st.integers(1, 3))):
        values = draw(_edited_once(values))
    return values


@st.composite
def _edited_once(draw, values):
    junk = st.one_of(st.sampled_from(JUNK), st.text(max_size=5), st.integers(), st.floats())
    if not isinstance(values, dict | list) or not values or draw(st.integers(0, 9)) == 0:
        return draw(junk)
    if isinstance(values, list):
        at = draw(st.integers(0, len(values) - 1))
        what = draw(st.sampled_from(("change", "remove", "double")))
        if what == "remove":
            return values[:at] + values[at + 1 :]
        if what == "double":
            return [*values[: at + 1], *values[at:]]
        return [*values[:at], draw(_edited_once(values[at])), *values[at + 1 :]]
    key = draw(st.sampled_from(sorted(values)))
    rest = {name: value for name, value in values.items() if name != key}
    what = draw(st.sampled_from(("change", "change", "change", "remove", "rename", "add")))
    if what == "change":
        return {**values, key: draw(_edited_once(values[key]))}
    if what == "remove":
        return rest
    if what == "rename":
        return {**rest, draw(st.text(max_size=8)): values[key]}
    return {**values, draw(st.text(max_size=8)): draw(junk)}

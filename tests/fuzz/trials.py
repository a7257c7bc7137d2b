"""Many damaged files given to one reader: each is read rightly, or refused in one line."""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, example, given, settings

FEW = 40
"""Cases of each kind in the fast tests, the same ones each time."""

MANY = int(os.environ.get("BEYOND_BLUR_FUZZ_CASES", "2000"))
"""Cases of each kind in the slow tests: other ones each time that the variable is set."""

LONGEST = 700
"""Letters of a message, of a path of a test's folder among them."""


def run(strategy, sound, trial, n: int, record) -> None:
    """Try ``n`` cases and record how many ended how.

    Parameters
    ----------
    strategy : hypothesis strategy
    sound : case
        One that must be read rightly; it is tried first.
    trial : function of a case to str
        In one word how it ended; raises AssertionError where it ended wrongly.
    n : int
    record : function of (name, value)
        pytest's ``record_property``.
    """
    counts: Counter[str] = Counter()

    @settings(
        max_examples=n,
        derandomize=n <= FEW or "BEYOND_BLUR_FUZZ_CASES" not in os.environ,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    @example(sound)
    def one(case):
        counts[trial(case)] += 1

    one()
    assert counts["right"], "not even the sound file was read"
    record("fuzz", dict(counts))


def refusal(path, error) -> str:
    """Check that a message is one line that names the file; "refused"."""
    said = str(error)
    assert said.isprintable(), f"not one line: {said!r}"
    assert str(path) in said, f"the file is not named: {said!r}"
    assert len(said) < LONGEST, f"{len(said)} letters: {said!r}"
    return "refused"

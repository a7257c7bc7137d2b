"""What a column may hold, and what is said of anything else."""

import pytest

from beyond_blur.metrics.column import Column, row_fault


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        (Column(), [0, -1.5, 1e300], [None, "1", True, float("nan"), float("inf"), [1]]),
        (Column(low=0, high=1), [0, 0.5, 1], [-1e-12, 1.001]),
        (Column("whole", low=1), [1, 2.0, 10**9], [0, 1.5, "1", None]),
        (Column("text"), ["a"], ["", 3, None, True]),
        (Column("text", choices=("a", "b")), ["a", "b"], ["c", "A"]),
        (Column("text", always=False), [None, "a"], [3]),
        (Column("number", always=False), [None, 3], ["a", float("nan")]),
    ],
)
def test_a_value_is_right_or_its_fault_is_said(column, good, bad):
    assert [column.fault(value) for value in good] == [None] * len(good)
    assert all(column.fault(value).startswith("is ") for value in bad)


def test_the_first_column_at_fault_is_named():
    columns = {"a": Column(), "b": Column("whole")}
    assert row_fault({"a": 1, "b": 2, "c": object()}, columns) is None
    assert row_fault({"a": 1, "b": 0.5}, columns) == "b is 0.5, which is no whole number"
    assert row_fault({"b": 1}, columns) == "a is missing"
    assert row_fault([1], columns) == "is '[1]', not names with values"

"""What a column of a table, or a key of a row, may hold. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, Literal


@dataclass(frozen=True)
class Column:
    """The values that one column may hold.

    Attributes
    ----------
    kind : {"number", "whole", "text"}
        Whole numbers are numbers too; a truth value is neither.
    low, high : float
        Range of the numbers, both ends included.
    always : bool
        Whether every row has a value.
    choices : tuple of str
        The only texts; empty where any will do.
    """

    kind: Literal["number", "whole", "text"] = "number"
    low: float = -inf
    high: float = inf
    always: bool = True
    choices: tuple[str, ...] = ()

    def fault(self, value: Any) -> str | None:
        """What is wrong with a value, as the end of a sentence; None where nothing is."""
        if value is None:
            return "is missing" if self.always else None
        if self.kind == "text":
            return self._fault_of_text(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"is {value!r}, which is no number"
        if not isfinite(value):
            return f"is {value}, which is not finite"
        if self.kind == "whole" and value != int(value):
            return f"is {value:g}, which is no whole number"
        if not self.low <= value <= self.high:
            end = f"from {self.low:g} up" if self.high == inf else f"{self.low:g} to {self.high:g}"
            return f"is {value:g}, outside its range {end}"
        return None

    def _fault_of_text(self, value: Any) -> str | None:
        if not isinstance(value, str) or not value:
            return f"is {value!r}, which is no text"
        if self.choices and value not in self.choices:
            return f"is {value!r}, which is none of {', '.join(self.choices)}"
        return None


def row_fault(row: Any, columns: Mapping[str, Column]) -> str | None:
    """What is wrong with a row, a mapping of names to values: the first column at fault, or None.

    A name that a row lacks is as good as a value that is missing.
    """
    if not isinstance(row, Mapping):
        return f"is {str(row)[:40]!r}, not names with values"
    for name, column in columns.items():
        fault = column.fault(row.get(name))
        if fault is not None:
            return f"{name} {fault}"
    return None

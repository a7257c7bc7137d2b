"""The text report, made of the JSON one."""

from __future__ import annotations

from typing import Any

WIDTH = 110
"""Characters of a dictionary that stands on one line."""


def short(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {short(one)}" for key, one in value.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def as_text(report: dict[str, Any], indent: int = 0) -> str:
    """Parts and what they found, one line each, nested by indentation."""
    lines, margin = [], "  " * indent
    for key, value in report.items():
        if isinstance(value, dict) and (indent == 0 or len(short(value)) > WIDTH):
            lines += [f"{margin}{key}", as_text(value, indent + 1)]
        else:
            lines.append(f"{margin}{key}: {short(value)}")
    return "\n".join(line for line in lines if line)

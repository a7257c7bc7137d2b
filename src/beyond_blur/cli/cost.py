"""The verb that says what presets cost before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from beyond_blur.cli.verbs import option, verb
from beyond_blur.config import Experiment, read_experiment
from beyond_blur.storage import atomic

if TYPE_CHECKING:
    from beyond_blur.cost import Cost

# Field of the counts, what it is, its unit and scale.
ROWS = (
    ("parameters", "parameters, 10^6", 1e6),
    ("training_flop", "training, PFLOP", 1e15),
    ("sampling_flop", "sampling, PFLOP", 1e15),
    ("pair_updates", "one streamed pair, 10^6 cell updates", 1e6),
    ("cache_updates", "cached pairs, 10^12 cell updates", 1e12),
    ("terminal_updates", "terminal states, 10^12 cell updates", 1e12),
    ("cache_bytes", "cached pairs, GB", 1e9),
    ("terminal_bytes", "terminal states, GB", 1e9),
    ("sample_bytes", "samples of a seed, GB", 1e9),
    ("state_bytes", "weights and resumable state, GB", 1e9),
)


@verb(
    option("presets", nargs="+", metavar="PRESET"),
    option("--images", type=int, default=10000, metavar="N", help="training images"),
    option("--samples", type=int, default=50000, metavar="N"),
    option(
        "--tflops",
        type=float,
        metavar="RATE",
        help="10^12 operations a second, as you measured: adds hours",
    ),
    option(
        "--updates",
        type=float,
        metavar="RATE",
        help="10^9 cell updates a second, as you measured: adds hours",
    ),
    option("--markdown", metavar="FILE", help="write the table here too"),
)
def cost(
    presets: list[str], images: int, samples: int, tflops: float | None, updates: float | None,
    markdown: str | None,
) -> None:  # fmt: skip
    """Count what presets cost in arithmetic, cell updates and disk, before anything runs."""
    from beyond_blur import cost as counting

    if images < 1 or samples < 1:
        raise ValueError(f"--images {images}, --samples {samples}: both must be at least 1")
    for name, rate in (("--tflops", tflops), ("--updates", updates)):
        if rate is not None and rate <= 0:
            raise ValueError(f"{name} {rate:g} must be above 0: it is the rate you measured")
    counts = [counting.cost(unchecked(name), images, samples) for name in presets]
    lines = [
        [words, *(digits(getattr(count, field) / scale) for count in counts)]
        for field, words, scale in ROWS
    ]
    lines += hours(counts, tflops, updates)
    text = table([f"{images:,} images, {samples:,} samples", *presets], lines)
    print(text)
    if markdown is not None:
        atomic.write_text(markdown, text + "\n")


def unchecked(name: str) -> Experiment:
    """A preset without the check that its images are there: counting needs none."""
    return read_experiment({"preset": name})


def hours(counts: Sequence[Cost], tflops: float | None, updates: float | None) -> list[list[str]]:
    """Rows of hours at rates in 10^12 operations and 10^9 cell updates per second, where given."""
    lines = []
    if tflops is not None:
        at = f"at {tflops:g} TFLOP/s"
        for field, words in (("training_flop", "training"), ("sampling_flop", "sampling")):
            values = (getattr(count, field) / tflops / 1e12 / 3600 for count in counts)
            lines.append([f"{words} {at}, h", *map(digits, values)])
    if updates is not None:
        work = (count.cache_updates + count.terminal_updates for count in counts)
        values = (total / updates / 1e9 / 3600 for total in work)
        lines.append([f"corruption at {updates:g} 10^9 updates/s, h", *map(digits, values)])
    return lines


def digits(value: float) -> str:
    """Three significant digits, never an exponent."""
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1e-4 else f"{value:.5f}"


def table(heads: list[str], lines: list[list[str]]) -> str:
    """A Markdown table whose columns are aligned for a terminal too."""
    widths = [max(len(row[i]) for row in [heads, *lines]) for i in range(len(heads))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    rows = [
        [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        for row in [heads, *lines]
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], rule, *rows[1:]])

"""The verb that says what presets cost before anything runs."""

from __future__ import annotations

from beyond_blur.cli.verbs import option, verb
from beyond_blur.config import Experiment, read_experiment
from beyond_blur.storage import atomic


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
    from beyond_blur.rendering import columns

    if images < 1 or samples < 1:
        raise ValueError(f"--images {images}, --samples {samples}: both must be at least 1")
    for name, rate in (("--tflops", tflops), ("--updates", updates)):
        if rate is not None and rate <= 0:
            raise ValueError(f"{name} {rate:g} must be above 0: it is the rate you measured")
    counts = [counting.cost(unchecked(name), images, samples) for name in presets]
    heads = [f"{images:,} images, {samples:,} samples", *presets]
    text = columns.markdown(heads, counting.rows(counts, tflops, updates), n_left=1, align=True)
    print(text)
    if markdown is not None:
        atomic.write_text(markdown, text + "\n")


def unchecked(name: str) -> Experiment:
    """A preset without the check that its images are there: counting needs none."""
    return read_experiment({"preset": name})

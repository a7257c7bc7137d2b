"""The verb that says what presets, or a configuration, cost before anything runs."""

from __future__ import annotations

from pathlib import Path

from beyond_blur.cli.verbs import count, option, verb
from beyond_blur.config import Experiment, read_experiment
from beyond_blur.config.job_work import images as most_images
from beyond_blur.storage import atomic

IMAGES, SAMPLES = 10_000, 50_000
"""What presets are counted for unless it is said."""


@verb(
    option("presets", nargs="*", metavar="PRESET"),
    option(
        "--configfile",
        action="append",
        default=[],
        metavar="FILE",
        help="count this in the place of presets: laid over the clone's config.yaml, as of "
        "Snakemake; may be given several times",
    ),
    option(
        "--images",
        type=count,
        metavar="N",
        help=f"training images (default: {IMAGES}; of a configuration its own)",
    ),
    option(
        "--samples",
        type=count,
        metavar="N",
        help=f"default: {SAMPLES}; of a configuration those of one seed",
    ),
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
    presets: list[str], configfile: list[str], images: int | None, samples: int | None,
    tflops: float | None, updates: float | None, markdown: str | None,
) -> None:  # fmt: skip
    """Count what presets or a configuration cost in arithmetic, cell updates and disk."""
    if bool(presets) == bool(configfile):
        raise ValueError("name presets, or a configuration by --configfile FILE: one of the two")
    for name, rate in (("--tflops", tflops), ("--updates", updates)):
        if rate is not None and rate <= 0:
            raise ValueError(f"{name} {rate:g} must be above 0: it is the rate you measured")
    if configfile:
        experiment = of_files(configfile)
        images = images or train_images(experiment)
        samples = samples or experiment.sampling.n_samples
        columns_of = {Path(configfile[-1]).stem: experiment}
    else:
        images, samples = images or IMAGES, samples or SAMPLES
        columns_of = {name: unchecked(name) for name in presets}
    # What is wrong with the names is said before torch is imported.
    from beyond_blur import cost as counting
    from beyond_blur.rendering import columns

    counts = [counting.cost(experiment, images, samples) for experiment in columns_of.values()]
    heads = [f"{images:,} images, {samples:,} samples", *columns_of]
    text = columns.markdown(heads, counting.rows(counts, tflops, updates), n_left=1, align=True)
    print(text)
    if markdown is not None:
        atomic.write_text(markdown, text + "\n")


def unchecked(name: str) -> Experiment:
    """A preset without the check that its images are there: counting needs none."""
    return read_experiment({"preset": name})


def of_files(paths: list[str]) -> Experiment:
    """The experiment of configurations; its images need not be there."""
    from beyond_blur.verification import configuration

    experiment = configuration.read_files(configuration.files(paths))
    assert experiment is not None, "there is a file at least"
    return experiment


def train_images(experiment: Experiment) -> int:
    """Training images: as many as are found, else the most that the data set may have."""
    from beyond_blur.data import readers

    return readers.sizes_of(experiment.dataset).train or most_images(experiment)

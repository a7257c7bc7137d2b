"""Whether the weights that an extractor needs are there, asked before any work.

Standard library only: the workflow asks each time it is parsed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from beyond_blur.config import Experiment

INCEPTION_FILE = "pt_inception-2015-12-05-6726825d.pth"
"""What pytorch-fid calls Inception's weights."""

DOWNLOAD = 'python -c "from beyond_blur.features.inception import find_weights; find_weights(None)"'

OTHERS = (
    "evaluation.extractor: classifier (needs labels), self-supervised or random, whose distance is "
    "not called FID"
)


def problems(experiment: Experiment) -> Iterator[str]:
    """What is missing of an experiment's extractor: a line that names the key and the ways out."""
    evaluation = experiment.evaluation
    of = evaluation.extractor
    if evaluation.weights is not None:
        if not Path(evaluation.weights).is_file():
            yield f"evaluation.weights = {evaluation.weights} is no file"
    elif of.startswith("inception"):
        place = inception_cache() / INCEPTION_FILE
        if not place.is_file():
            yield (
                f"evaluation.extractor = {of} needs Inception's weights, which are not at {place}: "
                f"download them once by `{DOWNLOAD}`, give evaluation.weights, or choose {OTHERS}"
            )
    elif of == "dinov2":
        yield (
            "evaluation.extractor = dinov2 needs evaluation.weights, a file of its weights; or "
            f"choose {OTHERS}"
        )
    elif of == "classifier" and experiment.dataset.labels == "none":
        yield (
            "evaluation.extractor = classifier needs labels, and dataset.labels = none: choose "
            "evaluation.extractor: self-supervised or random"
        )


def inception_cache() -> Path:
    """Where torch, and with it pytorch-fid, keeps weights that were downloaded."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", f"{cache}/torch")
    return Path(home).expanduser() / "hub" / "checkpoints"

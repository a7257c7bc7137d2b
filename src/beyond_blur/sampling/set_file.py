"""The samples of one seed as a file: drawn batch by batch, and what they were drawn by noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from beyond_blur.config import to_json_values
from beyond_blur.config.rule_specs import SamplingSpec
from beyond_blur.sampling.drawing import draw, identity, predictor_for
from beyond_blur.sampling.priors import Prior
from beyond_blur.storage import artifacts
from beyond_blur.storage.unfinished import FinishedBatches


def draw_to_file(
    job: SamplingSpec,
    network: nn.Module,
    prior: Prior,
    seed: int,
    out: Path | str,
    *,
    weights: str,
    traits: Mapping[str, Any],
) -> dict[str, np.ndarray]:
    """Draw the samples of one seed and write them; a run that was stopped goes on.

    Parameters
    ----------
    job : SamplingSpec
    network : nn.Module
        Trained, on the device that it is to run on.
    prior : Prior
        What initial states are made from.
    seed : int
    out : path
        The samples' file; finished batches lie beside it meanwhile.
    weights : str
        Checksum of the trained network.
    traits : mapping
        What the samples are of, without the seed.

    Returns
    -------
    dict of str to array
        See `draw`.

    Raises
    ------
    NotFinite
        With the level and the number of the sample, if one is not finite; nothing is written.
    """
    inputs = {"weights": weights, "prior": prior.checksum}
    predict = predictor_for(job, network, job.sampling.n_samples)
    finished = FinishedBatches(out, identity(job, seed, inputs, predict))
    arrays = draw(job, predict, prior, seed, finished)
    artifacts.save(
        out,
        arrays,
        kind="samples",
        spec={**to_json_values(job), "seed": seed},
        packages=("numpy", "torch"),
        inputs=inputs,
        # What "auto" came to: rows of one table are not drawn by several devices unnoticed.
        traits={**traits, "seed": seed, "number_format": predict.used.precision},
        arithmetic=asdict(predict.used),
    )
    finished.remove()
    return arrays

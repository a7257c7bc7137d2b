"""What the figure of the pipeline is drawn from: one process's file of every stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from beyond_blur.config.rule_specs import TrajectorySpec, from_json
from beyond_blur.data.pixels import to_float
from beyond_blur.features.extractor import is_fid
from beyond_blur.metrics import catalogue
from beyond_blur.rendering import row_checks
from beyond_blur.rendering.given import Given
from beyond_blur.storage import artifacts, records
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.contents import FEATURES, IMAGES, NUMBERS, STRIPS, array_of

STAGES = ("images", "trajectory", "weights", "samples", "features", "metrics")
"""Kinds of the files, in their order."""

N_SAMPLES = 8
"""Samples, and initial states, that are shown."""

N_FEATURES = 24
"""Features of each of them."""


@dataclass(frozen=True)
class Stages:
    """What every stage of the pipeline made of one process.

    Attributes
    ----------
    label : str
        The process.
    image : float32 array, shape (c, h, w), in [0, 1]
        The first held-out image.
    states, levels : float array (m, c, h, w), int array (m,)
        The image at m rising levels.
    pair, pair_level : float array (2, c, h, w), int
        A training pair of it, the network's input and its target as they are, and its level.
    n_weights, n_steps : int
        Of the network and of its training.
    initial, samples : float32 arrays, shape (n, c, h, w), in [0, 1]
        The first samples over what they started from.
    features, n_features : float array (n, d), int
        The first features of the samples, and how many there are.
    row : tuple of (name, text)
        The printed numbers of this seed.
    """

    label: str
    image: np.ndarray
    states: np.ndarray
    levels: np.ndarray
    pair: np.ndarray
    pair_level: int
    n_weights: int
    n_steps: int
    initial: np.ndarray
    samples: np.ndarray
    features: np.ndarray
    n_features: int
    row: tuple[tuple[str, str], ...]


def stages(given: Given) -> Stages:
    """The file of every stage, checked together; the training pair is made again.

    Raises
    ------
    ArtifactError
        For a file that is not of its stage, or not of the job.
    ValueError
        For more or fewer files than stages.
    """
    from beyond_blur.analysis.training_pairs import training_pair

    if len(given.files) != len(STAGES):
        raise ValueError(f"--inputs has {len(given.files)} files: give one of each {STAGES}")
    places = dict(zip(STAGES, given.files, strict=True))
    files = {kind: artifacts.load(places[kind], kind) for kind in STAGES[:-1]}
    record = records.load(places["metrics"], "metrics")
    given.check([*(file.manifest for file in files.values()), record])
    job: TrajectorySpec = from_json(TrajectorySpec, given.specs[0])
    image = to_float(array_of(files["images"].arrays, "images", IMAGES, places["images"])[:1])[0]
    (number, *_) = array_of(files["images"].arrays, "index", NUMBERS, places["images"])
    pair = training_pair(job, image, int(number))
    way = files["trajectory"].arrays
    features = array_of(files["features"].arrays, "samples", FEATURES, places["features"])
    sampled, place = files["samples"].arrays, places["samples"]
    return Stages(
        label=given.labelled([job])[0][0],
        image=image,
        states=array_of(way, "forward", STRIPS, places["trajectory"])[0],
        levels=array_of(way, "levels", NUMBERS, places["trajectory"]),
        pair=np.concatenate([pair.x_k.numpy(), pair.target.numpy()]),
        pair_level=int(pair.k[0]),
        n_weights=sum(values.size for values in files["weights"].arrays.values()),
        n_steps=int(files["weights"].manifest["steps"]),
        initial=to_float(array_of(sampled, "prior", IMAGES, place)[:N_SAMPLES]),
        samples=to_float(array_of(sampled, "samples", IMAGES, place)[:N_SAMPLES]),
        features=features[:N_SAMPLES, :N_FEATURES],
        n_features=features.shape[1],
        row=printed_row(places["metrics"], record),
    )


def printed_row(path: str, record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Names and texts of the printed numbers of the samples in a record of metrics.

    Raises
    ------
    ArtifactError
        For a record without a sound row of samples.
    """
    rows = record.get("rows")
    found = rows[0] if isinstance(rows, list) and rows else {}
    fault = row_checks.metrics_fault(found)
    if fault is not None or found["images"] != "samples":
        raise ArtifactError(f"{path}: {fault or 'no row of samples'}: delete it and rerun")
    return tuple(
        (metric.title, metric.text(found[name]))
        for name, metric in catalogue.listed(is_fid(found["extractor"]))
        if metric.printed and found.get(name) is not None
    )

"""A preset made small: every stage, process, pixel and channel of it, in minutes.

What is drawn and measured in such a run says that everything works and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from beyond_blur.config.preset_files import overlay

SUFFIX = "-smoke"
"""Behind the name of the dataset in paths: a real run's results are never taken for these."""

AT_MOST: dict[str, dict[str, Any]] = {
    "dataset": {"max_images": 64, "shards": 2},
    "levels": {"n_levels": 8},
    "corruption": {"draws": 1, "levels_per_draw": 2},
    "network": {"channels": 16, "blocks": 1},
    "training": {
        "iterations": 10,
        "batch_size": 4,
        "warmup": 2,
        "ema": 0.9,
        "checkpoint_every": 5,
        "watch_every": 10,
        "watch_images": 8,
    },
    "sampling": {"n_samples": 16},
    "evaluation": {
        "nearest_k": 3,
        "classifier_iterations": 10,
        "encoder_iterations": 10,
        "kid_subsets": 10,
    },
}
"""The largest value that a smoke run has of a number, by section and key."""

UNLABELLED = ("lmdb",)
"""Kinds of datasets that have no labels."""

STEPS = 24
"""Levels of the processes that count their own, at most; a linear schedule needs 21."""

BLUR = 8
"""The image's width over the largest blur width, at least: solver steps grow with its square."""

NARROW, WIDE_IMAGE = 8, 128
"""Channels of the network for images of so many pixels a side or more: work grows with both."""


def stand_in(preset: Mapping[str, Any]) -> str:
    """The extractor of a smoke run: one that is trained on the spot, whatever weights are there."""
    chosen = str(preset.get("evaluation", {}).get("extractor", "inception"))
    if chosen not in ("inception", "inception-clean", "dinov2"):
        return chosen
    dataset = preset.get("dataset", {})
    labelled = dataset.get("labels") != "none" and dataset.get("kind") not in UNLABELLED
    return "classifier" if labelled else "self-supervised"


def shrink(preset: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a preset, with none of its counts larger than a smoke run needs.

    Parameters
    ----------
    preset : mapping
        Plain values, before the user's are laid over them.
    """
    small: dict[str, Any] = {
        section: {
            key: min(preset.get(section, {}).get(key, most), most) for key, most in of.items()
        }
        for section, of in AT_MOST.items()
    }
    # A preset without a limit, or with the default one, has none.
    dataset, levels = preset.get("dataset", {}), preset.get("levels", {})
    small["dataset"]["name"] = f"{dataset.get('name', 'digits')}{SUFFIX}"
    size = dataset.get("size", 16)
    small["levels"]["sigma_max"] = min(levels.get("sigma_max", size), max(size / BLUR, 4.0))
    if size >= WIDE_IMAGE:
        small["network"]["channels"] = NARROW
    attention = preset.get("network", {}).get("attention_levels", ())
    small["network"]["attention_levels"] = list(attention)[-1:]
    small["training"]["seeds"] = preset.get("training", {}).get("seeds", [0])[:1]
    small["sampling"]["seeds"] = preset.get("sampling", {}).get("seeds", [0, 1])[:2]
    small["evaluation"]["extractor"] = stand_in(preset)
    small["process_options"] = {
        kind: {"n_steps": min(options["n_steps"], STEPS)}
        for kind, options in preset.get("process_options", {}).items()
        if "n_steps" in options
    }
    if "processes" in preset:
        small["processes"] = [_of_few_peclets(process) for process in preset["processes"]]
    return overlay(preset, small)


def without_weights(config: Mapping[str, Any]) -> dict[str, Any]:
    """A user's values without ``evaluation.weights``, unless they name an extractor, too.

    The weights are those of the full run's extractor, which a smoke run does not have.
    """
    evaluation = config.get("evaluation")
    if not isinstance(evaluation, Mapping) or "extractor" in evaluation:
        return dict(config)
    kept = {key: value for key, value in evaluation.items() if key != "weights"}
    return {**config, "evaluation": kept}


def _of_few_peclets(process: Mapping[str, Any]) -> dict[str, Any]:
    """A process with the first and the last of its Péclet numbers; each is a training."""
    peclet = process.get("peclet")
    if not isinstance(peclet, list) or len(peclet) < 3:
        return dict(process)
    return {**process, "peclet": [peclet[0], peclet[-1]]}

"""The settings that each kind of result is made with: what its manifest has to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from beyond_blur.config import Experiment, plan, to_json_values
from beyond_blur.config import rule_specs as of
from beyond_blur.verification.kinds import Spec, Wildcards


def images(experiment: Experiment, w: Wildcards) -> Any:
    """Of images: the dataset."""
    return to_json_values(experiment.dataset)


def of_process(job: Callable[[Experiment, str], Any]) -> Spec:
    """Of what is made of one process: its job."""
    return lambda experiment, w: to_json_values(job(experiment, w["process"]))


def of_all(job: Callable[[Experiment], Any]) -> Spec:
    """Of what is the same for every process."""
    return lambda experiment, w: to_json_values(job(experiment))


def weights(experiment: Experiment, w: Wildcards) -> Any:
    """Of weights: what lasts of the training job."""
    return of.lasting(of.training_spec(experiment, w["process"]))


def samples(experiment: Experiment, w: Wildcards) -> Any:
    """Of samples: how they are drawn, with the usual number of network calls or another one."""
    name = w["process"]
    if "calls" in w:
        return to_json_values(plan.step_spec(experiment, name, int(w["calls"])))
    return to_json_values(of.sampling_spec(experiment, name))


def metrics(experiment: Experiment, w: Wildcards) -> Any:
    """Of a row's numbers."""
    job = of.metrics_spec(experiment, int(w["seed"]), w.get("process"), w.get("prior"))
    return to_json_values(job)

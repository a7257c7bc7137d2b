"""The settings that each kind of result is made with: what its manifest has to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from beyond_blur.config import Experiment, labels, plan, to_json_values
from beyond_blur.config import evaluation_specs as evaluation
from beyond_blur.config import rule_specs as of
from beyond_blur.rendering.figures import FIGURES
from beyond_blur.verification.kinds import Spec, Wildcards


def images(experiment: Experiment, w: Wildcards) -> Any:
    """Of images: the dataset, wherever its files lie."""
    return of.lasting_dataset(experiment.dataset)


def of_process(job: Callable[[Experiment, str], Any]) -> Spec:
    """Of what is made of one process: its job."""
    return lambda experiment, w: to_json_values(job(experiment, w["process"]))


def terminal(experiment: Experiment, w: Wildcards) -> Any:
    """Of terminal states: which differ by the split of their images."""
    return to_json_values(of.terminal_spec(experiment, w["process"], w["split"]))


def weights(experiment: Experiment, w: Wildcards) -> Any:
    """Of weights: what lasts of the training job."""
    return of.lasting(of.training_spec(experiment, w["process"]))


def samples(experiment: Experiment, w: Wildcards) -> Any:
    """Of samples: how they are drawn."""
    job = of.sampling_spec(experiment, w["process"], w["prior"], *plan.unusual(w))
    return {**to_json_values(job), "seed": int(w["seed"])}


EXPLORATIONS = {
    "interpolation": 3,
    "shared-noise": 10,
    "shared-state": 19,
    "way": 9,
    "way-shared-noise": 9,
    "way-shared-state": 9,
    "morph": 4,
}
"""Samples of each exploration, as ``EXPLORATIONS`` of ``workflow/rules/sampling.smk`` has them."""


def exploration(experiment: Experiment, w: Wildcards) -> Any:
    """Of an exploration: how its few samples are drawn, from the first kind of prior."""
    job = of.sampling_spec(experiment, w["process"], plan.priors(experiment, w["process"])[0])
    few = replace(job.sampling, n_samples=EXPLORATIONS[w["exploration"]])
    values = to_json_values(replace(job, sampling=few))
    return {**values, "seed": experiment.sampling.seeds[0]}


def classifier(experiment: Experiment, w: Wildcards) -> Any:
    """Of the classifier: how it is trained."""
    return to_json_values(evaluation.classifier_spec(experiment))


def encoder(experiment: Experiment, w: Wildcards) -> Any:
    """Of the encoder: how it is trained."""
    return to_json_values(evaluation.encoder_spec(experiment))


def features(experiment: Experiment, w: Wildcards) -> Any:
    """Of features: the network, and which images they are of."""
    if "split" in w:
        return to_json_values(evaluation.features_spec(experiment, w["split"]))
    which = (w["process"], w["prior"], int(w["seed"]), *plan.unusual(w))
    return to_json_values(evaluation.sample_features_spec(experiment, *which))


def metrics(experiment: Experiment, w: Wildcards) -> Any:
    """Of a row's numbers: what is measured, and of which samples."""
    which = (int(w["seed"]), w.get("process"), w.get("prior"), *plan.unusual(w))
    return to_json_values(evaluation.metrics_spec(experiment, *which))


def table(experiment: Experiment, w: Wildcards) -> Any:
    """Of the table: the job of each of its rows."""
    return rows_of(experiment, plan.table_rows(experiment), plan.table_title(experiment))


def study(experiment: Experiment, w: Wildcards) -> Any:
    """Of the study's table: the same of its own processes."""
    return rows_of(experiment, plan.study_rows(experiment), "study")


def rows_of(experiment: Experiment, rows: list[tuple[str, str, int]], preset: str) -> Any:
    """What the manifest of a table has to say: of these rows, and then of real images."""
    real = [(None, None, seed) for seed in experiment.sampling.seeds]
    spec = evaluation.table_spec(experiment, [*rows, *real])
    methods = experiment.evaluation.table_methods
    return evaluation.made_with(to_json_values(spec), preset, methods)


def steps(experiment: Experiment, w: Wildcards) -> Any:
    """Of the curve over network calls: those of each of its points."""
    return {"calls": numbers_of_calls(experiment)}


def deltas(experiment: Experiment, w: Wildcards) -> Any:
    """Of the curves over delta: that of each of their points."""
    return {"deltas": [plan.delta_text(d) for _, d, _ in plan.delta_points(experiment)]}


def numbers_of_calls(experiment: Experiment) -> list[int]:
    """Network calls behind each point of the curve."""
    names = plan.names(experiment)
    return [n for name in names for n in plan.step_counts(experiment, name)]


def alignment(experiment: Experiment, w: Wildcards) -> Any:
    """Of aligned levels: the forward states of every process, by its label."""
    return dict(zip(process_labels(experiment), forward(experiment), strict=True))


def forward(experiment: Experiment, names: list[str] | None = None) -> list[Any]:
    """The jobs of processes' forward states: all of them, unless some are named."""
    chosen = plan.names(experiment) if names is None else names
    return [to_json_values(of.forward_spec(experiment, name)) for name in chosen]


def process_labels(experiment: Experiment, names: list[str] | None = None) -> list[str]:
    """What figures call processes: all of them, unless some are named."""
    chosen = plan.names(experiment) if names is None else names
    return [labels.process_label(of.find_process(experiment, name)) for name in chosen]


LABELS: dict[str, Callable[[Experiment], list[str]]] = {
    "trajectories": process_labels,
    "teaser": lambda e: process_labels(e, plan.teaser_processes(e)),
    "histories": process_labels,
    "neighbours": process_labels,
    "samples": lambda e: ["real, held out", *process_labels(e)],
    "processes": process_labels,
    "terminal_states": process_labels,
    "stages": lambda e: process_labels(e, [plan.piped(e)]),
    "flow": lambda e: process_labels(e, plan.strongest_flow(e)),
    "peclets": lambda e: process_labels(e, plan.strongest_flow(e)),
    "network_calls": lambda e: [str(n) for n in numbers_of_calls(e)],
}
"""Labels that figures are given, by their kind of input."""


SPECS: dict[str, Callable[[Experiment], list[Any]]] = {
    "processes": forward,
    "terminal_states": forward,
    "stages": lambda e: forward(e, [plan.piped(e)]),
    "flow": lambda e: forward(e, plan.strongest_flow(e)),
    "peclets": lambda e: forward(e, plan.strongest_flow(e)),
}
"""Processes that run to draw figures, by their kind of input."""


def figure(experiment: Experiment, w: Wildcards) -> Any:
    """Of a figure: its labels, and the processes that run to draw it."""
    drawn_from = FIGURES[w["figure"]].inputs
    named = LABELS[drawn_from](experiment) if drawn_from in LABELS else []
    run = SPECS[drawn_from](experiment) if drawn_from in SPECS else []
    return {"figure": w["figure"], "labels": named, "specs": run}


def film(experiment: Experiment, w: Wildcards) -> Any:
    """Of a film: the processes' labels."""
    return {"film": w["film"], "labels": process_labels(experiment)}

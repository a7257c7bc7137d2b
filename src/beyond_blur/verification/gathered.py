"""What tables and figures are made from: results of every process."""

from __future__ import annotations

from collections.abc import Sequence

from beyond_blur.config import STUDY_PRIORS, Experiment, plan
from beyond_blur.rendering.figures import FIGURES
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.verification.inputs import (
    Files,
    features_file,
    first_prior,
    metrics_file,
    metrics_files,
    samples_file,
    weights,
)
from beyond_blur.verification.kinds import Wildcards


def real_rows(experiment: Experiment) -> list[str]:
    """The numbers of real images in the samples' place, of every seed."""
    return [metrics_file(experiment, "real", seed) for seed in experiment.sampling.seeds]


def sample_rows(experiment: Experiment) -> list[str]:
    """The numbers of every process, kind of prior and seed."""
    return metrics_files(plan.table_rows(experiment), experiment)


def table(experiment: Experiment, w: Wildcards) -> Files:
    """Of the table: every row's numbers."""
    return {"metrics": [*sample_rows(experiment), *real_rows(experiment)]}


def study(experiment: Experiment, w: Wildcards) -> Files:
    """Of the study's table: the numbers of its own processes."""
    rows = metrics_files(plan.study_rows(experiment), experiment)
    return {"metrics": [*rows, *real_rows(experiment)]}


def steps(experiment: Experiment, w: Wildcards) -> Files:
    """Of the curve over network calls: one seed of every process and number of calls."""
    seed, found = experiment.sampling.seeds[0], []
    for name in plan.shown_networks(experiment):
        row, usual = f"{name}/{first_prior(experiment, name)}", plan.usual_calls(experiment, name)
        for calls in plan.step_counts(experiment, name):
            place = "" if calls == usual else f"steps/{calls}/"
            found.append(metrics_file(experiment, row, seed, place))
    return {"metrics": found}


def deltas(experiment: Experiment, w: Wildcards) -> Files:
    """Of the curves over delta: every seed of the study's processes whose sampler adds noise."""
    found = []
    for name, delta, seed in plan.delta_points(experiment):
        place = plan.delta_place(experiment, delta)
        found.append(metrics_file(experiment, f"{name}/{STUDY_PRIORS[0]}", seed, place))
    return {"metrics": found}


def amplitudes(experiment: Experiment, w: Wildcards) -> Files:
    """Of the table of amplitudes: those of every process that starts from corrupted images."""
    return of_processes("amplitude", ".json", experiment, plan.corrupting(experiment))


def study_amplitudes(experiment: Experiment, w: Wildcards) -> Files:
    """Of the study's: those of its processes."""
    return of_processes("amplitude", ".json", experiment, plan.study_corrupting(experiment))


def of_processes(
    folder: str, ending: str, experiment: Experiment, names: Sequence[str] | None = None
) -> Files:
    """A file of every process: of the network that is shown, where no names are given."""
    names = plan.shown_networks(experiment) if names is None else names
    return {"inputs": [f"{folder}/{experiment.dataset.name}/{name}{ending}" for name in names]}


def shown_samples(experiment: Experiment) -> Files:
    """Real images, and the first samples of every process."""
    seed, dataset = experiment.sampling.seeds[0], experiment.dataset.name
    samples = [
        samples_file({"dataset": dataset, "process": name}, first_prior(experiment, name), seed)
        for name in plan.shown_networks(experiment)
    ]
    return {"inputs": [f"data/{dataset}/held_out/shard-0.safetensors", *samples]}


def first_samples(experiment: Experiment, w: Wildcards) -> Files:
    """Of mean colours: the first samples of every process."""
    return {"inputs": shown_samples(experiment)["inputs"][1:]}


def first_held_out(experiment: Experiment) -> Files:
    """Of what processes run on for a figure: held-out images."""
    return {"inputs": [f"data/{experiment.dataset.name}/held_out/shard-0.safetensors"]}


def stages(experiment: Experiment) -> Files:
    """Of the pipeline: one process's file of every stage, in their order."""
    network = plan.first_trained(experiment, plan.piped(experiment))
    prior, seed = first_prior(experiment, network), experiment.sampling.seeds[0]
    w = {
        "dataset": experiment.dataset.name,
        "extractor": experiment.evaluation.extractor,
        "process": network,
    }
    return {
        "inputs": [
            *first_held_out(experiment)["inputs"],
            *of_processes("trajectories", ".safetensors", experiment, [network])["inputs"],
            *weights(w),
            samples_file(w, prior, seed),
            features_file(w, f"{network}/{prior}/seed-{seed}"),
            *metrics_files([(network, prior, seed)], experiment),
        ]
    }


def explored(experiment: Experiment, *ways: str) -> Files:
    """Explorations of every process, process by process."""
    place = f"explorations/{experiment.dataset.name}"
    names = plan.shown_networks(experiment)
    return {"inputs": [f"{place}/{name}/{way}.safetensors" for name in names for way in ways]}


OF_FIGURES = {
    "table": lambda e: {"inputs": ["table1.csv"]},
    "study": lambda e: {"inputs": ["study.csv"]},
    "metrics": lambda e: {"inputs": [*sample_rows(e), *real_rows(e)]},
    "amplitude": lambda e: {"inputs": ["terminal_amplitude.csv"]},
    "study_amplitude": lambda e: {"inputs": ["study_amplitude.csv"]},
    "trajectories": lambda e: of_processes("trajectories", ".safetensors", e),
    "teaser": lambda e: of_processes(
        "trajectories",
        ".safetensors",
        e,
        [plan.first_trained(e, n) for n in plan.teaser_processes(e)],
    ),
    "histories": lambda e: of_processes("checkpoints", "/history.jsonl", e),
    "neighbours": lambda e: of_processes(f"neighbours/{e.evaluation.extractor}", ".safetensors", e),
    "samples": shown_samples,
    "facts": lambda e: {"inputs": [f"data/{e.dataset.name}/facts.json"]},
    "contact_sheet": lambda e: {"inputs": [f"data/{e.dataset.name}/contact_sheet.safetensors"]},
    "interpolations": lambda e: explored(e, "interpolation"),
    "shared": lambda e: explored(e, "shared-noise", "shared-state"),
    "starts": lambda e: first_samples(e, {}),
    "deltas": lambda e: {"inputs": ["deltas.csv"]},
    "network_calls": lambda e: {"inputs": steps(e, {})["metrics"]},
    "terminal_states": first_held_out,
    "stages": stages,
    "flow": first_held_out,
    "peclets": first_held_out,
    "profile": lambda e: {},
    "processes": lambda e: {},
}
"""Files of each kind of input that `beyond_blur.rendering.figures.INPUTS` lists."""


def figure(experiment: Experiment, w: Wildcards) -> Files:
    """Of a figure: what its kind of input says."""
    return OF_FIGURES[FIGURES[w["figure"]].inputs](experiment)


def film(experiment: Experiment, w: Wildcards) -> Files:
    """Of a film: its file of every process."""
    dataset, of = experiment.dataset.name, FILMS[w["film"]]
    return {"inputs": [of.file_of(dataset, name) for name in plan.shown_networks(experiment)]}


def aligned(experiment: Experiment, w: Wildcards) -> Files:
    """Of aligned levels: the held-out images that they are measured on."""
    return {"images": first_held_out(experiment)["inputs"]}

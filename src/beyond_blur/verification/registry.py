"""Every kind of result: the one list of what the workflow makes, and what is beside it.

A test holds it equal to the outputs and inputs of the rules.
"""

from __future__ import annotations

from beyond_blur.config import ConfigError, Experiment, check_study, plan
from beyond_blur.config import evaluation_specs as evaluation
from beyond_blur.config import rule_specs as of
from beyond_blur.config.rule_specs import find_process
from beyond_blur.rendering.figures import FIGURES
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.verification import gathered, inputs, specs
from beyond_blur.verification.kinds import Kind, Wildcards

SEED = "{dataset}/{process}/{prior}/seed-{seed}"
OF_EXTRACTOR = "{extractor}/{dataset}"
PICTURE = "{ending:png|pdf}"
TABLE = "{ending:csv|md|tex|html|txt}"
COMPARED = "{name:tests.csv|intervals.csv|tests.md}"


def of_all_networks(experiment: Experiment, w: Wildcards) -> bool:
    """Whether a path names a process, and none of its networks."""
    return w["process"] in (*plan.names(experiment), *plan.study_names(experiment))


def of_network(experiment: Experiment, w: Wildcards) -> bool:
    """Whether a path names a network of one of the training seeds."""
    return w["process"] in plan.trained(experiment, w["process"])


def shown(experiment: Experiment, w: Wildcards) -> bool:
    """Whether a path names the network of a process that figures show."""
    return w["process"] == plan.first_trained(experiment, w["process"])


def of_flow(experiment: Experiment, w: Wildcards) -> bool:
    """Whether terminal states of this split are what a process starts from."""
    splits = map(plan.prior_split, inputs.all_priors(experiment, w["process"]))
    starts = find_process(experiment, w["process"]).starts_from
    return of_all_networks(experiment, w) and starts == "terminal" and w["split"] in splits


def cached(experiment: Experiment, w: Wildcards) -> bool:
    """Whether a process is trained on cached pairs."""
    on_images = plan.trains_on_images(experiment, w["process"])
    return of_all_networks(experiment, w) and not on_images


def corrupting(experiment: Experiment, w: Wildcards) -> bool:
    """Whether a process starts from corrupted images."""
    return of_all_networks(experiment, w) and plan.priors(experiment, w["process"]) != ["noise"]


def studied(experiment: Experiment, w: Wildcards) -> bool:
    """Whether the study can be made of the configuration."""
    try:
        check_study(experiment)
    except ConfigError:
        return False
    return True


def sampled(place: str = "") -> tuple[Kind, ...]:
    """Samples, their features and their numbers, of the usual number of network calls or others."""
    return (
        Kind(
            "samples", f"{place}samples/{SEED}.safetensors",
            spec=specs.samples, inputs=inputs.sampling, wanted=of_network,
        ),
        Kind(
            "features", f"{place}features/{{extractor}}/{SEED}.safetensors",
            spec=specs.features, inputs=inputs.features_of_samples, wanted=of_network,
        ),
        Kind(
            "metrics", f"{place}metrics/{{extractor}}/{SEED}.json", "record",
            spec=specs.metrics, inputs=inputs.measuring, wanted=of_network,
        ),
    )  # fmt: skip


def lists() -> tuple[Kind, ...]:
    """Lists of shards, each beside them: of what others take whole."""
    return (
        Kind(
            "shards", "data/{dataset}/{split}/shards.json", "record",
            inputs=inputs.listed("data/{dataset}/{split}"),
        ),
        Kind(
            "shards", "corruption/{dataset}/{process}/shards.json", "record",
            inputs=inputs.listed("corruption/{dataset}/{process}"), wanted=cached,
        ),
        Kind(
            "shards", "terminal/{dataset}/{process}/{split}/shards.json", "record",
            inputs=inputs.listed("terminal/{dataset}/{process}/{split}"), wanted=of_flow,
        ),
    )  # fmt: skip


STAGES = (
    Kind("images", "data/{dataset}/{split}/shard-{shard}.safetensors", spec=specs.images),
    *lists(),
    Kind("facts", "data/{dataset}/facts.json", "record", inputs=inputs.both_splits),
    Kind("contact_sheet", "data/{dataset}/contact_sheet.safetensors", inputs=inputs.both_splits),
    Kind(
        "pairs", "corruption/{dataset}/{process}/shard-{shard}.safetensors",
        spec=specs.of_process(of.corruption_spec), inputs=inputs.shard_of_images("train"),
        wanted=cached,
    ),
    Kind(
        "terminal", "terminal/{dataset}/{process}/{split}/shard-{shard}.safetensors",
        spec=specs.terminal, inputs=inputs.shard_of_images(), wanted=of_flow,
    ),
    Kind(
        "weights", "checkpoints/{dataset}/{process}/weights.safetensors",
        spec=specs.weights, inputs=inputs.training, wanted=of_network,
    ),
    Kind(
        "history", "checkpoints/{dataset}/{process}/history.jsonl", "page",
        spec=specs.weights, inputs=inputs.training, wanted=of_network,
    ),
    *sampled(),
    *sampled("steps/{calls}/"),
    *sampled("deltas/{delta:auto|[0-9.e-]+}/"),
    Kind(
        "trajectory", "trajectories/{dataset}/{process}.safetensors",
        spec=specs.of_process(of.trajectory_spec), inputs=inputs.following, wanted=shown,
    ),
    Kind(
        "exploration",
        f"explorations/{{dataset}}/{{process}}/{{exploration:{'|'.join(specs.EXPLORATIONS)}}}.safetensors",
        spec=specs.exploration, inputs=inputs.exploring, wanted=shown,
    ),
    Kind(
        "classifier", "classifier/{dataset}/weights.safetensors",
        spec=specs.classifier, inputs=inputs.both_splits,
    ),
    Kind(
        "encoder", "encoder/{dataset}/weights.safetensors",
        spec=specs.encoder, inputs=inputs.both_splits,
    ),
    Kind(
        "features", f"features/{OF_EXTRACTOR}/real/{{split}}.safetensors",
        spec=specs.features, inputs=inputs.features_of_images,
    ),
    Kind(
        "metrics", f"metrics/{OF_EXTRACTOR}/real/seed-{{seed}}.json", "record",
        spec=specs.metrics, inputs=inputs.real_features,
    ),
    Kind(
        "neighbours", f"neighbours/{OF_EXTRACTOR}/{{process}}.safetensors",
        spec=specs.of_process(evaluation.neighbours_spec), inputs=inputs.nearest, wanted=shown,
    ),
    Kind(
        "amplitude", "amplitude/{dataset}/{process}.json", "record",
        spec=specs.of_process(evaluation.amplitude_spec), inputs=inputs.left_of_images,
        wanted=corrupting,
    ),
)  # fmt: skip
"""A result for every process, kind of prior, seed, shard."""

ALIGNMENT = (
    "alignment.csv",
    "aligned_schedules.json",
    *(f"figures/alignment.{e}" for e in ("png", "pdf")),
)
GATHERED = (
    Kind("table", f"table1.{TABLE}", "page", spec=specs.table, inputs=gathered.table),
    Kind(
        "table", f"study.{TABLE}", "page", spec=specs.study, inputs=gathered.study,
        wanted=studied,
    ),
    Kind(
        "comparison", f"table1_{COMPARED}", "page", spec=specs.table, inputs=gathered.table,
        manifest="table1_tests.manifest.json",
    ),
    Kind(
        "comparison", f"study_{COMPARED}", "page", spec=specs.study, inputs=gathered.study,
        wanted=studied, manifest="study_tests.manifest.json",
    ),
    Kind("steps", "steps.csv", "page", spec=specs.steps, inputs=gathered.steps),
    Kind("deltas", "deltas.csv", "page", spec=specs.deltas, inputs=gathered.deltas),
    Kind("amplitudes", "terminal_amplitude.csv", "page", inputs=gathered.amplitudes),
    Kind("amplitudes", "study_amplitude.csv", "page", inputs=gathered.study_amplitudes),
    Kind("mean_colours", "mean_colours.csv", "page", inputs=gathered.first_samples),
    Kind(
        "alignment", f"{{name:{'|'.join(ALIGNMENT)}}}", "page",
        spec=specs.alignment, inputs=gathered.aligned, manifest="alignment.manifest.json",
    ),
    Kind(
        "figure", f"figures/{{figure:{'|'.join(FIGURES)}}}.{PICTURE}", "page",
        spec=specs.figure, inputs=gathered.figure,
    ),
    Kind(
        "film", f"films/{{film:{'|'.join(FILMS)}}}.{{ending:gif|mp4}}", "page",
        spec=specs.film, inputs=gathered.film,
    ),
)  # fmt: skip
"""Tables and figures, of every process together."""

BESIDE = (
    Kind(
        "state",
        "checkpoints/{dataset}/{process}/state.pt",
        "state",
        silent=("dataset",),
        wanted=of_network,
    ),
    Kind("picture of a training run", "checkpoints/{dataset}/{process}/watch/{name}.png", "free"),
    Kind(
        "events of a training run", "checkpoints/{dataset}/{process}/tensorboard/{name:.+}", "free"
    ),
    Kind("log", "logs/{name:.+}", "free"),
    Kind("report", "{name:report.html|snakemake_report.html|verify.json}", "free"),
)
"""What no rule has among its outputs. No number is made from it, but for a state."""

KINDS = (*STAGES, *GATHERED, *BESIDE)

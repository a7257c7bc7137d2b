# For all rule files - the checked experiment, where the package is, and input functions.
import json
import sys
from dataclasses import replace
from pathlib import Path

from snakemake.settings.types import DeploymentMethod

SRC = Path(workflow.basedir) / "src"
sys.path.insert(0, str(SRC))

from beyond_blur.config import rule_specs as jobs
from beyond_blur.config import (
    STUDY_PRIORS,
    ConfigError,
    check_study,
    load_experiment,
    slug,
    study_processes,
)
from beyond_blur.storage.code import STREAMING, TRAINING, code_files


def checked(check, values):
    """What a check of the configuration returns; one line where it refuses, and nothing starts."""
    try:
        return check(values)
    except ConfigError as error:
        sys.exit(f"config error: {error}")


experiment = checked(load_experiment, config)
DATASET = experiment.dataset.name
EXTRACTOR = experiment.evaluation.extractor
SEEDS = experiment.sampling.seeds
SHARDS = range(experiment.dataset.shards)
PROCESSES = [slug(process) for process in experiment.processes]
STUDY = [slug(process) for process in study_processes(experiment)]
FIGURES = ["samples", "strips", "spectrum", "metrics", "loss", "profiles", "teaser", "photograph"]
FIGURES += ["alignment", "neighbours", "precision_recall", "fid_against_n"]

# The package is used from its source folder: nothing to install, in any rule's environment.
# Without conda, rules run by the Python that runs Snakemake, whatever `python` is elsewhere.
WITH_CONDA = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
OUR_PYTHON = "" if WITH_CONDA else f"PATH='{Path(sys.executable).parent}':\"$PATH\""
shell.prefix(f"set -euo pipefail; export PYTHONPATH='{SRC}' PYTHONUNBUFFERED=1 {OUR_PYTHON}; ")


wildcard_constraints:
    dataset="[^/]+",
    process="[^/]+",
    split="train|held_out",
    prior="train|held_out|noise",
    extractor="[^/]+",
    seed=r"\d+",
    shard=r"\d+",
    calls=r"\d+",
    exploration="[^/]+",


def sources(*modules):
    """Files of the package that a rule's result depends on: an edit reruns the rule."""
    return [str(file) for file in code_files()]


def shards(pattern):
    """Every shard of what a pattern names."""
    return [pattern.replace("{shard}", str(shard)) for shard in SHARDS]


def process_label(name):
    """How a figure names a process."""
    process = jobs.find_process(experiment, name)
    peclet = f", Pe = {process.peclet:g}" if hasattr(process, "peclet") else ""
    return process.name.replace("_", " ") + peclet


def priors(name):
    """The kinds of initial state a process is sampled from: a table row for each."""
    process = jobs.find_process(experiment, name)
    return ["noise"] if process.starts_from == "noise" else list(experiment.sampling.priors)


def training_files(wildcards):
    """What a process trains on: its cached pairs, or images that it makes pairs of as it trains."""
    process = jobs.find_process(experiment, wildcards.process)
    place = f"results/corruption/{wildcards.dataset}/{wildcards.process}"
    if process.trains_on == "images" or experiment.training.pairs == "streamed":
        place = f"results/data/{wildcards.dataset}/train"
    return shards(f"{place}/shard-{{shard}}.safetensors")


def streaming_code(wildcards):
    """The code that makes pairs while a network trains, where that is done."""
    process = jobs.find_process(experiment, wildcards.process)
    if process.trains_on == "images" or experiment.training.pairs == "cached":
        return []
    return sources(*STREAMING)


def training_spec(wildcards, threads):
    """The whole training job.

    Takes ``threads`` because Snakemake reruns no job for a param that follows from them: some of
    its options decide how a network is trained and not what it becomes (`jobs.FREE`).
    """
    return jobs.to_json(jobs.training_job(experiment, wildcards.process))


def weights_spec(wildcards):
    """The part of the training job that decides the weights: if it changes, they are made again."""
    return json.dumps(jobs.lasting(jobs.training_job(experiment, wildcards.process)))


def training_launcher(wildcards, threads):
    """What starts the processes that share a training run; nothing where there is only one.

    Takes ``threads`` for the reason that `training_spec` does.
    """
    training = experiment.training
    if training.devices * training.nodes == 1:
        return ""
    torchrun = f"python -m torch.distributed.run --nproc-per-node {training.devices}"
    if training.nodes == 1:
        return f"{torchrun} --standalone --no-python"
    # One torchrun per node of the allocation; they meet at its first node.
    first = '$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)'
    return (
        f"srun --nodes {training.nodes} --ntasks {training.nodes} --ntasks-per-node 1 {torchrun}"
        f" --nnodes {training.nodes} --rdzv-backend c10d --rdzv-id $SLURM_JOB_ID"
        f" --rdzv-endpoint {first}:29500 --no-python"
    )


def prior_files(wildcards):
    """What sampling starts from: terminal states, or images (of noise, only their shape)."""
    process = jobs.find_process(experiment, wildcards.process)
    prior = wildcards.get("prior", priors(wildcards.process)[0])
    split = "train" if prior == "noise" else prior
    place = f"results/data/{wildcards.dataset}/{split}"
    if process.starts_from == "terminal":
        place = f"results/terminal/{wildcards.dataset}/{wildcards.process}/{split}"
    return shards(f"{place}/shard-{{shard}}.safetensors")


def own_code(wildcards):
    """The file of a user's own process: an edit reruns what it made."""
    process = jobs.find_process(experiment, wildcards.process)
    return [process.file] if process.kind == "own" else []


def forward_specs(wildcards):
    """The jobs of every process's forward states, in the order of the config."""
    return [jobs.to_json(jobs.forward_job(experiment, name)) for name in PROCESSES]


def teaser_processes():
    """The first process of each kind, of a kind with Peclet numbers the one of the largest."""
    chosen = {}
    for name in PROCESSES:
        process = jobs.find_process(experiment, name)
        before = chosen.get(process.kind)
        if before is None or getattr(process, "peclet", 0) > before[0]:
            chosen[process.kind] = (getattr(process, "peclet", 0), name)
    return [name for _, name in chosen.values()][:3]


def spec_of(job, *wildcard_names):
    """A params function: the JSON of a job for the rule's wildcards."""

    def params(wildcards):
        return jobs.to_json(job(experiment, *(wildcards[name] for name in wildcard_names)))

    return params


def dataset_files(wildcards):
    """The user's own files, where the dataset is a file: a changed file makes a new dataset."""
    dataset = experiment.dataset
    paths = [dataset.path, dataset.labels_path, dataset.held_out_path, dataset.held_out_labels_path]
    return [path for path in paths if path is not None and dataset.kind != "folder"]


def classifier_file(wildcards):
    """The classifier, where its features are the ones measured."""
    if wildcards.extractor != "classifier":
        return []
    return f"results/classifier/{wildcards.dataset}/weights.safetensors"


def split_shards(wildcards):
    """Every shard of one split of the real images."""
    return shards(f"results/data/{wildcards.dataset}/{wildcards.split}/shard-{{shard}}.safetensors")


def metrics_sources(wildcards, input):
    """Options naming what a row measures beside the real images; none for the ceiling."""
    names = {"--features": "features", "--samples": "samples", "--images": "images"}
    options = []
    for option, name in names.items():
        files = input.get(name, [])
        options += [option, *([files] if isinstance(files, str) else files)] if files else []
    return options


def prior_images(wildcards):
    """The images that priors were made of, to look for copies among; of noise there are none."""
    if wildcards.prior == "noise":
        return []
    return shards(f"results/data/{wildcards.dataset}/{wildcards.prior}/shard-{{shard}}.safetensors")


def study_metrics(wildcards):
    """Metrics of every process of the study, if the configuration lets them be made."""
    checked(check_study, experiment)
    return [
        f"results/metrics/{EXTRACTOR}/{DATASET}/{name}/{prior}/seed-{seed}.json"
        for name in STUDY
        for prior in STUDY_PRIORS
        for seed in SEEDS
    ]


def first_samples(wildcards):
    """Samples of the process's first kind of prior and of the first seed."""
    place = f"results/samples/{wildcards.dataset}/{wildcards.process}"
    return f"{place}/{priors(wildcards.process)[0]}/seed-{SEEDS[0]}.safetensors"


def first_features(wildcards):
    """Features of those samples."""
    samples = first_samples(wildcards)
    return samples.replace("results/samples", f"results/features/{wildcards.extractor}")


def first_prior_images(wildcards):
    """The images that their priors were made of; of noise there are none."""
    split = priors(wildcards.process)[0]
    place = f"results/data/{wildcards.dataset}/{split}/shard-{{shard}}.safetensors"
    return [] if split == "noise" else shards(place)


def first_states(wildcards):
    """Terminal states at full precision where they are kept, else what samples started from."""
    process = jobs.find_process(experiment, wildcards.process)
    if process.starts_from != "terminal":
        return first_samples(wildcards)
    place = f"results/terminal/{wildcards.dataset}/{wildcards.process}"
    return shards(f"{place}/{priors(wildcards.process)[0]}/shard-{{shard}}.safetensors")


def amplitude_options(wildcards):
    """What a row of amplitudes is called, the blur that pure blur would be, the prior's noise."""
    process = jobs.find_process(experiment, wildcards.process)
    peclet = ["--peclet", process.peclet] if hasattr(process, "peclet") else []
    levels = experiment.levels
    sigma = levels.given[-1] if levels.spacing == "given" else levels.sigma_max
    noisy = process.starts_from == "terminal" and experiment.sampling.prior_noise
    noise = ["--noise", process.noise] if noisy else []
    return ["--process", process.name, "--sigma", sigma, *noise, *peclet]


def step_counts(name):
    """Network calls that a process is sampled with: K, K / 2, K / 4, ..., five at most."""
    n_levels = jobs.find_process(experiment, name).n_levels(experiment.levels)
    # A process of the user's own need not have jumps.
    return [] if n_levels is None else sorted({max(1, n_levels >> i) for i in range(5)})


def step_metrics(name, calls):
    """The metrics behind one point; with the usual number of calls they are those of the table."""
    process = jobs.find_process(experiment, name)
    usual = experiment.sampling.steps or process.n_levels(experiment.levels)
    place = "results" if calls == usual else f"results/steps/{calls}"
    return f"{place}/metrics/{EXTRACTOR}/{DATASET}/{name}/{priors(name)[0]}/seed-{SEEDS[0]}.json"


def step_job(wildcards):
    """The sampling job of a process with another number of network calls."""
    job = jobs.sampling_job(experiment, wildcards.process)
    return jobs.to_json(replace(job, steps=int(wildcards.calls)))

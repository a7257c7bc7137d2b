# For all rule files - the checked experiment, paths of results, params functions, wildcards.
#
# What the workflow makes of an experiment is decided in src/beyond_blur/config/plan.py; which code
# a result depends on is found by src/beyond_blur/storage/code.py.
import gc
import json
import os
import shutil
import sys
from pathlib import Path

# Syntax trees and the graph of jobs are many small objects that stay: to look for garbage among them
# as often as Python does takes a tenth of a dry run.
gc.set_threshold(100_000, 50, 100)

ACTIVATE = (
    "activate the environment that holds them both (make test makes one: . .venv/bin/activate)"
)
try:
    import beyond_blur
except ModuleNotFoundError:
    sys.exit(f"the Python that runs Snakemake, {sys.executable}, has no beyond_blur: {ACTIVATE}")

from beyond_blur.config import labels, load_experiment, plan
from beyond_blur.config import rule_specs as jobs
from beyond_blur.data import readers
from beyond_blur.rendering.figures import FIGURES
from beyond_blur.storage import code
from beyond_blur.storage.code_cache import CodeCache

# Rules run `python -m beyond_blur`: it has to be the package of this clone, and without conda the
# Python that runs Snakemake.
CLONE = Path(workflow.basedir).resolve()
if Path(beyond_blur.__file__).resolve().parents[2] != CLONE:
    sys.exit(f"beyond_blur is that of {beyond_blur.__file__}, not of {CLONE}: install this one")
python = shutil.which("python")
if python is None or Path(python).parent.resolve() != Path(sys.executable).parent.resolve():
    sys.exit(
        f"jobs would run {python}, not the Python that runs Snakemake, {sys.executable}: {ACTIVATE}"
    )

# Where envs/*.post-deploy.sh install the package from, into the environments that conda makes.
os.environ.update(BEYOND_BLUR_CLONE=str(CLONE))
shell.prefix("set -euo pipefail; export PYTHONUNBUFFERED=1; ")


def checked(check, *values):
    """What a check of the configuration returns; one line where it refuses, and nothing starts."""
    try:
        return check(*values)
    except ValueError as error:
        sys.exit(f"config error: {error}")


experiment = checked(load_experiment, config, readers.problems)
DATASET = experiment.dataset.name
EXTRACTOR = experiment.evaluation.extractor
SEEDS = experiment.sampling.seeds
SHARDS = range(experiment.dataset.shards)
PROCESSES = plan.names(experiment)
STUDY = plan.study_names(experiment)
CORRUPTING = plan.corrupting(experiment)
OWN_CODE = {name: checked(code.own_code, jobs.find_process(experiment, name)) for name in PROCESSES}
EXTRACTORS = code.registered("beyond_blur.features.extractor:EXTRACTORS")
SOLVERS = code.registered("beyond_blur.corruption.backend:MODULES")
FLOW_PAIRS = code.registered("beyond_blur.training.flow_pairs:MAKERS")
CODE = CodeCache(Path(".snakemake/beyond_blur_code.txt").absolute())


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


# --- the code that results depend on: params, so that an edit runs the rules again that it touches


def code_of(verb, *more):
    """A params function: the checksum of the code that a rule runs.

    ``more`` are functions of the rule's wildcards: the code of what its verb looks up by name.
    """

    def params(wildcards):
        return CODE.checksum(code.verb_root(verb), *(root for of in more for root in of(wildcards)))

    return params


def process_code(wildcards):
    """The code of a rule's process."""
    return [jobs.find_process(experiment, wildcards.process).implementation]


def every_process_code(wildcards):
    """The code of every process of the config."""
    return [process.implementation for process in experiment.processes]


def solver_code(wildcards):
    """The code of the solvers, whichever of them a machine then runs."""
    return [root for roots in SOLVERS.values() for root in roots]


def flow_pairs_code(wildcards):
    """What makes pairs of a flow: held-out ones, and those made while a network trains."""
    if jobs.find_process(experiment, wildcards.process).trains_on != "pairs":
        return []
    if not plan.streams(experiment, wildcards.process):
        return FLOW_PAIRS["held_out"]
    return [*FLOW_PAIRS["held_out"], *FLOW_PAIRS["streamed"], *solver_code(wildcards)]


def extractor_code(wildcards):
    """The code of the feature network."""
    return EXTRACTORS[wildcards.extractor]


def figure_code(name):
    """The code that reads and draws a figure, as a function of the rule's wildcards."""
    return lambda wildcards: FIGURES[name].code


def own_code(wildcards):
    """The checksum of the file of a user's own process; of others nothing."""
    return OWN_CODE.get(wildcards.process, "")


def every_own_code(wildcards):
    """The checksums of the files of every process of the user's own."""
    return [checksum for checksum in OWN_CODE.values() if checksum]


# --- the part of the configuration that results depend on


def spec_of(job, *wildcard_names):
    """A params function: the JSON of a job for the rule's wildcards."""

    def params(wildcards):
        return jobs.to_json(job(experiment, *(wildcards[name] for name in wildcard_names)))

    return params


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
    """What starts the processes of a training run; takes ``threads`` as `training_spec` does."""
    return plan.training_launcher(experiment.training)


def metrics_spec(wildcards):
    """The job of one row's numbers for one seed; without a process, of the real images."""
    process, prior = wildcards.get("process"), wildcards.get("prior")
    return jobs.to_json(jobs.metrics_job(experiment, int(wildcards.seed), process, prior))


def forward_specs(wildcards):
    """The jobs of every process's forward states, in the order of the config."""
    return [jobs.to_json(jobs.forward_job(experiment, name)) for name in PROCESSES]


def step_job(wildcards):
    """The sampling job of a process with another number of network calls."""
    return jobs.to_json(plan.step_job(experiment, wildcards.process, int(wildcards.calls)))


def metrics_sources(wildcards, input):
    """Options naming what a row measures beside the real images; none for the ceiling."""
    names = {"--features": "features", "--samples": "samples", "--images": "images"}
    options = []
    for option, name in names.items():
        files = input.get(name, [])
        options += [option, *([files] if isinstance(files, str) else files)] if files else []
    return options


# --- paths


def shards(pattern):
    """Every shard of what a pattern names."""
    return [pattern.replace("{shard}", str(shard)) for shard in SHARDS]


def image_shards(wildcards, split):
    """Every shard of one split of the real images."""
    return shards(f"results/data/{wildcards.dataset}/{split}/shard-{{shard}}.safetensors")


def split_shards(wildcards):
    """Every shard of the split that the wildcards name."""
    return image_shards(wildcards, wildcards.split)


def training_files(wildcards):
    """What a process trains on: its cached pairs, or images that it makes pairs of as it trains."""
    if plan.trains_on_images(experiment, wildcards.process):
        return image_shards(wildcards, "train")
    place = f"results/corruption/{wildcards.dataset}/{wildcards.process}"
    return shards(f"{place}/shard-{{shard}}.safetensors")


def terminal_shards(wildcards, prior):
    """What priors of one kind are made of: terminal states, or images."""
    split = plan.prior_split(prior)
    if jobs.find_process(experiment, wildcards.process).starts_from != "terminal":
        return image_shards(wildcards, split)
    place = f"results/terminal/{wildcards.dataset}/{wildcards.process}/{split}"
    return shards(f"{place}/shard-{{shard}}.safetensors")


def prior_files(wildcards):
    """What sampling starts from: terminal states, or images (of noise, only their shape)."""
    return terminal_shards(wildcards, wildcards.get("prior", priors(wildcards.process)[0]))


def classifier_file(wildcards):
    """The classifier, where its features are the ones measured."""
    if wildcards.extractor != "classifier":
        return []
    return f"results/classifier/{wildcards.dataset}/weights.safetensors"


def prior_images(wildcards):
    """The images that priors were made of, to look for copies among; of noise there are none."""
    return [] if wildcards.prior == "noise" else image_shards(wildcards, wildcards.prior)


def first_samples(wildcards):
    """Samples of the process's first kind of prior and of the first seed."""
    place = f"results/samples/{wildcards.dataset}/{wildcards.process}"
    return f"{place}/{priors(wildcards.process)[0]}/seed-{SEEDS[0]}.safetensors"


def first_features(wildcards):
    """Features of those samples."""
    samples = first_samples(wildcards)
    return samples.replace("results/samples", f"results/features/{wildcards.extractor}", 1)


def first_prior_images(wildcards):
    """The images that their priors were made of; of noise there are none."""
    prior = priors(wildcards.process)[0]
    return [] if prior == "noise" else image_shards(wildcards, prior)


def first_states(wildcards):
    """Terminal states at full precision where they are kept, else what samples started from."""
    if jobs.find_process(experiment, wildcards.process).starts_from != "terminal":
        return first_samples(wildcards)
    return terminal_shards(wildcards, priors(wildcards.process)[0])


def study_metrics(wildcards):
    """Metrics of every row of the study, if the configuration lets them be made."""
    return [
        f"results/metrics/{EXTRACTOR}/{DATASET}/{name}/{prior}/seed-{seed}.json"
        for name, prior, seed in checked(plan.study_rows, experiment)
    ]


def step_metrics(name, calls):
    """The metrics behind one point; with the usual number of calls they are those of the table."""
    place = "results" if calls == plan.usual_calls(experiment, name) else f"results/steps/{calls}"
    return f"{place}/metrics/{EXTRACTOR}/{DATASET}/{name}/{priors(name)[0]}/seed-{SEEDS[0]}.json"


# --- the plan, for the experiment of this run


def process_label(name):
    """How a figure names a process."""
    return labels.process_label(jobs.find_process(experiment, name))


def priors(name):
    """The kinds of initial state a process is sampled from."""
    return plan.priors(experiment, name)


def step_counts(name):
    """Network calls that a process is sampled with."""
    return plan.step_counts(experiment, name)


def teaser_processes():
    """The processes of the paper's teaser."""
    return plan.teaser_processes(experiment)


# --- figures: what they show, and what their parts are called


def of_processes(pattern, names=PROCESSES):
    """Files of processes, which a figure labels with the processes' names."""
    return {
        "inputs": [pattern.format(process=name) for name in names],
        "labels": [process_label(name) for name in names],
    }


def figures_always():
    """Figures that every run draws: of amplitudes only where terminal states may hold something."""
    always = [name for name, entry in FIGURES.items() if entry.always]
    return ["alignment", *(name for name in always if name != "amplitude" or CORRUPTING)]


def sample_metrics():
    """Metrics of every process, kind of prior and seed."""
    return [
        f"results/metrics/{EXTRACTOR}/{DATASET}/{name}/{prior}/seed-{seed}.json"
        for name in PROCESSES
        for prior in priors(name)
        for seed in SEEDS
    ]


def real_metrics():
    """Metrics of real images in the samples' place, for every seed."""
    return expand(f"results/metrics/{EXTRACTOR}/{DATASET}/real/seed-{{seed}}.json", seed=SEEDS)

# For all rule files - the checked experiment, its plan, params functions, wildcards.
# What the workflow makes of an experiment is decided in src/beyond_blur/config/plan.py; which code
# a result depends on is found by src/beyond_blur/storage/code.py.
import json
import os
import shutil
import sys
from functools import cache
from pathlib import Path

ACTIVATE = (
    "activate the environment that holds them both (make test makes one: . .venv/bin/activate)"
)
try:
    import beyond_blur
except ModuleNotFoundError:
    sys.exit(f"the Python that runs Snakemake, {sys.executable}, has no beyond_blur: {ACTIVATE}")

# Rules run `python -m beyond_blur`: it has to be that of this clone or wheel, and without conda the
# Python that runs Snakemake. Asked before more of it is imported: another may lack the names.
CLONE = Path(workflow.basedir).resolve()
PACKAGE = Path(beyond_blur.__file__).resolve().parent
if CLONE not in (PACKAGE.parents[1], PACKAGE / "workflow_files"):
    sys.exit(f"beyond_blur is that of {beyond_blur.__file__}, not of {CLONE}: install this one")
for folder in (CLONE, Path.cwd()):
    if {"{", "}"} & set(str(folder)):
        sys.exit(f"{folder} has braces, which Snakemake takes for wildcards: move or rename it")

from beyond_blur.config import evaluation_specs, labels, plan, rule_specs
from beyond_blur.config import command_line, overlay, resources as needs, untrained_name
from beyond_blur.config.beside import look_beside
from beyond_blur.config.published_sets import fetched_files
from beyond_blur.data import readers
from beyond_blur.features import before_work
from beyond_blur.features.extractor import EXTRACTORS, trained_by
from beyond_blur.rendering.figures import FIGURES
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.storage import code, gpus, job_errors, moved_results, run_locks, run_stages
from beyond_blur.storage import slurm_requests, slurm_waiting, unfinished
from beyond_blur.storage.manifest_place import manifest_of
from beyond_blur.storage.code_cache import CodeCache
from beyond_blur.storage.file_checksums import FileChecksums

python = shutil.which("python")
if python is None or Path(python).parent.resolve() != Path(sys.executable).parent.resolve():
    sys.exit(
        f"jobs would run {python}, not the Python that runs Snakemake, {sys.executable}: {ACTIVATE}"
    )

# Where envs/*.post-deploy.sh find the package for the environments that conda makes.
os.environ.update(BEYOND_BLUR_PACKAGE=str(PACKAGE))
shell.prefix("set -euo pipefail; export PYTHONUNBUFFERED=1 PYTHONUTF8=1; ")

for folder in (Path.cwd(), Path.cwd() / ".snakemake"):
    if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
        sys.exit(f"{folder} cannot be written, and a run keeps its state there: take --directory")

if workflow.is_main_process and "--unlock" not in sys.argv and run_locks.stale(Path.cwd()):
    logger.warning(
        "A run in this folder was killed and has left its lock: if none runs here from another "
        "machine, give the same command once with --unlock, then run again."
    )

if workflow.is_main_process and "--touch" not in sys.argv and moved_results.unrecorded(Path.cwd()):
    logger.warning(moved_results.LINE)


onstart:
    for folder in (Path("results"), Path("results/logs")):
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            sys.exit(f"{folder.absolute()} cannot be written: change that, or take --directory")
    if on_this_machine and not gpus.found(os.environ) and needs.uses_gpus(experiment):
        logger.warning("No GPU is found here: the CPU serves (device: cpu asks for none).")
    if workflow.is_main_process and workflow.executor_plugin.name == "slurm":
        requests = slurm_requests.requests(workflow.dag.needrun_jobs())
        for found in slurm_requests.findings(requests):
            if found.for_good:
                sys.exit(found.line)
            logger.warning(found.line)
        slurm_waiting.watch(workflow.scheduler._executor.run_uuid, logger)
    if workflow.is_main_process:
        run_stages.follow(logger, workflow, experiment.title, CLONE)


# Jobs write to logs; why one failed is to stand on the terminal, at once and at the end.
if workflow.is_main_process:
    errors = job_errors.listen(logger, Path(".snakemake").absolute(), workflow.output_settings)


onerror:
    for line in errors.out_of_sight(workflow.scheduler.failed):
        logger.error(line)


def checked(check, *values):
    """What a check of the configuration returns; one line where it refuses, and nothing starts."""
    try:
        return check(*values)
    except (ValueError, OSError) as error:
        sys.exit(f"config error: {error}")


# --config gives texts inside its sections; files may lie beside the configuration that names them,
# and jobs take the word of the run that started them for what is wrong with files.
given = command_line.typed(workflow.config_settings.config)
config = look_beside(
    overlay(config, given), [CLONE, *(file.parent for file in workflow.config_settings.configfiles)]
)
experiment, remarks, n_images = checked(before_work.load, config, workflow.is_main_process)
if remarks:
    logger.warning("\n".join(remarks))
DATASET = experiment.dataset.name
EXTRACTOR = experiment.evaluation.extractor
SEEDS = experiment.sampling.seeds
SHARDS = range(experiment.dataset.shards)
PROCESSES = plan.names(experiment)
NETWORKS = plan.shown_networks(experiment)
STUDY_CORRUPTING = plan.study_corrupting(experiment)
CORRUPTING = plan.corrupting(experiment)
OWN_CODE = {
    n: checked(code.planned_own_code, rule_specs.find_process(experiment, n)) for n in PROCESSES
}
SOLVERS = code.registered("beyond_blur.corruption.backend:MODULES")
FLOW_PAIRS = code.registered("beyond_blur.training.flow_pairs:MAKERS")
CODE = CodeCache(Path(".snakemake/beyond_blur_code.txt").absolute())
FILES = FileChecksums(Path(".snakemake/beyond_blur_files.txt").absolute())


# A run on this machine has as many GPUs as there are, unless --resources gpu=N says another number; a
# cluster has its own (only there are --jobs counted beside cores).
on_this_machine = workflow.resource_settings.nodes is None
if workflow.is_main_process and on_this_machine and "gpu" not in workflow.global_resources:
    workflow.register_resource("gpu", len(gpus.found(os.environ)))

BEFORE_LIMIT = f"--signal=TERM@{needs.notice(experiment)} --requeue"
"""What a job asks SLURM for that saves and goes on: to be told that its time limit comes."""


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


# --- the plan, for the experiment of this run


def process_label(name):
    """How a figure names a process."""
    return labels.process_label(rule_specs.find_process(experiment, name))


def priors(name):
    """The kinds of initial state a process is sampled from."""
    return plan.priors(experiment, name)


def step_counts(name):
    """Network calls that a process is sampled with."""
    return plan.step_counts(experiment, name)


def teaser_processes():
    """Networks of the processes of the paper's teaser."""
    return [plan.first_trained(experiment, name) for name in plan.teaser_processes(experiment)]


# --- what jobs ask a cluster for


def memory(job):
    """A resources function: MB of a kind of job, more with every attempt."""
    of = cache(lambda name, attempt: needs.megabytes(experiment, job, name, attempt))
    return lambda wildcards, attempt: of(wildcards.get("process"), attempt)


def minutes(job):
    """A resources function: minutes of a kind of job, more with every attempt."""
    of = cache(lambda name, attempt: needs.minutes(experiment, job, name, attempt))
    return lambda wildcards, attempt: of(wildcards.get("process"), attempt)


def gpu_count(job):
    """A resources function: GPUs of a kind of job."""
    of = cache(lambda name: needs.gpus(experiment, job, name))
    return lambda wildcards: of(wildcards.get("process"))


def on_nodes(value):
    """A resources function: a value for a training on several nodes, and none for one on one."""
    return lambda wildcards: value if experiment.training.nodes > 1 else None


def gpus_of_nodes(wildcards):
    """A resource: the GPUs that a training on several nodes asks for on each."""
    several = experiment.training.nodes > 1
    return needs.gpus_of_a_node(experiment, wildcards.process) if several else None


# --- the part of the configuration that results depend on


def spec_of(job, *wildcard_names):
    """A params function: the JSON of a job for the rule's wildcards."""

    @cache
    def of(*names):
        return rule_specs.to_json(job(experiment, *names))

    return lambda wildcards: of(*(wildcards[name] for name in wildcard_names))


def training_spec(wildcards, threads):
    """The whole training job.

    Takes ``threads`` because Snakemake reruns no job for a param that follows from them: some of
    its options decide how a network is trained and not what it becomes (`rule_specs.FREE`).
    """
    return rule_specs.to_json(rule_specs.training_spec(experiment, wildcards.process))


def dataset_spec(wildcards, threads):
    """The dataset with the places of its files; takes ``threads`` as `training_spec` does."""
    return rule_specs.to_json(experiment.dataset)


def weights_spec(wildcards):
    """The part of the training job that decides the weights: if it changes, they are made again."""
    return json.dumps(rule_specs.lasting(rule_specs.training_spec(experiment, wildcards.process)))


def training_launcher(wildcards, threads, resources):
    """What starts the processes of a training run; takes ``threads`` as `training_spec` does."""
    return plan.training_launcher(experiment.training, resources.gpu)


def whose(wildcards):
    """Process, prior, and network calls and sampler noise where they are not as usual."""
    calls, delta = plan.unusual(wildcards)
    return wildcards.process, wildcards.prior, calls, delta


def samples_spec(wildcards):
    """The job of samples."""
    return rule_specs.to_json(rule_specs.sampling_spec(experiment, *whose(wildcards)))


def finished_batches(wildcards, output):
    """The folder in which a job of samples keeps those that are finished."""
    return unfinished.folder_beside(output[0])


def explore_spec(wildcards):
    """The job of samples of the process's first kind of prior."""
    name = wildcards.process
    return rule_specs.to_json(rule_specs.sampling_spec(experiment, name, priors(name)[0]))


def features_spec(wildcards):
    """The job of the features of samples; without a process, of a split of the real images."""
    if "process" not in wildcards.keys():
        return rule_specs.to_json(evaluation_specs.features_spec(experiment, wildcards.split))
    name, prior, *unusual = whose(wildcards)
    seed = int(wildcards.seed)
    return rule_specs.to_json(
        evaluation_specs.sample_features_spec(experiment, name, prior, seed, *unusual)
    )


def metrics_spec(wildcards):
    """The job of one row's numbers for one seed; without a process, of the real images."""
    of = whose(wildcards) if "process" in wildcards.keys() else ()
    return rule_specs.to_json(evaluation_specs.metrics_spec(experiment, int(wildcards.seed), *of))


def table_spec(rows):
    """The job of a table of samples and of real images, whose files follow in this order."""
    everything = [*rows, *((None, None, seed) for seed in SEEDS)]
    return rule_specs.to_json(evaluation_specs.table_spec(experiment, everything))


def forward_specs(wildcards):
    """The specs of every process's forward states, in the order of the config."""
    return [rule_specs.to_json(rule_specs.forward_spec(experiment, name)) for name in PROCESSES]


def metrics_sources(wildcards, input):
    """Options naming what a row measures beside the real images; none for the ceiling."""
    names = {"--features": "features", "--samples": "samples", "--images": "images"}
    options = []
    for option, name in names.items():
        files = input.get(name, [])
        options += [option, *([files] if isinstance(files, str) else files)] if files else []
    return options

# What every rule file uses: the checked experiment, where the package is, and input functions.
import sys
from pathlib import Path

from snakemake.settings.types import DeploymentMethod

SRC = Path(workflow.basedir) / "src"
sys.path.insert(0, str(SRC))

from beyond_blur import jobs
from beyond_blur.config import ConfigError, load_experiment, slug

try:
    experiment = load_experiment(config)
except ConfigError as error:
    # One line instead of a traceback; nothing has started yet.
    sys.exit(f"config error: {error}")

DATASET = experiment.dataset.name
EXTRACTOR = experiment.evaluation.extractor
SEEDS = experiment.sampling.seeds
SHARDS = range(experiment.dataset.shards)
PROCESSES = [slug(process) for process in experiment.processes]
PRIOR = experiment.sampling.prior
FIGURES = ["samples", "strips", "spectrum", "metrics", "loss"]

# The package is used from its source folder: nothing to install, in any rule's environment.
# Without conda, rules run by the Python that runs Snakemake, whatever `python` is elsewhere.
WITH_CONDA = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
OUR_PYTHON = "" if WITH_CONDA else f"PATH='{Path(sys.executable).parent}':\"$PATH\""
shell.prefix(f"set -euo pipefail; export PYTHONPATH='{SRC}' PYTHONUNBUFFERED=1 {OUR_PYTHON}; ")


wildcard_constraints:
    dataset="[^/]+",
    process="[^/]+",
    split="train|held_out",
    prior="train|held_out",
    extractor="[^/]+",
    seed=r"\d+",
    shard=r"\d+",


def sources(*modules):
    """Files of the package that a rule's result depends on: an edit reruns the rule."""
    files = []
    for module in modules:
        place = SRC / "beyond_blur" / module
        files += sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return [str(file) for file in files]


def shards(pattern):
    """Every shard of what a pattern names."""
    return [pattern.replace("{shard}", str(shard)) for shard in SHARDS]


def process_label(name):
    """How a figure names a process."""
    process = jobs.find_process(experiment, name)
    return f"{process.name.replace('_', ' ')}, Pe = {process.peclet:g}"


def spec_of(job, *wildcard_names):
    """A params function: the JSON of a job for the rule's wildcards."""

    def params(wildcards):
        return jobs.to_json(job(experiment, *(wildcards[name] for name in wildcard_names)))

    return params

"""What the workflow makes of an experiment: which results, from what, by how many network calls.

The logic behind the rule files, which hold paths and commands. Standard library only: the workflow
asks for all of it when it is parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from beyond_blur.config.advection_study import STUDY_PRIORS, study_processes
from beyond_blur.config.base import ConfigError, Delta
from beyond_blur.config.checks import check_study
from beyond_blur.config.experiment import Experiment, slug, trained_name
from beyond_blur.config.reading import read_experiment
from beyond_blur.config.rule_specs import find_process
from beyond_blur.config.run_options import Training

RENDEZVOUS_PORT = 29500
"""Port at which the nodes of a training run meet: the one that torchrun takes by itself."""

OPEN_FILES = 64
"""Open files that torchrun is to be allowed; a choice. Two processes ran with 26, and with 22 it
waited without end for a socket that it could not open."""

ENOUGH_FILES = (
    f'if [ "$(ulimit -n)" != unlimited ] && [ "$(ulimit -n)" -lt {OPEN_FILES} ]; then'
    ' echo "error: $(ulimit -n) open files are too few for training.devices x training.nodes'
    f' processes: raise the limit (ulimit -n {OPEN_FILES} or more)" >&2; exit 1; fi;'
)
"""Shell code that stands before torchrun."""

ON_GPUS = "python -m beyond_blur.storage.gpus"
"""Stands before a number and a command that gets as many GPUs of its own."""

LONGEST_SAVE = 3600
"""Seconds that torchrun leaves its processes to save when it is told to stop.

By itself it kills them after 30, and a state of 3.4 GB takes longer. What one process's fault ends
is not waited for."""

TORCHRUN = f"env TORCH_ELASTIC_SHUTDOWN_TIMEOUT={LONGEST_SAVE} python -m torch.distributed.run"

RESUBMIT = "python -m beyond_blur.storage.resubmit"
"""Stands before a command that goes on where a time limit has ended it."""

MOST_STEP_COUNTS = 5
"""Points on a curve of quality over network calls: K, K / 2, ..., K / 16."""

MOST_IN_TEASER = 3
"""Processes that the paper's teaser shows side by side."""


def names(experiment: Experiment) -> list[str]:
    """Names of the processes in the paths of their results, in the order of the config."""
    return [slug(process) for process in experiment.processes]


OF_IMAGES = ("split", "size", "channels", "max_images", "resize")
"""What decides which images of a set there are, and how large."""


def table_title(experiment: Experiment) -> str:
    """What the table is of: the preset, and where that is so, that its images are others.

    The paper's numbers stand beside those of its own images only.
    """
    if experiment.smoke:
        return experiment.title
    wanted = asdict(read_experiment({"preset": experiment.preset}).dataset)
    given = asdict(experiment.dataset)
    same = all(given[key] == wanted[key] for key in OF_IMAGES)
    return experiment.title if same else f"{experiment.title}, other images"


def study_names(experiment: Experiment) -> list[str]:
    """Names of the study's processes in the paths of their results."""
    return [slug(process) for process in study_processes(experiment)]


def trained(experiment: Experiment, name: str) -> list[str]:
    """Names of the networks of a process, one for each training seed, in their order."""
    process = find_process(experiment, name)
    return [trained_name(process, seed) for seed in experiment.training.seeds]


def first_trained(experiment: Experiment, name: str) -> str:
    """The network of a process that figures show: that of the first training seed."""
    return trained(experiment, name)[0]


def shown_networks(experiment: Experiment) -> list[str]:
    """The networks that figures show, one of each process."""
    return [first_trained(experiment, name) for name in names(experiment)]


def priors(experiment: Experiment, name: str) -> list[str]:
    """The kinds of initial state a process is sampled from: a table row for each."""
    process = find_process(experiment, name)
    return ["noise"] if process.starts_from == "noise" else list(experiment.sampling.priors)


def prior_split(prior: str) -> str:
    """The split of the images that a prior is made of; of noise they give only the shape."""
    return "train" if prior == "noise" else prior


def corrupting(experiment: Experiment) -> list[str]:
    """Names of the processes that start from corrupted images, of which something may be left."""
    return [name for name in names(experiment) if priors(experiment, name) != ["noise"]]


def trains_on_images(experiment: Experiment, name: str) -> bool:
    """Whether a network is trained on images, and makes its pairs itself; else on cached pairs."""
    process = find_process(experiment, name)
    return process.trains_on == "images" or experiment.training.pairs == "streamed"


def streams(experiment: Experiment, name: str) -> bool:
    """Whether the solver makes the pairs of a flow while a network trains."""
    process = find_process(experiment, name)
    return process.trains_on == "pairs" and experiment.training.pairs == "streamed"


def training_launcher(training: Training, gpus: int) -> str:
    """What starts the processes that share a training run, with GPUs of their own.

    On several nodes, a torchrun on each node of Slurm's allocation; they meet at its first node.
    Slurm gives every job its GPUs, and a step of a job loses the list of nodes from its variables.
    It tells the tasks on the nodes that the time limit comes, and the script that started them not:
    that learns it from their exit code, which torchrun would lose.
    """
    if training.devices * training.nodes == 1:
        return f"{RESUBMIT} {ON_GPUS} {gpus}"
    torchrun = f"{TORCHRUN} --nproc-per-node {training.devices}"
    if training.nodes == 1:
        return f"{ENOUGH_FILES} {RESUBMIT} {ON_GPUS} {gpus} {torchrun} --standalone --no-python"
    nodes = "$(squeue --noheader --jobs $SLURM_JOB_ID --format %N)"
    first = f"$(scontrol show hostnames {nodes} | head -n 1)"
    return (
        f"{ENOUGH_FILES} {RESUBMIT} srun --nodes {training.nodes} --ntasks {training.nodes}"
        f" --ntasks-per-node 1 --cpus-per-task {training.threads * training.devices}"
        f" {RESUBMIT} {torchrun} --nnodes {training.nodes} --rdzv-backend c10d"
        f" --rdzv-id $SLURM_JOB_ID --rdzv-endpoint {first}:{RENDEZVOUS_PORT} --no-python"
    )


def teaser_processes(experiment: Experiment) -> list[str]:
    """The first process of each kind, of a kind with Peclet numbers the one of the largest.

    Where there are more kinds than places, a flow has the last place.
    """
    chosen: dict[str, tuple[float, str]] = {}
    for process in experiment.processes:
        peclet, before = process.flow_peclet or 0.0, chosen.get(process.kind)
        if before is None or peclet > before[0]:
            chosen[process.kind] = (peclet, slug(process))
    shown = list(chosen.values())
    if len(shown) > MOST_IN_TEASER:
        flow = max(shown[MOST_IN_TEASER - 1 :], key=lambda one: one[0])
        shown = [*shown[: MOST_IN_TEASER - 1], flow]
    return [name for _, name in shown]


def strongest_flow(experiment: Experiment) -> list[str]:
    """The process of the largest Peclet number, alone in a list; nothing where nothing flows."""
    flows = {slug(process): process.lattice_peclet for process in experiment.processes}
    strongest = max(flows, key=lambda name: flows[name])
    return [strongest] if flows[strongest] > 0 else []


def piped(experiment: Experiment) -> str:
    """The process whose way to the table is drawn: the strongest flow, or the first."""
    return (strongest_flow(experiment) or names(experiment))[0]


def usual_calls(experiment: Experiment, name: str) -> int | None:
    """Network calls that a sample of the table takes; None where only the user's class knows."""
    process = find_process(experiment, name)
    return experiment.sampling.steps or process.n_levels(experiment.levels)


def step_counts(experiment: Experiment, name: str) -> list[int]:
    """Network calls that a process is sampled with: K, K / 2, K / 4, ..., rising.

    None of a process of the user's own, which need not have jumps over levels.
    """
    n_levels = find_process(experiment, name).n_levels(experiment.levels)
    if n_levels is None:
        return []
    return sorted({max(1, n_levels >> i) for i in range(MOST_STEP_COUNTS)})


def table_rows(experiment: Experiment) -> list[tuple[str, str, int]]:
    """Network, kind of prior and seed of every row of the table, but for the real images'."""
    return [
        (network, prior, seed)
        for name in names(experiment)
        for prior in priors(experiment, name)
        for network in trained(experiment, name)
        for seed in experiment.sampling.seeds
    ]


def study_corrupting(experiment: Experiment) -> list[str]:
    """Names of the study's processes that start from corrupted images."""
    return [
        slug(process) for process in study_processes(experiment) if process.starts_from != "noise"
    ]


def study_priors(experiment: Experiment, name: str) -> tuple[str, ...]:
    """The kinds of initial state that a process of the study is sampled from."""
    noise = find_process(experiment, name).starts_from == "noise"
    return ("noise",) if noise else STUDY_PRIORS


def study_rows(experiment: Experiment) -> list[tuple[str, str, int]]:
    """Network, kind of prior and seed of every row of the study.

    Raises
    ------
    ConfigError
        If the study cannot be made of this experiment.
    """
    check_study(experiment)
    return [
        (network, prior, seed)
        for name in study_names(experiment)
        for prior in study_priors(experiment, name)
        for network in trained(experiment, name)
        for seed in experiment.sampling.seeds
    ]


def delta_text(delta: Delta) -> str:
    """A sampler noise as it stands in paths."""
    return delta if isinstance(delta, str) else f"{delta:g}"


def unusual(wildcards: Mapping[str, str]) -> tuple[int | None, Delta | None]:
    """Network calls and sampler noise that a path names, as numbers; None of what it does not."""
    calls, delta = wildcards.get("calls"), wildcards.get("delta")
    return (
        None if calls is None else int(calls),
        None if delta is None else "auto" if delta == "auto" else float(delta),
    )


def delta_place(experiment: Experiment, delta: Delta) -> str:
    """Folder of what is sampled with a delta, below the results: none of its own for the usual."""
    return "" if delta == experiment.sampling.delta else f"deltas/{delta_text(delta)}/"


def delta_points(experiment: Experiment) -> list[tuple[str, Delta, int]]:
    """Network, sampler noise and seed behind every point of the study's curves over delta.

    Of processes whose sampler adds that noise, from the first kind of prior of the study.
    """
    return [
        (network, delta, seed)
        for process in study_processes(experiment)
        if "delta" in process.sampling_effects
        for delta in experiment.study.deltas
        for network in trained(experiment, slug(process))
        for seed in experiment.sampling.seeds
    ]


def named_delta_points(experiment: Experiment) -> list[tuple[str, Delta, int]]:
    """`delta_points` for who asks for the curves by name, of which there have to be some.

    Raises
    ------
    ConfigError
        If ``study.deltas`` is empty, or the study cannot be made of this experiment.
    """
    if not experiment.study.deltas:
        raise ConfigError(
            "study.deltas is empty, and results/deltas.csv is of what it names: give some, e.g. "
            "study: {deltas: [0.0125, auto]}"
        )
    check_study(experiment)
    return delta_points(experiment)

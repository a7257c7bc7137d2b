"""What jobs ask for covers what was measured and grows with every attempt."""

import pytest

from beyond_blur.config import ConfigError, Dataset, load_experiment, plan, preset_names, rates
from beyond_blur.config import resources as needs
from beyond_blur.config.job_work import JOBS
from beyond_blur.data import readers
from beyond_blur.features.extractor import EXTRACTORS

FLOWS = [{"kind": "advection_diffusion", "peclet": [0.0, 0.1]}, {"kind": "ddpm", "n_steps": 30}]
FLOW, STILL = "advection_diffusion-pe0.1", "advection_diffusion-pe0"
BOTH = ("train", "trajectory")
"""Jobs that call a network and the solver."""


def tiny(**changes):
    return load_experiment({"preset": "tiny", "processes": FLOWS, **changes})


def asked(made, name=FLOW):
    return {job: needs.gpus(made, job, name) for job in JOBS}


def only(*jobs):
    return {job: int(job in jobs) for job in JOBS}


SOLVING = ("cache_pairs", "terminal_states", "align_levels", "photograph", "pipeline")
CALLING = ("train", "sample", "trajectory", "explore", "features")


@pytest.mark.parametrize("preset", preset_names())
def test_memory_and_time_grow_with_every_attempt_up_to_the_longest_job(preset):
    made = load_experiment({"preset": preset, "longest_job": 100})
    for job in JOBS:
        memory = [needs.megabytes(made, job, attempt=attempt) for attempt in (1, 2, 3)]
        assert memory == [memory[0], 2 * memory[0], 3 * memory[0]] and memory[0] % 100 == 0
        times = [needs.minutes(made, job, attempt=attempt) for attempt in range(1, 12)]
        assert times == sorted(times) and times[-1] == 100 and times[0] > rates.START


def test_device_cpu_asks_for_no_gpu_anywhere():
    assert asked(tiny(device="cpu")) == only()
    assert not needs.uses_gpus(tiny(device="cpu")) and needs.uses_gpus(tiny())
    on_nodes = tiny(device="cpu", training={"nodes": 2})
    assert needs.gpus_of_a_node(on_nodes, FLOW) is None


@pytest.mark.parametrize(
    ("section", "key", "value"), [("training", "device", "cuda"), ("corruption", "backend", "gpu")]
)
def test_a_gpu_by_name_beside_device_cpu_is_refused(section, key, value):
    with pytest.raises(ConfigError) as refused:
        tiny(device="cpu", **{section: {key: value}})
    assert str(refused.value) == (
        f"device = cpu and {section}.{key} = {value}: no job gets a GPU; leave one of them out"
    )


def test_the_networks_and_the_solvers_device_count_for_their_own_jobs():
    assert asked(tiny()) == only(*CALLING, *SOLVING)
    assert asked(tiny(training={"device": "cpu"})) == only(*SOLVING)
    for backend in ("cpu", "reference"):
        assert asked(tiny(corruption={"backend": backend})) == only(*CALLING)


def test_a_solver_that_is_named_gets_its_gpu_beside_a_network_on_the_cpu():
    """Trainings watch held-out flows and trajectories show some: without one they would fail."""
    made = tiny(training={"device": "cpu"}, corruption={"backend": "gpu"})
    assert asked(made) == only(*SOLVING, *BOTH)
    assert asked(made, "ddpm")["train"] == 0


def test_only_flows_take_the_solver_to_a_gpu():
    assert asked(tiny(), STILL)["cache_pairs"] == asked(tiny(), STILL)["terminal_states"] == 0
    assert asked(tiny(), STILL)["sample"] == 1
    no_flow = load_experiment({"preset": "tiny", "processes": [{"kind": "ddpm"}]})
    assert needs.gpus(no_flow, "align_levels") == needs.gpus(no_flow, "photograph") == 0


def test_a_training_asks_for_all_its_devices_and_on_several_nodes_for_those_of_each():
    assert needs.gpus(tiny(training={"devices": 4}), "train", FLOW) == 4
    several = tiny(training={"devices": 4, "nodes": 2})
    assert needs.gpus(several, "train", FLOW) == 0
    assert needs.gpus_of_a_node(several, FLOW) == "gpu:4"
    assert needs.gpus(several, "sample", FLOW) == 1


def test_without_a_process_a_job_asks_for_what_the_most_demanding_takes():
    made = tiny(processes=[*FLOWS, {"kind": "ddpm", "name": "long", "n_steps": 5000}])
    each = [needs.minutes(made, "sample", name) for name in plan.names(made)]
    assert needs.minutes(made, "sample") == max(each) == each[-1] > each[0]


MEASURED = [
    # docs/costs.md: training and sampling at the least that an H100 sustained, seconds.
    ("cifar10", "train", 1471e15 / 45e12, 0),
    ("ffhq128", "train", 32290e15 / 95e12, 5 * 211e6 * 4 / 1e6),
    ("ffhq128", "sample", 3364e15 / 5 / 95e12, 0),
    # benchmarks/results/gpu_check.md: 200 calls of 56 ms for each batch of 256.
    ("cifar10", "sample", 10_000 / 256 * 200 * 0.056, 0),
]


@pytest.mark.parametrize(("preset", "job", "seconds", "megabytes"), MEASURED)
def test_requests_cover_what_was_measured(preset, job, seconds, megabytes):
    made = load_experiment({"preset": preset, "longest_job": 10**6})
    assert needs.minutes(made, job) > 1.5 * seconds / 60
    assert needs.megabytes(made, job) > 1.5 * megabytes + rates.PROGRAM_MB


def test_requests_cover_what_was_measured_of_features_and_their_metrics():
    """benchmarks/results: Inception at 4.75 images a second on a core; 50,000 beside 50,000."""
    cpu = {"preset": "cifar10", "device": "cpu", "dataset": {"max_images": 50_000}}
    made = load_experiment({**cpu, "sampling": {"n_samples": 50_000}, "longest_job": 10**6})
    assert needs.minutes(made, "features") > 150_000 / 4.75 / 60
    assert needs.minutes(made, "metrics") > 3 * 2 * 184 / 60
    assert needs.megabytes(made, "metrics") > 2560


def test_requests_cover_what_was_measured_of_training_on_a_cpu():
    """benchmarks/results/training_step.md: 1.68 GiB for activations and gradients of 32 images."""
    made = load_experiment({"preset": "cifar10", "device": "cpu", "training": {"batch_size": 32}})
    assert needs.work(made, "train").megabytes > 1.68 * 1024**3 / 1e6
    digits = load_experiment({"preset": "digits", "device": "cpu", "longest_job": 10**6})
    assert needs.minutes(digits, "train") > 2 * 900 * 0.049 / 60


def test_sizes_of_data_sets_and_extractors_are_those_of_their_registries():
    assert (
        rates.IMAGES_OF["digits"] == rates.IMAGES_OF["tiny"] == readers.counts(Dataset()).n_images
    )
    assert set(rates.EXTRACTED_IMAGES) == set(EXTRACTORS)

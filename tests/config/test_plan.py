"""What the workflow makes of an experiment."""

import subprocess

import pytest

from beyond_blur.config import (
    ConfigError,
    Training,
    load_experiment,
    plan,
    read_experiment,
    rule_specs,
)
from beyond_blur.config.evaluation_specs import amplitude_spec, classifier_spec, encoder_spec
from beyond_blur.config.labels import process_label
from beyond_blur.config.rule_specs import find_process

FLOWS = {"kind": "advection_diffusion", "peclet": [0.0, 0.1, 0.05]}
DDPM = {"kind": "ddpm", "n_steps": 40}
HEAT = {"kind": "heat_dissipation"}


def experiment(*processes, **more):
    return load_experiment({"preset": "tiny", "processes": list(processes), **more})


@pytest.fixture
def own(tmp_path):
    file = tmp_path / "own.py"
    file.write_text("class A: ...\n")
    return {"kind": "own", "file": str(file), "class_name": "A"}


def test_processes_are_named_as_in_the_paths_and_labelled_as_in_figures():
    made = experiment(FLOWS, DDPM)
    flows = [f"advection_diffusion-pe{peclet}" for peclet in ("0", "0.1", "0.05")]
    assert plan.names(made) == [*flows, "ddpm"]
    labels = [process_label(find_process(made, name)) for name in plan.names(made)]
    assert labels[1] == "Beyond Blur, Pe = 0.1" and labels[3] == "DDPM"


def test_a_process_has_a_network_for_each_training_seed_and_figures_show_the_first():
    made = experiment(FLOWS, DDPM, training={"seeds": [2, 0]})
    assert plan.trained(made, "ddpm") == ["ddpm-training2", "ddpm"]
    flow = "advection_diffusion-pe0.1"
    assert plan.shown_networks(made)[1:] == [
        f"{flow}-training2", "advection_diffusion-pe0.05-training2", "ddpm-training2"
    ]  # fmt: skip
    assert find_process(made, f"{flow}-training2") is find_process(made, flow)
    job = rule_specs.training_spec(made, f"{flow}-training2")
    assert (job.training.seed, job.name) == (2, f"{flow}-training2")
    samples = rule_specs.sampling_spec(made, "ddpm-training2")
    assert (samples.training_seed, samples.name) == (2, "ddpm-training2")
    rows = [row for row in plan.table_rows(made) if row[0].startswith("ddpm")]
    assert rows == [(f"ddpm{end}", "noise", s) for end in ("-training2", "") for s in (0, 1)]


def test_another_training_seed_leaves_the_jobs_of_the_first_network_as_they_are():
    one, two = (experiment(FLOWS, DDPM, training={"seeds": s}) for s in ([0], [0, 1]))
    for name in plan.shown_networks(one):
        for job in (rule_specs.training_spec, rule_specs.sampling_spec, rule_specs.trajectory_spec):
            assert job(one, name) == job(two, name)
    flow = "advection_diffusion-pe0.1"
    assert rule_specs.corruption_spec(one, flow) == rule_specs.corruption_spec(two, flow)
    forward = rule_specs.forward_spec(two, f"{flow}-training1")
    assert forward == rule_specs.forward_spec(one, flow)


def test_the_network_that_measures_has_a_seed_of_its_own():
    """What is measured with another ruler has moved, whatever the networks that drew it."""
    for job in (classifier_spec, encoder_spec):
        assert job(experiment(DDPM)).seed == 0
        assert job(experiment(DDPM, training={"seeds": [5, 7]})) == job(experiment(DDPM))
        assert job(experiment(DDPM, evaluation={"network_seed": 3})).seed == 3


def test_the_job_of_one_training_takes_one_seed():
    with pytest.raises(ConfigError, match=r"training.seeds = \[0, 1\] in the job of one training"):
        assert Training(seeds=(0, 1)).seed


def test_processes_that_start_from_noise_have_no_other_prior():
    made = experiment(DDPM, HEAT, sampling={"priors": ["train", "held_out"]})
    assert plan.priors(made, "ddpm") == ["noise"]
    assert plan.priors(made, "heat_dissipation") == ["train", "held_out"]
    assert plan.corrupting(made) == ["heat_dissipation"]
    assert [plan.prior_split(prior) for prior in ("noise", "train", "held_out")] == [
        "train", "train", "held_out",
    ]  # fmt: skip


def test_networks_train_on_cached_pairs_images_or_streamed_pairs():
    cached = experiment(FLOWS, HEAT)
    flow = "advection_diffusion-pe0.1"
    assert not plan.trains_on_images(cached, flow) and not plan.streams(cached, flow)
    assert plan.trains_on_images(cached, "heat_dissipation")
    streamed = experiment(FLOWS, HEAT, training={"pairs": "streamed"})
    assert plan.trains_on_images(streamed, flow) and plan.streams(streamed, flow)
    assert not plan.streams(streamed, "heat_dissipation")


def test_one_process_needs_no_launcher_several_torchrun_and_nodes_srun():
    alone = f"{plan.RESUBMIT} {plan.ON_GPUS}"
    assert plan.training_launcher(Training(), 1) == f"{alone} 1"
    one_node = plan.training_launcher(Training(devices=4), 4)
    assert one_node == (
        f"{plan.ENOUGH_FILES} {alone} 4 {plan.TORCHRUN} --nproc-per-node 4 --standalone --no-python"
    )
    nodes = plan.training_launcher(Training(devices=2, nodes=3, threads=4), 0)
    assert nodes.startswith(
        f"{plan.ENOUGH_FILES} {plan.RESUBMIT} srun --nodes 3 --ntasks 3 --ntasks-per-node 1 "
        f"--cpus-per-task 8 {plan.RESUBMIT} {plan.TORCHRUN}"
    )
    assert plan.ON_GPUS not in nodes, "Slurm gives them"
    assert ":29500 --no-python" in nodes and "--nnodes 3" in nodes


@pytest.mark.parametrize(("allowed", "code"), [(22, 1), (63, 1), (64, 0)])
def test_torchrun_is_not_started_where_it_would_wait_for_files_without_end(allowed, code):
    script = f"set -euo pipefail; ulimit -n {allowed}; trap : TERM INT; {plan.ENOUGH_FILES} echo on"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.returncode == code
    assert done.stdout == ("" if code else "on\n")
    assert done.stderr.startswith(f"error: {allowed} open files are too few") == bool(code)


def test_the_teaser_shows_the_first_of_each_kind_and_the_strongest_flow():
    cold = {"kind": "cold_diffusion"}
    assert plan.teaser_processes(experiment(HEAT, FLOWS, DDPM, cold)) == [
        "heat_dissipation", "advection_diffusion-pe0.1", "ddpm",
    ]  # fmt: skip
    assert plan.teaser_processes(experiment(DDPM, HEAT, cold, FLOWS)) == [
        "ddpm", "heat_dissipation", "advection_diffusion-pe0.1",
    ]  # fmt: skip


def test_network_calls_halve_five_times_at_most(own):
    made = experiment(DDPM, HEAT, own)
    assert plan.step_counts(made, "ddpm") == [2, 5, 10, 20, 40]
    assert plan.step_counts(made, "heat_dissipation") == [1, 2, 4], "tiny has four levels"
    assert plan.step_counts(made, "own") == [], "it need not have jumps"
    assert rule_specs.sampling_spec(made, "ddpm", calls=5).sampling.steps == 5


def test_the_usual_number_of_calls_is_every_level_or_what_is_asked_for(own):
    made = experiment(DDPM, HEAT, own)
    assert plan.usual_calls(made, "ddpm") == 40
    assert plan.usual_calls(made, "own") is None
    assert plan.usual_calls(experiment(HEAT, sampling={"steps": 2}), "heat_dissipation") == 2


def test_a_row_of_amplitudes_is_told_its_blur_width_and_its_noise():
    made = experiment(FLOWS, HEAT, levels={"n_levels": 4, "sigma_max": 3.5})
    name = "advection_diffusion-pe0.1"
    flow, heat = (amplitude_spec(made, n) for n in (name, "heat_dissipation"))
    assert (flow.process, flow.sigma, flow.noise, flow.peclet) == (
        "advection_diffusion", 3.5, 0.01, 0.1,
    )  # fmt: skip
    assert flow.states == rule_specs.terminal_spec(made, name) and flow.samples is None
    assert (heat.process, heat.sigma, heat.noise, heat.peclet) == (
        "heat_dissipation", 3.5, 0.0, None,
    )  # fmt: skip
    assert heat.states is None and heat.samples == rule_specs.sampling_spec(
        made, "heat_dissipation", "train"
    )
    quiet = experiment(FLOWS, sampling={"prior_noise": False})
    assert amplitude_spec(quiet, name).noise == 0
    given = {"spacing": "given", "n_levels": 2, "given": [1.0, 2.0]}
    assert amplitude_spec(experiment(HEAT, levels=given), "heat_dissipation").sigma == 2


def test_the_study_has_a_row_for_each_process_prior_and_seed():
    made = experiment(HEAT, study={"peclet": [0.1]}, sampling={"seeds": [3]})
    rows = plan.study_rows(made)
    assert len(rows) == 5 * 2 + 2 and {seed for _, _, seed in rows} == {3}
    assert [row for row in rows if row[1] == "noise"] == [
        (name, "noise", 3) for name in ("ddpm", "blurring_diffusion")
    ]
    priors = {prior for name, prior, _ in rows if name == "divergence_free-pe0.1"}
    assert priors == {"train", "held_out"}
    assert set(plan.study_names(made)) - set(plan.study_corrupting(made)) == {
        "ddpm", "blurring_diffusion"
    }  # fmt: skip
    assert {name for name, _, _ in rows} == set(plan.study_names(made))
    few = experiment({"kind": "ddpm", "n_steps": 40}, sampling={"steps": 8})
    with pytest.raises(ConfigError, match="of the study: at most one network call per level"):
        plan.study_rows(few)


def test_curves_over_delta_have_the_processes_whose_sampler_adds_it():
    study = {"peclet": [0.1], "flows": ["coloured_noise"], "deltas": [0.5, "auto"]}
    changed = {"training": {"seeds": [0, 2]}, "sampling": {"seeds": [3], "delta": 0.5}}
    made = experiment(HEAT, study=study, **changed)
    points = plan.delta_points(made)
    networks = {"heat_dissipation", "coloured_noise-pe0.1"}
    assert {name.removesuffix("-training2") for name, _, _ in points} == networks
    assert len(points) == 2 * 2 * 2 and {seed for _, _, seed in points} == {3}
    places = {delta: plan.delta_place(made, delta) for _, delta, _ in points}
    assert places == {0.5: "", "auto": "deltas/auto/"}, "the usual samples serve the curve, too"
    assert plan.unusual({"delta": "auto", "calls": "7"}) == (7, "auto")
    assert plan.unusual({"delta": "0.5"}) == (None, 0.5) and plan.unusual({}) == (None, None)


def test_a_table_says_where_its_images_are_not_those_of_the_preset():
    def title(**dataset):
        return plan.table_title(read_experiment({"preset": "ffhq128", "dataset": dataset}))

    assert title() == title(path="somewhere", shards=3) == "ffhq128"
    for other in ({"size": 64}, {"split": "random"}, {"max_images": 60}):
        assert title(**other) == "ffhq128, other images"
    assert plan.table_title(read_experiment({"preset": "ffhq128", "smoke": True})) == (
        "ffhq128, smoke run"
    )

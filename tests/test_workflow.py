"""The workflow, run once on the tiny preset, and what a change then makes it do again.

The repository is copied, so that a test can edit a module and see its stages planned again.
"""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ENV = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

OF_TABLE = {"table": 1, "figure_metrics": 1, "figure_precision_recall": 1}
OF_METRICS = {**OF_TABLE, "figure_fid_against_n": 1}
METRICS = {"sample_metrics": 4, "real_metrics": 2, **OF_METRICS}
SAMPLES = {"sample": 4, "trajectory": 2, "sample_features": 4, "sample_metrics": 4,
           "neighbours": 2, "figure_neighbours": 1, **OF_METRICS,
           "figure_samples": 1, "figure_strips": 1, "figure_spectrum": 1,
           "figure_teaser": 1}  # fmt: skip


def snakemake(repository, folder, *arguments, config=None):
    settings = repository.parent / "config-of-test.yaml"
    settings.write_text(yaml.safe_dump({"preset": "tiny", **(config or {})}))
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "-s", repository / "Snakefile", "--directory", folder,
         "--configfile", settings, "--cores", "2", *arguments],
        env=ENV, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy") / "repository"
    names = ("Snakefile", "config.yaml", "workflow", "envs", "src")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in names:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        folder.mkdir(exist_ok=True)
        copy(ROOT / name, folder / name, **({"ignore": ignore} if (ROOT / name).is_dir() else {}))
    return folder


@pytest.fixture(scope="session")
def finished(repository, tmp_path_factory):
    """A folder in which the whole workflow has run once."""
    folder = tmp_path_factory.mktemp("run")
    done = snakemake(repository, folder)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder


def planned(repository, folder, *arguments, config=None):
    """Jobs per rule of a dry run, without rule all."""
    done = snakemake(repository, folder, "-n", "--quiet", "rules", *arguments, config=config)
    assert done.returncode == 0, done.stderr + done.stdout
    found = re.findall(r"^(\w+) +(\d+)$", done.stdout, flags=re.MULTILINE)
    return {rule: int(n) for rule, n in found if rule not in ("all", "total")}


def test_every_promised_result_is_there(finished):
    results = finished / "results"
    for name in ("table1.csv", "table1.md", "table1.tex", "table1.txt"):
        assert (results / name).stat().st_size > 0
    for name in ("samples", "strips", "spectrum", "metrics", "loss", "neighbours", "amplitude",
                 "precision_recall", "fid_against_n"):  # fmt: skip
        for kind in ("png", "pdf"):
            assert (results / f"figures/{name}.{kind}").stat().st_size > 1000
    assert len(list(results.rglob("state.pt"))) == 2, "to go on from, with more iterations"
    assert len(list(results.rglob("watch/step-*.png"))) == 4
    assert not list(results.rglob(".*")), "temporary files are gone"


def test_the_table_has_a_row_per_process_the_floors_and_the_ceiling(finished):
    with (finished / "results/table1.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(r["process"], r["peclet"]) for r in rows] == [
        ("advection_diffusion", "0"),
        ("advection_diffusion", "0.1"),
        ("corrupted prior, advection_diffusion", "0"),
        ("corrupted prior, advection_diffusion", "0.1"),
        ("one-step reconstruction, advection_diffusion", "0"),
        ("one-step reconstruction, advection_diffusion", "0.1"),
        ("held-out against train", ""),
    ]
    for row in rows:
        assert row["fid"] == "" and float(row["frechet_distance"]) >= 0
        assert (row["extractor"], row["nearest_k"], row["n_seeds"]) == ("classifier", "3", "2")
        assert (row["n_samples"], row["n_reference"]) == ("24", "48")


def test_a_second_run_has_nothing_to_do(repository, finished):
    done = snakemake(repository, finished)
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout + done.stderr


def test_a_dry_run_is_quick(repository, finished):
    """Loose, because the machine is busy; the benchmark states the time."""
    start = time.monotonic()
    assert planned(repository, finished) == {}
    assert time.monotonic() - start < 15


def test_another_nearest_k_redoes_metrics_and_table(repository, finished):
    assert planned(repository, finished, config={"evaluation": {"nearest_k": 4}}) == METRICS


def test_another_delta_redoes_samples_and_later(repository, finished):
    assert planned(repository, finished, config={"sampling": {"delta": 0.02}}) == SAMPLES


def test_another_seed_adds_its_samples(repository, finished):
    assert planned(repository, finished, config={"sampling": {"seeds": [0, 1, 2]}}) == {
        "sample": 2, "sample_features": 2, "sample_metrics": 2, "real_metrics": 1, **OF_METRICS,
    }  # fmt: skip


def test_another_peclet_number_adds_its_branch_and_touches_no_other(repository, finished):
    processes = [{"kind": "advection_diffusion", "peclet": [0.0, 0.1, 0.2]}]
    assert planned(repository, finished, config={"processes": processes}) == {
        "cache_pairs": 2, "terminal_states": 2, "train": 1, "sample": 2, "trajectory": 1,
        "sample_features": 2, "sample_metrics": 2, "figure_samples": 1,
        "figure_strips": 1, "figure_spectrum": 1, "figure_loss": 1, **OF_METRICS,
        "neighbours": 1, "figure_neighbours": 1, "amplitude": 1, "terminal_amplitude": 1,
        "figure_amplitude": 1, "figure_teaser": 1, "figure_photograph": 1, "align_levels": 1,
    }  # fmt: skip


def test_the_study_is_a_target_that_leaves_the_rest_alone(repository, finished):
    study = planned(repository, finished, "--", "study", config={"study": {"peclet": [0.1]}})
    assert study == {
        "cache_pairs": 6, "terminal_states": 12, "train": 4, "sample": 16, "sample_features": 16,
        "sample_metrics": 16, "amplitude": 4, "study_amplitude": 1, "figure_study_amplitude": 1,
        "study_table": 1, "figure_study": 1, "study": 1,
    }  # fmt: skip
    assert planned(repository, finished, config={"study": {"peclet": [0.1]}}) == {}


def test_a_study_that_cannot_be_sampled_is_refused_before_any_work(repository, tmp_path):
    ddpm = {"kind": "ddpm", "n_steps": 8, "schedule": "cosine"}
    wrong = {"processes": [ddpm], "sampling": {"steps": 8}}
    for target in ("study", "results/figures/study.png"):
        done = snakemake(repository, tmp_path, target, config=wrong)
        assert done.returncode != 0
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "sampling." in line]
        assert lines == [
            "config error: sampling.steps = 8 is more than the 4 levels of process "
            "heat_dissipation of the study: at most one network call per level; null uses every "
            "level"
        ]
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "results").exists()
    assert planned(repository, tmp_path, config=wrong)["train"] == 1


def test_the_format_of_the_cache_redoes_what_was_made_of_it(repository, finished):
    again = planned(repository, finished, config={"corruption": {"dtype": "float16"}})
    assert again == {"cache_pairs": 4, "train": 2, "figure_loss": 1, **SAMPLES}


def test_more_iterations_redo_training_and_later(repository, finished):
    again = planned(repository, finished, config={"training": {"iterations": 7}})
    assert again == {"train": 2, "figure_loss": 1, **SAMPLES}


def test_how_a_finished_network_is_followed_does_not_train_it_again(repository, finished):
    training = {"checkpoint_every": 1, "max_skipped": 3, "watch_every": 2, "watch_images": 5,
                "tensorboard": True, "gradient_checkpointing": True, "devices": 2}  # fmt: skip
    assert planned(repository, finished, config={"training": training}) == {}


def test_devices_start_torchrun_and_streamed_pairs_need_no_cache(repository, tmp_path):
    training = {"devices": 2, "pairs": "streamed"}
    target = "results/checkpoints/tiny/advection_diffusion-pe0.1/weights.safetensors"
    done = snakemake(repository, tmp_path, "-n", "-p", target, config={"training": training})
    assert done.returncode == 0, done.stderr + done.stdout
    started = "torch.distributed.run --nproc-per-node 2 --standalone --no-python python -m"
    assert f"{started} beyond_blur train" in done.stdout
    assert "cache_pairs" not in done.stdout
    training = {"devices": 2, "nodes": 3}
    done = snakemake(repository, tmp_path, "-n", "-p", target, config={"training": training})
    assert "srun --nodes 3" in done.stdout and "--nnodes 3" in done.stdout
    assert "gpu=6" in done.stdout and "nodes=3" in done.stdout
    profile = yaml.safe_load((ROOT / "workflow/profiles/slurm/config.yaml").read_text())
    assert "gpu" not in profile["set-resources"]["train"], "it would hide the rule's number"
    assert "cache_pairs" in done.stdout


def test_threads_of_the_corruption_change_nothing(repository, finished):
    assert planned(repository, finished, config={"corruption": {"threads": 2}}) == {}


def test_a_touched_file_reruns_nothing(repository, finished):
    (repository / "src/beyond_blur/unet.py").touch()
    (finished / "results/data/tiny/train/shard-0.safetensors").touch()
    (finished / "results/corruption/tiny/advection_diffusion-pe0/shard-0.safetensors").touch()
    assert planned(repository, finished) == {}


@pytest.mark.parametrize(
    ("module", "first"),
    [
        ("metrics/prdc.py", "sample_metrics"),
        ("tables.py", "table"),
        ("unet.py", "train"),
        ("sampling.py", "sample"),
        ("lbm/units.py", "cache_pairs"),
        ("data.py", "prepare_dataset"),
        ("figures.py", "figure_samples"),
    ],
)
def test_a_changed_module_reruns_its_stages(repository, finished, module, first):
    path = repository / "src/beyond_blur" / module
    before = path.read_bytes()
    try:
        path.write_bytes(before + b"\nCHANGED = True\n")
        again = planned(repository, finished)
    finally:
        path.write_bytes(before)
    order = ["prepare_dataset", "cache_pairs", "train", "sample", "sample_metrics", "table"]
    assert first in again
    earlier = order[: order.index(first)] if first in order else order
    assert not set(earlier) & set(again), "a stage before the change is planned again"


def test_a_deleted_result_is_remade_and_the_same(repository, finished):
    table = finished / "results/table1.csv"
    before = table.read_bytes()
    table.unlink()
    assert planned(repository, finished) == OF_TABLE
    features = finished / "results/features/classifier/tiny/advection_diffusion-pe0/train"
    (features / "seed-0.safetensors").unlink()
    done = snakemake(repository, finished, "results/table1.csv")
    assert done.returncode == 0, done.stderr
    assert table.read_bytes() == before
    assert snakemake(repository, finished).returncode == 0  # whole again for the other tests


def test_forcerun_plans_the_rule_and_what_follows(repository, finished):
    again = planned(repository, finished, "--forcerun", "train_classifier")
    assert again["train_classifier"] == 1
    assert {"real_features", "sample_features", "table"} <= set(again)
    assert not {"train", "sample"} & set(again)


def test_a_bad_config_is_one_line_before_any_work(repository, tmp_path):
    done = snakemake(repository, tmp_path, config={"sampling": {"deltas": 1}})
    assert done.returncode != 0
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "deltas" in line]
    assert lines == [
        "config error: sampling.deltas is unknown (did you mean delta?); "
        "valid here: n_samples, seeds, delta, steps, prior_noise, last_noise, priors, batch_size, "
        "precision, compile"
    ]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()


def test_a_truncated_cache_file_is_named(repository, finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    shard = folder / "results/corruption/tiny/advection_diffusion-pe0/shard-0.safetensors"
    shard.write_bytes(shard.read_bytes()[:-10])
    done = snakemake(repository, folder, "--forcerun", "train")
    assert done.returncode != 0
    log = (folder / "results/logs/train/tiny/advection_diffusion-pe0.log").read_text()
    assert "shard-0.safetensors is truncated" in log
    assert log.count("\n") == 1


def test_the_report_holds_table_and_figures(repository, finished):
    done = snakemake(repository, finished, "--report", "results/report.html")
    assert done.returncode == 0, done.stderr
    page = (finished / "results/report.html").read_text()
    for words in ("table1.csv", "samples.png", "metrics.png", "corrupted images that"):
        assert words in page


def test_lint_is_clean(repository, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-s", repository / "Snakefile", "--lint",
         "--directory", tmp_path],
        env=ENV, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


STUB_CONDA = """#!/usr/bin/env bash
case "$1 $2" in
    "info --json") echo '{"conda_prefix": "BASE", "platform": "linux-64"}' ;;
    "--version ") echo "conda 24.9.0" ;;
    "config --get") echo '{"get": {"channel_priority": "strict"}}' ;;
    "env create")
        while [ $# -gt 0 ]; do [ "$1" = --prefix ] && ln -s ENVIRONMENT "$2"; shift; done ;;
esac
"""


def test_use_conda_runs_a_rule_in_its_environment(repository, tmp_path):
    """Wiring only: a stand-in for conda whose environments are this one."""
    base = tmp_path / "base"
    (base / "bin").mkdir(parents=True)
    conda = base / "bin/conda"
    environment = Path(sys.executable).parent.parent
    conda.write_text(STUB_CONDA.replace("BASE", str(base)).replace("ENVIRONMENT", str(environment)))
    conda.chmod(0o755)
    (base / "bin/activate").write_text('echo "in $1" >> activated; PATH="$1/bin:$PATH"\n')
    target = "results/data/tiny/train/shard-0.safetensors"
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", target, "-s", repository / "Snakefile", "--cores", "1",
         "--directory", tmp_path / "run", "--config", "preset=tiny", "--use-conda"],
        env={**ENV, "PATH": f"{base / 'bin'}:{ENV['PATH']}"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert (tmp_path / "run" / target).exists()
    assert "in " in (tmp_path / "run/activated").read_text()


@pytest.mark.slow
def test_a_training_that_a_cluster_stops_says_so_and_goes_on(repository, tmp_path):
    """SIGTERM comes to every process of the job: Snakemake, the shell, the run and its log."""
    target = "results/checkpoints/tiny/advection_diffusion-pe0/weights.safetensors"
    command = [sys.executable, "-m", "snakemake", target, "-s", repository / "Snakefile", "--cores",
               "2", "--directory", tmp_path, "--configfile", tmp_path / "config.yaml"]  # fmt: skip
    settings = {"preset": "tiny", "training": {"iterations": 1_000_000, "watch_every": 0}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    run = subprocess.Popen(command, env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           start_new_session=True)  # fmt: skip
    state = tmp_path / Path(target).parent / "state.pt"
    deadline = time.monotonic() + 120
    while not state.exists():
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGTERM)
    assert run.wait(60) != 0
    log = tmp_path / "results/logs/train/tiny/advection_diffusion-pe0.log"
    stopped = re.findall(r"stopped at step ([\d,]+); the same command goes on", log.read_text())
    assert len(stopped) == 1, log.read_text()
    settings["training"]["iterations"] = int(stopped[0].replace(",", "")) + 2
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    done = subprocess.run(command, env=ENV, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"resuming at step {stopped[0]}\n" in log.read_text()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_table(repository, finished, tmp_path):
    done = snakemake(repository, tmp_path, "results/table1.csv")
    assert done.returncode == 0, done.stderr
    again = (tmp_path / "results/table1.csv").read_bytes()
    assert again == (finished / "results/table1.csv").read_bytes()


@pytest.mark.slow
def test_the_study_has_every_process_from_both_kinds_of_prior(repository, tmp_path):
    done = snakemake(repository, tmp_path, "study", config={"study": {"peclet": [0.1]}})
    assert done.returncode == 0, done.stderr
    with (tmp_path / "results/study.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["images"] == "samples"]
    names = ["heat_dissipation", "compressible", "divergence_free", "background_only"]
    assert {(row["process"].split(" ")[0], row["prior"]) for row in rows} == {
        (name, prior) for name in names for prior in ("train", "held_out")
    }
    assert (tmp_path / "results/figures/study.png").stat().st_size > 1000


@pytest.mark.slow
def test_every_kind_of_process_runs_through(repository, tmp_path):
    (tmp_path / "own.py").write_text((ROOT / "docs/own_process.py").read_text())
    own = {"kind": "own", "file": str(tmp_path / "own.py"), "class_name": "Pixelation"}
    config = {
        "sampling": {"priors": ["train", "held_out"]},
        "processes": [
            {"kind": "ddpm", "n_steps": 4, "schedule": "cosine"},
            {"kind": "heat_dissipation"},
            {"kind": "blurring_diffusion", "n_steps": 4, "blur_width_max": 4.0},
            {"kind": "advection_diffusion", "peclet": 0.1},
            {"kind": "advection_diffusion", "peclet": 0.1, "transport": False, "name": "control"},
            {"kind": "cold_diffusion"},
            own,
        ],
    }
    done = snakemake(repository, tmp_path / "run", config=config)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "run/results/table1.csv").open() as file:
        names = {row["process"] for row in csv.DictReader(file)}
    assert {
        "ddpm",
        "heat_dissipation",
        "heat_dissipation (held-out prior)",
        "control",
        "own",
    } <= names


MANY = {"sampling": {"n_samples": 1600, "seeds": [0], "batch_size": 8}}


@pytest.mark.slow
def test_killed_sampling_goes_on_and_ends_with_the_same_samples(repository, finished, tmp_path):
    """SIGKILL to snakemake and all it started, in the middle of the rule sample."""
    name = "samples/tiny/advection_diffusion-pe0.1/train/seed-0"
    target, folders = f"results/{name}.safetensors", [tmp_path / "whole", tmp_path / "killed"]
    for folder in folders:
        shutil.copytree(finished, folder, copy_function=shutil.copy2)
    assert planned(repository, folders[0], "--", target, config=MANY) == {"sample": 1}
    done = snakemake(repository, folders[0], target, config=MANY)
    assert done.returncode == 0, done.stderr

    command = [sys.executable, "-m", "snakemake", "-s", repository / "Snakefile", "--directory",
               folders[1], "--configfile", repository.parent / "config-of-test.yaml",
               "--cores", "2", target]  # fmt: skip
    run = subprocess.Popen(command, env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           start_new_session=True)  # fmt: skip
    parts, deadline = folders[1] / f"results/{name}.parts", time.monotonic() + 120
    while len(list(parts.glob("[!.]*"))) < 3:
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    kept = len(list(parts.glob("[!.]*")))
    assert 3 <= kept < 200

    assert snakemake(repository, folders[1], "--unlock", config=MANY).returncode == 0
    done = snakemake(repository, folders[1], "--rerun-incomplete", target, config=MANY)
    assert done.returncode == 0, done.stderr
    log = (folders[1] / f"results/logs/{name.replace('samples', 'sample', 1)}.log").read_text()
    assert f"{kept} of 200 batches are drawn already" in log
    whole, killed = (folder / target for folder in folders)
    assert killed.read_bytes() == whole.read_bytes()
    assert not parts.exists()


@pytest.mark.slow
def test_figures_asked_for_by_name_are_drawn_and_in_the_report(repository, finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    names = ("steps", "interpolation", "shared")
    targets = [f"results/figures/{name}.png" for name in names]
    done = snakemake(repository, folder, *targets)
    assert done.returncode == 0, done.stderr
    with (folder / "results/steps.csv").open() as file:
        calls = [(row["peclet"], row["calls"]) for row in csv.DictReader(file)]
    assert calls == [(peclet, n) for peclet in ("0", "0.1") for n in ("1", "2", "4")]
    done = snakemake(repository, folder, "--report", "report.html", "--", *targets)
    assert done.returncode == 0, done.stderr
    page = (folder / "report.html").read_text()
    for words in ("steps.csv", "steps.png", "interpolation.png", "shared.png", "shares of the way"):
        assert words in page

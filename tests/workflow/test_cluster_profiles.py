"""Profiles hold options that Snakemake and the plugins know; their commands answer as told."""

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest
import yaml
from snakemake.cli import parse_args

PROFILES = Path(__file__).parents[2] / "workflow" / "profiles"
STATUS = PROFILES / "cluster-generic" / "status.sh"

PLUGINS = {
    "test": [],
    "slurm": ["snakemake_executor_plugin_slurm"],
    "cluster-generic": ["snakemake_executor_plugin_cluster_generic"],
    "kubernetes": ["snakemake_executor_plugin_kubernetes", "snakemake_storage_plugin_s3"],
    "googlebatch": ["snakemake_executor_plugin_googlebatch", "snakemake_storage_plugin_gcs"],
}


def need_plugins(name):
    missing = [one for one in PLUGINS[name] if importlib.util.find_spec(one) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


def test_every_profile_is_checked_here():
    assert {folder.name for folder in PROFILES.iterdir()} == set(PLUGINS)


@pytest.mark.parametrize("name", PLUGINS)
def test_snakemake_and_the_plugins_know_every_option(name):
    need_plugins(name)
    options = yaml.safe_load((PROFILES / name / "config.yaml").read_text())
    _, taken = parse_args(["--workflow-profile", str(PROFILES / name)])
    for option, value in options.items():
        attribute = option.replace("-", "_")
        assert hasattr(taken, attribute), option
        if isinstance(value, int) and not isinstance(value, bool):
            assert getattr(taken, attribute) == value, option


def test_an_option_that_nobody_knows_is_refused(tmp_path):
    (tmp_path / "config.yaml").write_text("cores: 1\nno-such-option: 1\n")
    with pytest.raises(SystemExit):
        parse_args(["--workflow-profile", str(tmp_path)])


@pytest.mark.parametrize(
    ("squeue", "sacct", "answer"),
    [
        ("RUNNING", "", "running"),
        ("PENDING", "", "running"),
        ("COMPLETED", "", "success"),
        ("OUT_OF_MEMORY", "", "failed"),
        ("CANCELLED", "", "failed"),
        ("slurm_load_jobs error: Unable to contact slurm controller", "", "running"),
        ("slurm_load_jobs error: Invalid job id specified", "COMPLETED", "success"),
        ("slurm_load_jobs error: Invalid job id specified", "CANCELLED by 1000", "failed"),
        ("", "Slurm accounting storage is disabled", "failed"),
        ("", "", "failed"),
    ],
)
def test_the_state_of_a_job_is_one_of_three_words(tmp_path, squeue, sacct, answer):
    for name, said in (("squeue", squeue), ("sacct", sacct)):
        command = tmp_path / name
        command.write_text(f"#!/bin/sh\necho '{said}'\n")
        command.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([STATUS, "63"], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == f"{answer}\n"

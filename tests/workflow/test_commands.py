"""The commands of the rules: torchrun, environments of conda, clones with any name, lint."""

import re
import subprocess
import sys

import pytest
import yaml
from workflow_runs import ROOT, copy_repository, environment, snakemake

from beyond_blur.config import plan

pytestmark = pytest.mark.workflow


def test_devices_start_torchrun_and_streamed_pairs_need_no_cache(repository, tmp_path):
    training = {"devices": 2, "pairs": "streamed"}
    target = "results/checkpoints/tiny/advection_diffusion-pe0.1/weights.safetensors"
    done = snakemake(repository, tmp_path, "-n", "-p", target, config={"training": training})
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"beyond_blur.storage.gpus 0 {plan.TORCHRUN}" in done.stdout
    started = "torch.distributed.run --nproc-per-node 2 --standalone --no-python python -m"
    assert f"{started} beyond_blur train" in done.stdout
    assert "cache_pairs" not in done.stdout
    training = {"devices": 2, "nodes": 3}
    done = snakemake(repository, tmp_path, "-n", "-p", target, config={"training": training})
    assert "srun --nodes 3" in done.stdout and "--nnodes 3" in done.stdout
    for asked in ("gres=gpu:2", "nodes=3", "mpi=srun", "tasks=3", "tasks_per_gpu=0", "gpu=0"):
        assert re.search(rf"resources: .*\b{asked}(,|$)", done.stdout, flags=re.MULTILINE), asked
    profile = yaml.safe_load((ROOT / "workflow/profiles/slurm/config.yaml").read_text())
    assert "set-resources" not in profile, "it would hide the rule's numbers"
    assert "cache_pairs" in done.stdout


def test_lint_is_clean(repository, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-s", repository / "Snakefile", "--lint",
         "--directory", tmp_path],
        env=environment(repository), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_name_of_a_clones_folder_is_not_run_by_the_shell(tmp_path):
    clone = copy_repository(tmp_path / "a';touch PWNED;'b \"c\" $(touch PWNED)")
    run, target = tmp_path / "run", "results/data/tiny/train/shard-0.safetensors"
    for arguments in (["-n"], [target]):
        done = snakemake(clone, run, *arguments)
        assert done.returncode == 0, done.stderr + done.stdout
    assert (run / target).exists()
    assert not list(tmp_path.rglob("PWNED"))


STUB_CONDA = """#!/usr/bin/env bash
case "$1 $2" in
    "info --json") echo '{"conda_prefix": "BASE", "platform": "linux-64"}' ;;
    "--version ") echo "conda 24.9.0" ;;
    "config --get") echo '{"get": {"channel_priority": "strict"}}' ;;
    "env create")
        while [ $# -gt 0 ]; do
            [ "$1" = --prefix ] && mkdir -p "$2/bin" && cp BASE/python "$2/bin"; shift
        done ;;
esac
"""
STUB_PYTHON = """#!/usr/bin/env bash
site=$(dirname "$0")/site
if [ "$1" = -c ]; then mkdir -p "$site"; echo "$site"
else PYTHONPATH=$site exec PYTHON "$@"
fi
"""


def test_use_conda_runs_a_rule_in_its_environment(repository, tmp_path):
    """Wiring only: a stand-in for conda, whose environments hold what is installed into them."""
    base = tmp_path / "base"
    (base / "bin").mkdir(parents=True)
    for path, text in (
        (base / "bin/conda", STUB_CONDA.replace("BASE", str(base))),
        (base / "python", STUB_PYTHON.replace('PYTHON "', f'{sys.executable} "')),
    ):
        path.write_text(text)
        path.chmod(0o755)
    (base / "bin/activate").write_text('echo "in $1" >> activated; PATH="$1/bin:$PATH"\n')
    run, target = tmp_path / "run", "results/data/tiny/train/shard-0.safetensors"
    env = environment(repository)
    env["PATH"] = f"{base / 'bin'}:{env['PATH']}"
    done = snakemake(repository, run, target, "--use-conda", env=env)
    assert done.returncode == 0, done.stderr + done.stdout
    assert (run / target).exists()
    assert "in " in (run / "activated").read_text()
    linked = list((run / ".snakemake/conda").glob("*/bin/site/beyond_blur"))
    assert [path.readlink() for path in linked] == [(repository / "src/beyond_blur").resolve()]

"""Samples that outlive a kill, and batches that belong to one identity only."""

import importlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.config import PROCESS_SPECS, read_process, rule_specs
from beyond_blur.network.unet import UNet
from beyond_blur.sampling import drawing
from beyond_blur.storage import artifacts
from beyond_blur.storage.unfinished import FinishedBatches
from untrained_networks import EXPERIMENT, sample_command, with_sampling

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}


@pytest.mark.thorough
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(folder, tmp_path, capsys):
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    job = with_sampling(rule_specs.sampling_spec(EXPERIMENT, "heat_dissipation"), n_samples=80)
    cli.main(sample_command(folder, whole, job))
    command = [sys.executable, "-m", "beyond_blur", *sample_command(folder, killed, job)]
    process = subprocess.Popen(command, env=ENV, stdout=subprocess.DEVNULL)
    parts, deadline = tmp_path / "killed.parts", time.monotonic() + 60
    while len(list(parts.glob("[!.]*"))) < 3:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not killed.exists()
    kept = list(parts.glob("[!.]*"))
    assert 3 <= len(kept) < 80
    kept[0].write_bytes(b"hello")  # a part that cannot be read is drawn again
    capsys.readouterr()
    cli.main(sample_command(folder, killed, job))
    said = capsys.readouterr()
    assert "is a text file, not a file of this project" in said.err
    assert f"{len(kept) - 1} of 80 batches are drawn already" in said.out
    assert killed.read_bytes() == whole.read_bytes()
    assert not parts.exists()


@pytest.mark.parametrize(
    "change", [{"delta": 0.5}, {"delta_spectrum": 1.0}, {"steps": 2}, {"last_noise": True}]
)
def test_parts_of_other_samples_are_not_taken_over(folder, tmp_path, change):
    """Neither of another seed nor of another job, although they lie in the same folder."""
    job = rule_specs.sampling_spec(EXPERIMENT, "heat_dissipation")
    out, alone = tmp_path / "out.safetensors", tmp_path / "alone.safetensors"
    other = with_sampling(job, **change)
    keep_parts(folder, out, other, seed=0)
    keep_parts(folder, out, job, seed=1)
    n_parts = len(list((tmp_path / "out.parts").iterdir()))
    assert n_parts == 2 * job.sampling.n_samples
    cli.main(sample_command(folder, out))
    cli.main(sample_command(folder, alone))
    assert out.read_bytes() == alone.read_bytes()


def keep_parts(folder, out, job, seed):
    """Draw samples as far as their parts: the run is stopped before the last is removed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FinishedBatches, "remove", lambda self: out.unlink())
        cli.main(sample_command(folder, out, job, seed))


def test_the_size_of_a_batch_changes_no_sample(folder, tmp_path):
    job, drawn = rule_specs.sampling_spec(EXPERIMENT, "heat_dissipation"), []
    for size in (1, 7, 100):
        out = tmp_path / f"{size}.safetensors"
        cli.main(sample_command(folder, out, with_sampling(job, batch_size=size)))
        drawn.append(artifacts.load(out, "samples").arrays)
    for other in drawn[1:]:
        np.testing.assert_array_equal(other["source"], drawn[0]["source"])
        difference = other["samples"].astype(int) - drawn[0]["samples"]
        assert np.abs(difference).max() <= 1  # rounding, and seldom


@pytest.mark.thorough
@pytest.mark.parametrize(("file", "old", "new"), [
    ("data/pixels.py", "255", "254"),
    ("processes/batch.py", "255.0", "256.0"),
    ("processes/normal_quantile.py", "0.425", "0.426"),
    ("processes/philox.py", "ROUNDS = 10", "ROUNDS = 12"),
    ("sampling/reverse.py", "+ steps)", "+ 0)"),
])  # fmt: skip
def test_a_change_of_code_makes_another_identity(tmp_path, file, old, new):
    """Batches drawn before and after an edit of rounding, rows, levels or noise never mix."""
    shutil.copytree(ROOT / "src", tmp_path, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    edited = tmp_path / "beyond_blur" / file
    text = edited.read_text()
    assert old in text
    edited.write_text(text.replace(old, new))
    program = (
        "from beyond_blur.config import read_process\n"
        "from beyond_blur.sampling.drawing import code_identity\n"
        "print(*code_identity(read_process({'kind': 'heat_dissipation'})))"
    )
    env = {**ENV, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=env, check=True, capture_output=True)
    before = drawing.code_identity(read_process({"kind": "heat_dissipation"}))
    assert done.stdout.decode().split()[0] != before[0]


def test_an_identity_names_finished_batches():
    first, second = (FinishedBatches("x.safetensors", [code]).path("a") for code in ("one", "two"))
    assert first != second and first.parent == Path("x.parts")


@pytest.mark.parametrize("kind", PROCESS_SPECS)
def test_every_root_of_the_code_is_there(kind):
    for root in drawing.code_roots(PROCESS_SPECS[kind]()):
        module, _, name = root.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


def test_the_class_of_the_process_is_a_root_of_the_code():
    roots = {kind: drawing.code_roots(spec()) for kind, spec in PROCESS_SPECS.items()}
    assert "beyond_blur.processes.ddpm:DDPM" in roots["ddpm"]
    assert len(set(roots.values())) == len(PROCESS_SPECS)


def test_samples_say_how_they_were_computed(folder, tmp_path):
    """What the job leaves to the machine stays so in their spec, which is compared with the job."""
    cli.main(sample_command(folder, tmp_path / "out.safetensors"))
    manifest = artifacts.read_manifest(tmp_path / "out.safetensors")
    asked = manifest["spec"]["sampling"]
    assert (asked["precision"], asked["compile"]) == ("auto", "auto")
    used = {"device": "cpu", "precision": "float32", "compiled": False}
    assert manifest["arithmetic"] == used


@pytest.mark.parametrize("change", [
    {"device": "cuda"}, {"precision": "bfloat16"}, {"compiled": True},
])  # fmt: skip
def test_batches_computed_otherwise_have_another_identity(change):
    job = rule_specs.sampling_spec(EXPERIMENT, "heat_dissipation")
    network = UNet(EXPERIMENT.network, 1)
    predict = drawing.predictor_for(job, network, 1)
    before = drawing.identity(job, 0, {}, predict)
    predict.settled = replace(predict.settled, **change)
    assert drawing.identity(job, 0, {}, predict) != before

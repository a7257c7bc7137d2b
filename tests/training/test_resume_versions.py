"""Which edits of the code, and which other versions of torch, a state outlives."""

import json
import shutil
from pathlib import Path

import pytest
import torch

import beyond_blur
from beyond_blur.storage import code
from beyond_blur.training.identity import differences, identify, release, roundings
from beyond_blur.training.resuming import Start
from small_runs import job_of

pytestmark = pytest.mark.thorough

SOURCE = Path(beyond_blur.__file__).parent


def of_version(version, monkeypatch):
    monkeypatch.setattr(torch, "__version__", version)
    return identify(job_of(), "")


@pytest.mark.parametrize("other", ["2.13.1", "2.13.1+cpu", "2.13.0+cu126", "2.13.0a0+git1234"])
def test_another_patch_release_of_torch_goes_on_and_is_said_and_recorded(
    other, monkeypatch, tmp_path
):
    there, here = (of_version(version, monkeypatch) for version in ("2.13.0+cpu", other))
    assert differences(here, there, 6) == []
    said = roundings(here, there)
    assert said == [f"torch is {other} here, 2.13.0+cpu in the state"]
    there["changes"] = ["step 2: earlier"]
    saved = {"identity": json.dumps(there), "counts": [6, 0, 0]}
    path = tmp_path / "state.pt"
    start = Start(path, path, saved, rounded=said)
    assert start.settle(8) == [f"{said[0]}: no more than rounding changes", "resuming at step 6"]
    assert start.changes(8) == ["step 2: earlier", f"step 6: {said[0]}"]
    assert start.changes(6) == ["step 2: earlier"], "no step was made with it"


@pytest.mark.parametrize("other", ["2.14.0+cpu", "2.1.3", "3.13.0+cpu"])
def test_another_minor_release_of_torch_is_another_run(other, monkeypatch):
    there, here = (of_version(version, monkeypatch) for version in ("2.13.0+cpu", other))
    assert differences(here, there, 6) == [f"torch is {other} here, 2.13.0+cpu in the state"]


def test_a_version_without_numbers_is_itself():
    assert [release(version) for version in ("2.13.1+cu126", "nightly")] == ["2.13", "nightly"]


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """Identify a run of the code as it would be after an edit."""

    def identify_after(module, old, new):
        folder = tmp_path / "src/beyond_blur"
        shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        text = (folder / module).read_text()
        assert old in text
        (folder / module).write_text(text.replace(old, new))
        monkeypatch.setattr(code, "PACKAGE", code.Package(
            folder, code.PACKAGE.left_out, code.PACKAGE.declarations))  # fmt: skip
        return identify(job_of(), "")

    return identify_after


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("training/learning_rate.py", "    return full", "    # warm-up\n    return full"),
        ("training/learning_rate.py", "Adam's learning rate in", "The rate of"),
        ("network/unet.py", "down, right = ", "down,   right = "),
        ("training/monitor.py", "no sample grid at step", "no grid at step"),
        ("training/resuming.py", "starting at step 0", "starting at nought"),
        ("training/held_out.py", "COLUMNS**2", "COLUMNS**3"),
    ],
)
def test_an_edit_that_makes_no_step_otherwise_goes_on(module, old, new, edited):
    here = identify(job_of(), "")
    assert differences(edited(module, old, new), here, 6) == []


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("training/learning_rate.py", "step + 1", "step + 2"),
        ("network/unet.py", "10_000", "9_999"),
        ("network/ema.py", "lerp", "lerp_"),
        ("processes/advection_diffusion.py", "x_previous", "x_before"),
    ],
)
def test_an_edit_of_what_makes_a_step_is_another_run_and_its_module_is_named(
    module, old, new, edited
):
    here = identify(job_of(), "")
    name = module.removesuffix(".py").replace("/", ".")
    assert differences(edited(module, old, new), here, 6) == [f"the code of {name}"]

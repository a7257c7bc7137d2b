"""The public names, and the example for notebooks: it runs, and it is as short as it says."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import beyond_blur

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs" / "in_25_lines.py"


def test_the_example_corrupts_trains_samples_and_measures(capsys):
    made = runpy.run_path(str(EXAMPLE))
    assert made["corrupted"].shape == (8, 1, 8, 8)
    assert made["corrupted"].std() < made["seen"][:8].std()  # blurred
    assert made["samples"].shape == (100, 1, 8, 8) and torch.isfinite(made["samples"]).all()
    assert not made["network"].training
    assert "frechet_distance" in capsys.readouterr().out


def test_the_example_is_25_lines():
    lines = EXAMPLE.read_text().splitlines()[1:]
    code = [line for line in lines if line.strip() and not line.startswith("#")]
    assert len(code) <= 25


@pytest.mark.parametrize("name", beyond_blur.__all__)
def test_every_public_name_is_documented(name):
    assert getattr(beyond_blur, name).__doc__
    assert name in dir(beyond_blur)


def test_a_name_that_is_not_public_is_refused_with_those_that_are():
    with pytest.raises(AttributeError, match=r"has no 'trian'; its public names: SampleNoise, "):
        _ = beyond_blur.trian


def test_the_package_itself_imports_nothing_heavy():
    code = (
        "import sys, beyond_blur; sys.exit(bool({'numpy', 'torch', 'pydantic'} & set(sys.modules)))"
    )
    path = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    assert subprocess.run([sys.executable, "-c", code], env=path).returncode == 0

"""The example for notebooks: it runs, and it is as short as it says."""

import runpy
from pathlib import Path

import torch

import beyond_blur
from beyond_blur.config import load_experiment
from beyond_blur.metrics.measure import measure
from beyond_blur.network.unet import UNet
from beyond_blur.processes import build
from beyond_blur.processes.noise import SampleNoise
from beyond_blur.sampling.reverse import sample
from beyond_blur.training.in_memory import train_in_memory

EXAMPLE = Path(__file__).parents[1] / "docs" / "in_25_lines.py"
OFFERED = {
    "SampleNoise": SampleNoise,
    "UNet": UNet,
    "build_process": build,
    "load_experiment": load_experiment,
    "measure": measure,
    "sample": sample,
    "train": train_in_memory,
}


def test_the_example_corrupts_trains_samples_and_measures(monkeypatch, capsys):
    for name, offered in OFFERED.items():
        monkeypatch.setattr(beyond_blur, name, offered, raising=False)
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

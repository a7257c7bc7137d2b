"""Weights on disk are the network, and what is not one is refused in one line."""

import numpy as np
import pytest
import torch

from beyond_blur.finite import NotFinite
from beyond_blur.network.unet import UNet
from beyond_blur.network.weights import load_network, write_weights
from beyond_blur.storage import artifacts, atomic
from small_runs import job_of

JOB = job_of()


@pytest.fixture
def average():
    torch.manual_seed(0)
    return {name: torch.rand_like(w) for name, w in UNet(JOB.network, 1).state_dict().items()}


def write(path, average, **facts):
    write_weights(
        path, average, JOB, {}, **{"image_channels": 1, "steps": 3, "skipped": 0, **facts}
    )
    return path


def test_what_is_written_is_loaded(average, tmp_path):
    network, file = load_network(write(tmp_path / "weights.safetensors", average))
    assert not network.training and network.spec == JOB.network
    for name, values in network.state_dict().items():
        assert torch.equal(values.cpu(), average[name])
    assert file.manifest["spec"]["process"]["kind"] == "advection_diffusion"
    assert "delta" not in file.manifest["spec"]


def test_what_is_no_network_is_refused_in_one_line(average, tmp_path):
    path = tmp_path / "weights.safetensors"
    refusals = {"does not exist": lambda: None}
    refusals["not a file of this project"] = lambda: path.write_bytes(b"hello")
    refusals["holds images, expected weights"] = lambda: artifacts.save(
        path, {"images": np.zeros(3)}, kind="images", spec={}
    )
    fewer = {name: values for name, values in average.items() if name != "stem.weight"}
    refusals["does not fit the network that it describes.*train it again"] = lambda: write(
        path, fewer
    )
    wider = {**average, "stem.weight": torch.zeros(9, 1, 3, 3)}
    refusals[r"layer stem.weight: \[8, 1, 3, 3\] described, \[9, 1, 3, 3\] there"] = lambda: write(
        path, wider
    )
    refusals[r"layer other: none described, \[2\] there"] = lambda: write(
        path, {**average, "other": torch.zeros(2)}
    )
    for message, prepare in refusals.items():
        prepare()
        with pytest.raises(atomic.ArtifactError, match=message) as refused:
            load_network(path)
        assert "\n" not in str(refused.value) and str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"channels": 10**6}, r"does not fit .*\(layer "),
        ({"channels": 10**9}, "describes no network .*overflowed"),
        ({"channels": 16}, r"does not fit .*\(layer "),
        ({"widths": 3}, "describes no network .*network.widths is unknown"),
        ({"channels": None}, "describes no network .*network.channels"),
    ],
)
def test_a_network_described_otherwise_is_refused_in_one_line_and_in_no_memory(
    average, tmp_path, change, said
):
    path = write(tmp_path / "weights.safetensors", average)
    file = artifacts.load(path, "weights")
    spec = {**file.manifest["spec"], "network": {**file.manifest["spec"]["network"], **change}}
    artifacts.save(path, file.arrays, kind="weights", spec=spec, image_channels=1, steps=3)
    with pytest.raises(atomic.ArtifactError, match=rf"^{path} {said}") as refused:
        load_network(path)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_neither_written_nor_loaded(average, tmp_path, value):
    path = write(tmp_path / "weights.safetensors", average)
    arrays = artifacts.load(path, "weights").arrays
    average["head.bias"][0] = value
    before = path.read_bytes()
    with pytest.raises(NotFinite, match=r"weights are not finite \(layer head.bias\)"):
        write(path, average)
    assert path.read_bytes() == before
    arrays["head.bias"][0] = value
    spec = artifacts.read_manifest(path)["spec"]
    artifacts.save(path, arrays, kind="weights", spec=spec, image_channels=1)
    with pytest.raises(NotFinite, match=rf"^{path}: weights are not finite \(layer head.bias\)"):
        load_network(path)

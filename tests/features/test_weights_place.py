"""Weights that are missing are told of before any work, with the ways out."""

import pytest

from beyond_blur.config import read_experiment
from beyond_blur.features import weights_place


@pytest.fixture
def said(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def say(**evaluation):
        made = read_experiment({"preset": "cifar10", "evaluation": evaluation})
        return list(weights_place.problems(made))

    return say


def test_inception_is_looked_for_where_pytorch_fid_keeps_it(said, tmp_path):
    (line,) = said()
    place = tmp_path / "hub/checkpoints/pt_inception-2015-12-05-6726825d.pth"
    assert str(place) in line
    assert "evaluation.weights" in line and "classifier" in line and "self-supervised" in line
    place.parent.mkdir(parents=True)
    place.write_bytes(b"weights")
    assert said() == []


def test_the_place_is_the_one_where_it_is_loaded_from(monkeypatch, tmp_path):
    import torch

    from beyond_blur.features import inception

    for home in ({"TORCH_HOME": str(tmp_path)}, {"XDG_CACHE_HOME": str(tmp_path)}):
        monkeypatch.delenv("TORCH_HOME", raising=False)
        for name, value in home.items():
            monkeypatch.setenv(name, value)
        assert str(weights_place.inception_cache()) == f"{torch.hub.get_dir()}/checkpoints"
    assert inception._pytorch_fid().FID_WEIGHTS_URL.endswith(f"/{weights_place.INCEPTION_FILE}")


def test_a_named_file_has_to_be_there(said, tmp_path):
    (line,) = said(weights=f"{tmp_path}/none.pth")
    assert line == f"evaluation.weights = {tmp_path}/none.pth is no file"
    (tmp_path / "w.pth").write_bytes(b"weights")
    assert said(weights=f"{tmp_path}/w.pth") == []


def test_other_extractors(said):
    (line,) = said(extractor="dinov2")
    assert "needs evaluation.weights" in line
    assert said(extractor="random") == said(extractor="classifier") == []
    without = {"preset": "cifar10", "dataset": {"labels": "none"}}
    (line,) = weights_place.problems(
        read_experiment({**without, "evaluation": {"extractor": "classifier"}})
    )
    assert "needs labels" in line and "self-supervised" in line

"""A run is refused for all that is wrong with it at once, and says beforehand what hardly fits."""

import pytest

from beyond_blur.config import ConfigError
from beyond_blur.features import before_work


@pytest.fixture(autouse=True)
def without_weights(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture
def photographs(tmp_path):
    """A folder without classes: names alone are looked at."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    for i in range(60):
        (folder / f"{i}.png").touch()
    return str(folder)


def test_values_files_weights_and_shards_are_told_together(photographs):
    with pytest.raises(ConfigError) as error:
        before_work.load({
            "preset": "afhq64", "levels": {"sigma_max": 0.1}, "training": {"learning_rate": 1e-12},
            "dataset": {"path": photographs, "split": "random", "held_out": 0.1, "shards": 8},
        })  # fmt: skip
    lines = str(error.value).split("\n")
    for words in (
        "levels.sigma_max = 0.1", "training.learning_rate = 1e-12", "dataset.shards = 8 is more",
        "held-out images (dataset.held_out) = 6 is too few",
        "evaluation.extractor = inception needs Inception's weights",
    ):  # fmt: skip
        assert sum(words in line for line in lines) == 1, words
    assert len(lines) == 5


def test_a_classifier_of_images_without_labels_is_refused_before_any_work(photographs):
    config = {"preset": "demo", "evaluation": {"extractor": "classifier"},
              "dataset": {"kind": "folder", "path": photographs}}  # fmt: skip
    with pytest.raises(ConfigError) as error:
        before_work.load(config)
    assert "the images of dataset.path" in str(error.value)
    assert "self-supervised or random" in str(error.value) and "\n" not in str(error.value)


def test_a_classifier_that_another_run_trained_needs_no_labels_here(photographs, tmp_path):
    weights = tmp_path / "classifier.safetensors"
    weights.touch()
    dataset = {"kind": "folder", "path": photographs}
    evaluation = {"extractor": "classifier", "weights": str(weights)}
    made, _, _ = before_work.load({"preset": "demo", "dataset": dataset, "evaluation": evaluation})
    assert made.evaluation.weights == str(weights)


def test_a_smoke_run_says_what_it_is_and_what_it_measures_with(photographs):
    dataset = {"path": photographs, "split": "random", "held_out": 0.2}
    made, lines, _ = before_work.load({"preset": "ffhq128", "smoke": True, "dataset": dataset})
    assert made.evaluation.extractor == "self-supervised"
    assert lines == [
        "Smoke run of preset ffhq128: every stage, and no number that means anything. It measures "
        "with evaluation.extractor: self-supervised."
    ]


def test_a_few_images_of_ones_own_are_warned_of_and_not_refused(photographs):
    dataset = {"path": photographs, "split": "random", "held_out": 0.2, "shards": 1}
    made, lines, _ = before_work.load({
        "preset": "afhq64", "dataset": dataset, "evaluation": {"extractor": "self-supervised"}
    })  # fmt: skip
    assert made.training.iterations == 200_000
    assert [line.split(" = ")[0] for line in lines] == [
        "training.batch_size", "training.iterations", "corruption.draws", "sampling.n_samples"
    ]  # fmt: skip

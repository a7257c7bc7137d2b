"""The encoder from images without labels to features and to the numbers of two sets."""

import json

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.config import evaluation_specs, load_experiment, rule_specs
from beyond_blur.features import build_extractor
from beyond_blur.storage import artifacts
from features.noise_images import noise_images

SPEC = rule_specs.to_json(evaluation_specs.encoder_spec(load_experiment({"preset": "tiny"})))


def write_images(path, split, seed, channels=1, dataset="folder"):
    """A shard of images without labels."""
    arrays = {"images": noise_images(12, channels, 8, seed), "index": np.arange(12)}
    artifacts.save(path, arrays, kind="images", spec={},
                   traits={"split": split, "shard": 0, "dataset": dataset})  # fmt: skip
    return str(path)


def train(folder, **kinds):
    places = [write_images(folder / f"{split}.safetensors", split, seed, **kinds)
              for seed, split in enumerate(("train", "held_out"))]  # fmt: skip
    out = str(folder / "encoder.safetensors")
    cli.main(["train_encoder", "--spec", SPEC, "--train", places[0], "--held-out", places[1],
              "--threads", "1", "--out", out])  # fmt: skip
    return places[0], out


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(tmp_path_factory.mktemp("encoder"))


def features(images, encoder, out, weights=None):
    job = evaluation_specs.FeaturesSpec("self-supervised", weights, 4, split="train")
    cli.main(["features", "--spec", rule_specs.to_json(job), "--images", images, "--trained",
              encoder, "--out", str(out)])  # fmt: skip


def refusal(capsys, call, *arguments):
    with pytest.raises(SystemExit):
        call(*arguments)
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_features_are_those_of_the_encoder_and_say_so(trained, tmp_path):
    images, encoder = trained
    features(images, encoder, tmp_path / "out.safetensors")
    found = artifacts.load(tmp_path / "out.safetensors", "features")
    network = build_extractor("self-supervised", state=artifacts.load(encoder, "encoder").arrays)
    expected = network(noise_images(12, 1, 8, 0))
    np.testing.assert_allclose(found.arrays["images"], expected, rtol=1e-4, atol=1e-5)
    assert found.traits["extractor"] == found.manifest["network"] == "self-supervised"
    assert found.traits["weights"] == network.weights_sha256


def test_an_encoder_says_what_it_is_of_and_the_same_job_makes_the_same(trained, tmp_path):
    manifest = artifacts.read_manifest(trained[1], "encoder")
    assert manifest["spec"] == {"iterations": 5, "seed": 0}
    assert set(manifest["inputs"]) == set(manifest["found_again"]) == {"train", "held_out"}
    again = artifacts.read_manifest(train(tmp_path)[1], "encoder")
    assert again["checksum"] == manifest["checksum"]


def test_an_encoder_of_another_data_set_is_refused(trained, tmp_path, capsys):
    other = write_images(tmp_path / "other.safetensors", "train", 0, dataset="other")
    error = refusal(capsys, features, other, trained[1], tmp_path / "out.safetensors")
    assert "does not belong with" in error and "of the data set folder, the other of other" in error


def test_an_encoder_of_another_run_is_taken_where_it_learnt_from_the_same_images(
    trained, tmp_path, capsys
):
    images, encoder = trained
    out = tmp_path / "out.safetensors"
    features(images, encoder, out, weights=encoder)
    found = artifacts.read_manifest(out, "features")
    assert found["traits"]["weights"] == artifacts.read_manifest(encoder, "encoder")["checksum"]
    other = write_images(tmp_path / "other.safetensors", "train", 0, dataset="other")
    error = refusal(capsys, features, other, encoder, out, encoder)
    assert f"evaluation.weights = {encoder} learnt from the data set folder" in error
    assert "this run has other: give a network that learnt from the same images" in error


def test_splits_in_each_others_places_are_refused(trained, tmp_path, capsys):
    swapped = [write_images(tmp_path / f"{split}.safetensors", split, 0)
               for split in ("held_out", "train")]  # fmt: skip
    job = ["train_encoder", "--spec", SPEC, "--train", swapped[0], "--held-out", swapped[1],
           "--out", str(tmp_path / "out.safetensors")]  # fmt: skip
    assert "is of the split held_out, this job is of train" in refusal(capsys, cli.main, job)


@pytest.mark.parametrize("channels", [1, 3])
def test_two_sets_are_measured_by_hand(trained, tmp_path, capsys, channels):
    encoder = trained[1] if channels == 1 else train(tmp_path, channels=3)[1]
    for name, seed in (("a", 5), ("b", 6)):
        np.savez(tmp_path / f"{name}.npz", images=noise_images(80, channels, 8, seed))
    job = ["evaluate", "--images", str(tmp_path / "a.npz"), "--reference", str(tmp_path / "b.npz"),
           "--extractor", "self-supervised"]  # fmt: skip
    cli.main([*job, "--encoder", encoder, "--out", str(tmp_path / "found.json")])
    text = capsys.readouterr().out
    assert "extractor self-supervised" in text and "(not FID)" in text
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["extractor"] == "self-supervised" and found["frechet_distance"] > 0


def test_the_file_it_needs_is_asked_for_and_another_is_refused(trained, tmp_path, capsys):
    np.savez(tmp_path / "a.npz", images=noise_images(20, 1, 8))
    job = ["evaluate", "--images", str(tmp_path / "a.npz"), "--reference", str(tmp_path / "a.npz")]
    error = refusal(capsys, cli.main, [*job, "--extractor", "self-supervised"])
    assert (
        "needs --encoder FILE, as made by `snakemake --cores all results/encoder/DATASET" in error
    )
    error = refusal(
        capsys, cli.main, [*job, "--extractor", "classifier", "--classifier", trained[1]]
    )
    assert "encoder.safetensors" in error and "classifier" in error

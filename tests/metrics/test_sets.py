"""Any set against any other: as the library says, and one line where it cannot be."""

import json
import warnings

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.features import build_extractor
from beyond_blur.metrics import FewSamples, evaluate_sets
from data.pictures import write_pngs


def evaluate(capsys, *arguments):
    """Output of the verb, or its error where it fails."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FewSamples)
            cli.main(["evaluate", "--extractor", "random", *map(str, arguments)])
    except SystemExit:
        return capsys.readouterr().err
    return capsys.readouterr().out


def test_evaluate_writes_what_the_library_says(sets, capsys, tmp_path):
    out = tmp_path / "report.json"
    text = evaluate(capsys, "--images", sets / "a", "--reference", sets / "b", "--out", out)
    found = json.loads(out.read_text())
    assert found["n_samples"] == found["n_reference"] == 300
    assert f"{found['frechet_distance']:.4g}" in text and "(not FID)" in text
    assert found["extractor"] == "random" and len(found["weights_sha256"]) == 64
    assert all(f"note: {line}" in text for line in (*found["remarks"], *found["limits"]))
    assert f"its own resize: {found['resize']}" in text and "is bias of 300" in found["limits"][0]
    again = evaluate(capsys, "--images", sets / "a", "--reference", sets / "b.npz")
    assert f"{found['frechet_distance']:.4g}" in again


def test_two_arrays_are_measured_without_a_file(sets, tiny_images, capsys, tmp_path):
    out = tmp_path / "report.json"
    evaluate(capsys, "--images", sets / "a", "--reference", sets / "b", "--out", out)
    written = json.loads(out.read_text())
    found = evaluate_sets(
        tiny_images[:300], tiny_images[300:600], build_extractor("random"), threads=1
    )
    assert found.items() <= written.items()


def test_a_set_against_itself_is_perfect(sets, capsys, tmp_path):
    out = tmp_path / "report.json"
    evaluate(capsys, "--images", sets / "b", "--reference", sets / "unnamed.npz", "--out", out)
    found = json.loads(out.read_text())
    assert found["frechet_distance"] == pytest.approx(0, abs=1e-6)
    assert found["precision"] == found["recall"] == found["coverage"] == 1


def test_copies_of_training_images_are_told_where_these_are_given(sets, capsys, tmp_path):
    out = tmp_path / "report.json"
    job = ["--reference", sets / "b", "--train", sets / "a", "--out", out]
    text = evaluate(capsys, "--images", sets / "a", *job)
    found = json.loads(out.read_text())
    assert found["authenticity"] == 0 < found["held_out_authenticity"]
    assert found["copying_statistic"] < -5 and found["n_train"] == 300
    assert "C_T (below 0: copying)" in text and "of the held-out images" in text
    said = evaluate(capsys, "--images", sets / "b", *job)
    assert f"--out {out} is there already: name another file, or delete it first" in said
    assert json.loads(out.read_text()) == found
    out.unlink()
    evaluate(capsys, "--images", sets / "b", *job)
    assert json.loads(out.read_text())["copying_statistic"] == 0


def test_grey_against_colour_is_repeated_and_said(sets, capsys, tmp_path):
    out = tmp_path / "report.json"
    text = evaluate(
        capsys, "--images", sets / "b", "--reference", sets / "colour.npz", "--out", out
    )
    assert "is grey and the other set colour: grey was repeated" in text
    assert json.loads(out.read_text())["frechet_distance"] == pytest.approx(0, abs=1e-6)


def test_a_few_images_are_measured_with_a_caution(sets, capsys):
    text = evaluate(capsys, "--images", sets / "a", "--reference", sets / "b", "--size", 4)
    assert "300 images are too few" not in text  # 256 dimensions
    images = sets / "shards/shard-0.safetensors"
    text = evaluate(capsys, "--images", images, "--reference", sets / "b")
    assert "150 images are too few for 256 feature dimensions" in text


def test_images_of_several_sizes_need_a_size(sets, tiny_images, capsys, tmp_path):
    mixed = write_pngs(tmp_path / "mixed", tiny_images[:10])
    write_pngs(mixed / "larger", np.kron(tiny_images[10:16], np.ones((2, 2), np.uint8)))
    arguments = ["--images", mixed, "--reference", sets / "b"]
    error = evaluate(capsys, *arguments)
    assert "2 sizes (10 of 8 x 8, 6 of 16 x 16 pixels): give --size N" in error
    assert error.count("\n") == 1
    assert "16 images of" in evaluate(capsys, *arguments, "--size", 8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--images", "five", "--reference", "b"],
            "holds 5 images: --nearest-k 5 needs",
        ),
        (["--images", "empty", "--reference", "b"], "holds no images"),
        (["--images", "nowhere", "--reference", "b"], "does not exist"),
        (["--images", "large", "--reference", "b"], "of 16 x 16 pixels and"),
        (["--images", "floats.npz", "--reference", "b"], "expected uint8"),
        (["--images", "other.npz", "--reference", "b"], "images, samples, arr_0 is needed"),
        (["--images", "broken.npz", "--reference", "b"], "truncated or not an npz"),
        (["--images", "broken", "--reference", "b"], "cannot be read as an image"),
        (["--images", "a", "--reference", "b", "--extractor", "classifier"], "--classifier FILE"),
        (["--images", "a", "--reference", "b", "--extractor", "dinov2"], "--weights FILE"),
        (
            [
                "--images",
                "a",
                "--reference",
                "b",
                "--extractor",
                "inception",
                "--weights",
                "no.pth",
            ],
            "no.pth do not exist",
        ),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    sets, tiny_images, capsys, tmp_path, arguments, message
):
    write_pngs(tmp_path / "five", tiny_images[:5])
    write_pngs(tmp_path / "large", np.kron(tiny_images[:10], np.ones((2, 2), np.uint8)))
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/x.png").write_bytes(b"no image")
    np.savez(tmp_path / "floats.npz", images=np.zeros((10, 8, 8)))
    np.savez(tmp_path / "other.npz", pictures=tiny_images[:10])
    (tmp_path / "broken.npz").write_bytes(b"PK no zip")
    places = [
        sets / a if (sets / a).exists() else tmp_path / a
        if not a.startswith("--") and arguments[i - 1] in ("--images", "--reference") else a
        for i, a in enumerate(arguments)
    ]  # fmt: skip
    error = evaluate(capsys, *places)
    assert message in error
    assert error.count("\n") == 1

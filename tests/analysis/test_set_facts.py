"""The facts of a prepared data set are those of its pixels, however many files hold them."""

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.analysis import set_facts
from beyond_blur.analysis.spectrum import radial_spectrum
from beyond_blur.storage import artifacts, records
from beyond_blur.storage.atomic import ArtifactError

SPEC = {"resize": "bicubic"}


@pytest.fixture
def pixels():
    """Twelve colour images: the last is the first, and a held-out one is a training image."""
    found = np.random.default_rng(0).integers(0, 256, (12, 3, 8, 8), np.uint8)
    found[11] = found[0]
    return {"train": found, "held_out": np.concatenate([found[3:4], 255 - found[:2]])}


def write(folder, pixels, classes=("ant", "bee", "cat"), shards=3):
    """Shards of both splits, classes 0 and 1 in turn; their paths."""
    paths = {}
    for split, images in pixels.items():
        paths[split] = []
        for shard, rows in enumerate(np.array_split(np.arange(len(images)), shards)):
            path = folder / f"{split}-{shard}.safetensors"
            arrays = {"images": images[rows], "index": rows, "labels": rows % 2}
            if classes is None:
                del arrays["labels"]
            artifacts.save(path, arrays, kind="images", spec=SPEC, classes=classes, left_out=1,
                           traits={"dataset": "bugs", "images": "x", "split": split,
                                   "shard": shard})  # fmt: skip
            paths[split].append(str(path))
    return paths


def described(folder, paths):
    facts, sheet = folder / "facts.json", folder / "sheet.safetensors"
    cli.main(["describe_dataset", "--train", *paths["train"], "--held-out", *paths["held_out"],
              "--facts", str(facts), "--sheet", str(sheet)])  # fmt: skip
    return records.load(facts, "facts"), artifacts.load(sheet, "contact_sheet")


@pytest.fixture
def facts(tmp_path, pixels):
    return described(tmp_path, write(tmp_path, pixels))[0]


def test_counts_are_those_of_the_images(facts):
    assert facts["shape"] == [3, 8, 8] and facts["resize"] == "bicubic"
    train, held_out = facts["splits"]["train"], facts["splits"]["held_out"]
    assert (train["images"], held_out["images"], train["left_out"]) == (12, 3, 1)
    assert train["classes"] == {"ant": 6, "bee": 6, "cat": 0}
    assert train["repeats"] == 1 and held_out["repeats"] == 0
    assert facts["held_out_in_train"] == 1


def test_mean_and_spread_are_those_of_every_pixel_of_a_channel(facts, pixels):
    for split, images in pixels.items():
        found, values = facts["splits"][split], images / 255
        np.testing.assert_allclose(found["mean"], values.mean((0, 2, 3)), rtol=1e-12)
        np.testing.assert_allclose(found["std"], values.std((0, 2, 3)), rtol=1e-12)
        for channel in range(3):
            of_value = [(images[:, channel] == value).sum() for value in range(256)]
            assert found["histogram"][channel] == of_value


def test_the_spectrum_is_the_mean_of_all_images_whatever_the_shards(facts, pixels):
    wavenumber, energy = radial_spectrum(pixels["train"] / 255)
    found = facts["splits"]["train"]["spectrum"]
    assert found["wavenumber"] == wavenumber.tolist() and found["images"] == 12
    np.testing.assert_allclose(found["energy"], energy, rtol=1e-6)


def test_the_spectrum_is_of_the_first_images_only_where_there_are_many(
    monkeypatch, tmp_path, pixels
):
    monkeypatch.setattr(set_facts, "SPECTRUM_IMAGES", 7)
    monkeypatch.setattr(set_facts, "PIECE_BYTES", 3 * 8 * 8 * 3)
    found = described(tmp_path, write(tmp_path, pixels))[0]["splits"]["train"]["spectrum"]
    assert found["images"] == 7
    np.testing.assert_allclose(
        found["energy"], radial_spectrum(pixels["train"][:7] / 255)[1], rtol=1e-6
    )


@pytest.mark.parametrize("classes", [("ant", "bee", "cat"), None])
def test_a_contact_sheet_shows_as_many_of_every_class(monkeypatch, tmp_path, pixels, classes):
    monkeypatch.setattr(set_facts, "SHEET_IMAGES", 5)
    sheet = described(tmp_path, write(tmp_path, pixels, classes))[1]
    rows = sheet.arrays["index"]
    np.testing.assert_array_equal(sheet.arrays["images"], pixels["train"][rows])
    assert sheet.manifest["of"] == 12 and len(rows) == 5
    if classes is None:
        assert "labels" not in sheet.arrays
        return
    assert sheet.manifest["classes"] == list(classes)
    assert np.bincount(sheet.arrays["labels"]).tolist() == [3, 2]


def test_classes_without_names_are_counted_by_their_number(tmp_path, pixels):
    paths = write(tmp_path, {**pixels, "held_out": pixels["held_out"]}, shards=1)
    for path in paths["train"]:
        held = artifacts.load(path, "images")
        artifacts.save(path, {**held.arrays, "labels": held.arrays["labels"] * 3}, kind="images",
                       spec=SPEC, traits=held.traits)  # fmt: skip
    facts, _ = described(tmp_path, paths)
    assert facts["splits"]["train"]["classes"] == {"0": 6, "3": 6}


def test_files_of_the_other_split_are_refused(tmp_path, pixels, capsys):
    paths = write(tmp_path, pixels)
    with pytest.raises((ArtifactError, SystemExit)):
        described(tmp_path, {"train": paths["held_out"], "held_out": paths["train"]})
    assert "is of the split held_out, this job is of train" in capsys.readouterr().err

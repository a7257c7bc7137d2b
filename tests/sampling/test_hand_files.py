"""Samples by hand write over nothing, and a run that was stopped goes on from what is whole."""

import shutil

import numpy as np
import pytest
from PIL import Image

from beyond_blur import cli
from beyond_blur.data.image_sets import read_images
from beyond_blur.sampling import by_hand, hand_files
from beyond_blur.storage import artifacts


@pytest.fixture
def draw(folder, capsys):
    """Samples of a network into ``out``; the error where they are refused."""

    def drawn(out, *options):
        command = ["sample", "--weights", folder / "heat_dissipation.safetensors", "--images",
                   folder / "png", "--steps", 2, "--out", out]  # fmt: skip
        try:
            cli.main(list(map(str, [*command, *(options or ("--n", 3))])))
        except SystemExit:
            error = capsys.readouterr().err
            assert error.count("\n") == 1, error
            return error
        return ""

    return drawn


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["a.safetensors", "a"])
@pytest.mark.parametrize("options", [("--n", 3), ("--n", 2)])
def test_a_finished_set_is_not_written_over_whatever_is_ordered(draw, tmp_path, name, options):
    assert not draw(tmp_path / name)
    before = contents(tmp_path)
    assert f"--out {tmp_path / name}: samples are there already" in draw(tmp_path / name, *options)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(("out", "taken"), [
    ("a.safetensors", "a.safetensors"), ("a.safetensors", "a.png"),
    ("a", "a/samples.safetensors"), ("a", "a/grid.png"), ("a", "a/images/mine.png"),
])  # fmt: skip
def test_a_file_of_the_users_is_left_and_never_to_be_deleted(draw, tmp_path, out, taken):
    (tmp_path / taken).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / taken).write_text("mine")
    error = draw(tmp_path / out)
    assert f"--out {tmp_path / out}: " in error and "delete" not in error
    assert contents(tmp_path) == {tmp_path / taken: b"mine"}


@pytest.mark.parametrize("out", ["a.safetensors", "a"])
def test_pictures_of_a_run_stopped_behind_its_samples_are_made_of_them(
    draw, tmp_path, monkeypatch, out
):
    assert not draw(tmp_path / out)
    whole = contents(tmp_path)
    for path in tmp_path.rglob("*.png"):
        path.unlink()
    shutil.rmtree(tmp_path / "a/images", ignore_errors=True)
    assert "holds samples of another order" in draw(tmp_path / out, "--n", 2)
    monkeypatch.setattr(by_hand, "draw_to_file", None)
    assert not draw(tmp_path / out)
    assert contents(tmp_path) == whole


def test_a_place_that_cannot_be_written_to_is_known_before_the_network_is_loaded(capsys):
    for out in ("", "/proc/x", "/proc/x.safetensors", "/dev/null"):
        with pytest.raises(SystemExit):
            cli.main(["sample", "--weights", "/nowhere", "--out", out])
        error = capsys.readouterr().err
        assert "error: --out" in error and "/nowhere" not in error and error.count("\n") == 1


def test_the_manifest_names_the_one_seed_and_no_split(draw, tmp_path):
    draw(tmp_path / "a", "--n", 1, "--seed", 7)
    spec = artifacts.read_manifest(tmp_path / "a/samples.safetensors")["spec"]
    assert spec["sampling"]["seeds"] == [7] and spec["sampling"]["priors"] == []
    assert (spec["seed"], spec["prior"]) == (7, None)


def test_every_sample_is_a_picture_and_the_first_lie_in_a_grid(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (70, 3, 4, 4), dtype=np.uint8)
    files = hand_files.HandFiles(str(tmp_path / "a"))
    files.show(images)
    np.testing.assert_array_equal(read_images(files.pictures), images)
    assert Image.open(files.grid).size == (8 * 4 + 7 * 2, 8 * 4 + 7 * 2)

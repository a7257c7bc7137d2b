"""What samples may start from by hand: samples too, and what holds no pictures is one line."""

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.data.image_sets import read_images
from beyond_blur.storage import artifacts
from untrained_networks import FLOW

HEAT = "heat_dissipation"


@pytest.fixture(scope="module")
def drawn(folder, tmp_path_factory):
    """A folder that `sample` wrote."""
    out = tmp_path_factory.mktemp("drawn") / "drawn"
    command("sample", folder, HEAT, "--images", folder / "png", "--n", 5, "--out", out)
    return out


def command(verb, folder, name, *options):
    cli.main([verb, "--weights", str(folder / f"{name}.safetensors"), *map(str, options)])


def refused(capsys, *arguments):
    with pytest.raises(SystemExit):
        command(*arguments)
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "unexpected" not in error, error
    return error


@pytest.mark.parametrize("name", [HEAT, FLOW])
@pytest.mark.parametrize("start", ["samples.safetensors", "."])
def test_samples_are_pictures_to_start_from(folder, drawn, tmp_path, name, start):
    for place, images in (("a", drawn / start), ("b", drawn / "images")):
        command("sample", folder, name, "--images", images, "--n", 3, "--out", tmp_path / place)
        command("explore", folder, name, "--prior", images, "--n", 2, "--save",
                tmp_path / f"{place}.safetensors")  # fmt: skip
    np.testing.assert_array_equal(read_images(tmp_path / "a"), read_images(tmp_path / "b"))
    explored = [artifacts.load(tmp_path / f"{place}.safetensors", "exploration").arrays["images"]
                for place in "ab"]  # fmt: skip
    np.testing.assert_array_equal(*explored)


@pytest.mark.parametrize(("verb", "option"), [("sample", "--images"), ("explore", "--prior")])
def test_other_files_of_this_project_are_refused_by_their_kind(
    folder, drawn, tmp_path, capsys, verb, option
):
    network = tmp_path / "network"
    weights = folder / "ddpm.safetensors"
    cli.main(["export", "--weights", str(weights), "--out", str(network)])
    explored = tmp_path / "explored.safetensors"
    command("explore", folder, "ddpm", "--prior", folder / "png", "--n", 1, "--save", explored)
    for path, kind in ((weights, "weights"), (network, "weights"), (explored, "exploration")):
        said = refused(capsys, verb, folder, HEAT, option, path, "--out", tmp_path / "x.png")
        assert f"holds {kind}, nothing to start from: give pictures, or a file of images" in said


def test_each_verb_asks_for_pictures_by_its_own_option(folder, tmp_path, capsys):
    out = tmp_path / "x.png"
    assert ": give --prior, pictures" in refused(capsys, "explore", folder, HEAT, "--out", out)
    assert ": give --images, pictures" in refused(capsys, "sample", folder, HEAT, "--out", out)

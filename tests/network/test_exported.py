"""The folder of a network writes over nothing of others, and a damaged one names what helps."""

import shutil

import pytest

from beyond_blur import cli
from beyond_blur.network.exported import CARD, CONFIG, MODEL, MODULE, weights_file
from beyond_blur.storage.atomic import ArtifactError
from trained_weights import make_weights

SEAL = "model.manifest.json"
WAY_OUT = "export it again, or copy the whole folder again"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return make_weights(tmp_path_factory.mktemp("trained") / "weights.safetensors")


@pytest.fixture
def folder(weights, tmp_path):
    export(weights, tmp_path / "network")
    return tmp_path / "network"


def export(weights, out):
    cli.main(["export", "--weights", str(weights), "--out", str(out)])


def refused(capsys, weights, out):
    with pytest.raises(SystemExit):
        export(weights, out)
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    return error


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", [MODEL, CONFIG, MODULE, CARD, SEAL])
def test_a_file_of_others_is_not_written_over(weights, tmp_path, capsys, name):
    (tmp_path / name).write_text("mine")
    said = refused(capsys, weights, tmp_path)
    assert f"{tmp_path / name} is there already and not of this network: name another" in said
    assert contents(tmp_path) == {name: b"mine"}


def test_a_folder_of_another_network_is_left_and_one_of_the_same_is_made_whole(
    folder, weights, tmp_path, capsys
):
    before = contents(folder)
    other = make_weights(tmp_path / "weights.safetensors", seed=1)
    assert "is there already and not of this network" in refused(capsys, other, folder)
    assert contents(folder) == before
    (folder / MODULE).unlink()
    (folder / CONFIG).write_text("{")
    export(weights, folder)
    export(folder, folder)
    assert contents(folder) == before


def test_a_place_that_cannot_be_a_folder_is_refused_before_anything_is_loaded(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    for out in ("", tmp_path / "file", tmp_path / "file/below", "/proc/x"):
        said = refused(capsys, "/nowhere/weights.safetensors", out)
        assert "error: --out" in said and "/nowhere" not in said


@pytest.mark.parametrize("name", [MODEL, CONFIG, MODULE, CARD, SEAL])
def test_every_damage_ends_with_the_same_way_out(folder, name):
    path, whole = folder / name, (folder / name).read_bytes()
    path.write_bytes(whole[:-9] + b"x" * 9)
    with pytest.raises(ArtifactError, match=f"{name}.*{WAY_OUT}$"):
        weights_file(folder)
    path.unlink()
    with pytest.raises(ArtifactError, match=f"{name}.*{WAY_OUT}$"):
        weights_file(folder)


def test_a_folder_of_a_run_is_told_of_the_weights_in_it(weights, tmp_path):
    shutil.copy(weights, tmp_path)
    with pytest.raises(ArtifactError, match=rf"give {tmp_path}/weights.safetensors, which lies th"):
        weights_file(tmp_path)

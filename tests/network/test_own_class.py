"""The class of a user's own process goes with its network, and no other class takes its place."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.config import read_process
from beyond_blur.network.export import export
from beyond_blur.network.exported import CARD, CLASS, CONFIG
from beyond_blur.network.weights import load_network
from beyond_blur.storage import artifacts
from beyond_blur.storage.atomic import ArtifactError
from trained_weights import make_weights

EXAMPLE = Path(__file__).parents[2] / "docs/own_process.py"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Where a network of an own process was trained, with the class beside it."""
    home = tmp_path / "home-of-the-author"
    home.mkdir()
    shutil.copy(EXAMPLE, home / "mine.py")
    np.savez(tmp_path / "images.npz", images=np.zeros((3, 8, 8), np.uint8))
    monkeypatch.chdir(home)
    return home


def trained(home, file):
    process = {"kind": "own", "file": str(file), "class_name": "Pixelation"}
    return make_weights(home / "weights.safetensors", read_process(process))


def sample(weights, out, capsys=None):
    command = ["sample", "--weights", weights, "--images", out.parent / "images.npz", "--n", 2,
               "--out", out]  # fmt: skip
    if capsys is None:
        return cli.main(list(map(str, command)))
    with pytest.raises(SystemExit):
        cli.main(list(map(str, command)))
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and not out.exists(), error
    return error


@pytest.mark.parametrize("relative", [True, False])
def test_the_folder_runs_its_own_class_wherever_it_lies(home, tmp_path, monkeypatch, relative):
    file = "mine.py" if relative else home / "mine.py"
    export(trained(home, file), tmp_path / "folder")
    sample(home / "weights.safetensors", tmp_path / "there.safetensors")
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(home)
    for name in (CLASS, "mine.py"):
        (tmp_path / name).write_text("raise SystemExit('the class of another')")
    shutil.move(tmp_path / "folder", tmp_path / "moved")
    sample("moved", tmp_path / "here.safetensors")
    sample("moved/model.safetensors", tmp_path / "by_file.safetensors")
    arrays = [artifacts.load(tmp_path / f"{name}.safetensors", "samples").arrays["samples"]
              for name in ("there", "here", "by_file")]  # fmt: skip
    assert np.array_equal(arrays[0], arrays[1]) and np.array_equal(arrays[0], arrays[2])
    files = [one for one in Path("moved").iterdir() if one.is_file()]  # not what Python compiled
    assert all(home.name.encode() not in one.read_bytes() for one in files)
    export("moved", Path("again"))
    for one in files:
        assert (Path("again") / one.name).read_bytes() == one.read_bytes()


def test_the_card_and_the_options_name_the_class_of_the_folder(home, tmp_path):
    export(trained(home, "mine.py"), tmp_path / "folder")
    assert (tmp_path / "folder" / CLASS).read_bytes() == EXAMPLE.read_bytes()
    config = json.loads((tmp_path / "folder" / CONFIG).read_text())
    assert config["process"]["file"] == CLASS
    assert "`sample` runs that file: read it first" in (tmp_path / "folder" / CARD).read_text()


def test_a_class_that_was_changed_or_is_missing_is_refused(home, tmp_path, capsys):
    export(trained(home, "mine.py"), tmp_path / "folder")
    mine, theirs = home / "mine.py", tmp_path / "folder" / CLASS
    text = EXAMPLE.read_text()
    mine.write_text(text + "\n# a comment is no other class\n")
    sample(home / "weights.safetensors", tmp_path / "out.safetensors")
    for file in (mine, theirs):
        file.write_text(text.replace("sigma: float = 0.01", "sigma: float = 0.5"))
    out = tmp_path / "refused.safetensors"
    said = sample(home / "weights.safetensors", out, capsys)
    assert "the network was trained with other code than mine.py holds: put the file back" in said
    with pytest.raises(ArtifactError, match=r"was trained with other code than mine.py holds"):
        export(home / "weights.safetensors", tmp_path / "other")
    assert not (tmp_path / "other").exists()
    assert f"{CLASS} is not what was written" in sample(tmp_path / "folder", out, capsys)
    with pytest.raises(ArtifactError, match=r"other code than .*/folder/process.py holds: export"):
        load_network(tmp_path / "folder/model.safetensors")
    mine.unlink()
    said = sample(home / "weights.safetensors", out, capsys)
    assert "the class in mine.py, which does not exist: work in the folder that it was" in said

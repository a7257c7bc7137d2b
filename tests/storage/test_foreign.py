"""A file given for a result is named as what it is, and nothing foreign is to be deleted."""

import gzip
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import save_file

from beyond_blur.storage import artifacts
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.foreign import kind_of_bytes, what_is


def training_state(path):
    history = '{"window": 1, "recent": 0.5}'
    state = {"identity": "0" * 64, "history": history, "model": {"a": torch.zeros(3)}}
    with path.open("wb") as file:
        torch.save(state, file)


def tar(path):
    with tarfile.open(path, "w") as file:
        file.addfile(tarfile.TarInfo("a"))


def zip_of_pictures(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("0.png", b"")


FOREIGN = {
    "a training state: give the weights.safetensors": training_state,
    "a file of PyTorch": lambda path: torch.save({"a": torch.zeros(3)}, path),
    "a safetensors file of another program.*: give the weights.safetensors that training": (
        lambda path: save_file({"a": np.zeros(3)}, path, metadata={"format": "pt"})
    ),
    "an npz file of NumPy": lambda path: np.savez(path.open("wb"), images=np.zeros(3)),
    r"a \.npy array of NumPy": lambda path: np.save(path.open("wb"), np.zeros(3)),
    "a zip archive": zip_of_pictures,
    "a tar archive": tar,
    "a gzip file": lambda path: path.write_bytes(gzip.compress(b"a")),
    "a Python pickle": lambda path: path.write_bytes(pickle.dumps([1])),
    "a PNG picture": lambda path: Image.new("L", (4, 4)).save(path, format="PNG"),
    "a JPEG picture": lambda path: Image.new("L", (4, 4)).save(path, format="JPEG"),
    r"a PostScript document \(EPS\)": lambda path: Image.new("L", (4, 4)).save(path, format="EPS"),
    "a text file": lambda path: path.write_text("Péclet = 0.1\n" * 1000, encoding="utf-8"),
    r"a web page \(HTML\)": lambda path: path.write_text("\n<!DOCTYPE html><html>404"),
    "a pointer of Git LFS": lambda path: path.write_text("version https://git-lfs.github.com/spec"),
    "an idx file": lambda path: path.write_bytes(b"\0\0\x08\x03" + bytes(12)),
    "full of zeros": lambda path: path.write_bytes(bytes(9999)),
    "empty": lambda path: path.write_bytes(b""),
    "a file of unknown kind": lambda path: path.write_bytes(bytes(range(128, 256))),
}


@pytest.mark.parametrize("words", FOREIGN)
def test_a_foreign_file_is_named_and_not_to_be_deleted(tmp_path, words):
    path = tmp_path / "weights.safetensors"
    FOREIGN[words](path)
    with pytest.raises(ArtifactError, match=rf"weights\.safetensors is {words}.*") as refused:
        artifacts.read_manifest(path, "weights")
    said = str(refused.value)
    assert "delete" not in said
    assert said.isprintable() and len(said) < 300


@pytest.mark.parametrize("left", [60, 200, -1])
def test_a_damaged_file_of_this_project_is_to_be_deleted(tmp_path, left):
    path = tmp_path / "a.safetensors"
    artifacts.save(path, {"images": np.zeros((9, 9))}, kind="images", spec={})
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(ArtifactError, match=r"is truncated or damaged: delete it and rerun"):
        artifacts.read_manifest(path)


def test_a_file_that_cannot_be_read_is_said_to_be(tmp_path):
    assert what_is(tmp_path / "none").startswith("unreadable (No such file or directory)")


def test_a_letter_that_is_cut_at_the_end_leaves_a_text_a_text():
    assert kind_of_bytes("Péclé".encode()[:-1]) == "a text file"
    assert kind_of_bytes(b"P\xe9clet of some length") == "a file of unknown kind"

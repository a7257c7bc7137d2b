"""A path is named for what it is by its content, with the kind that reads it or the way out."""

import gzip
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from beyond_blur.config import Dataset
from beyond_blur.data import known_files, readers, recognition
from beyond_blur.data.known_files import said, truncation
from beyond_blur.data.recognition import recognise
from beyond_blur.storage.outputs import checksum_of_file
from data.owners_files import cifar, edm, pictures, png, write_tar, write_zip
from data.pictures import write_idx

DATA = os.environ.get("BEYOND_BLUR_DATA")
PIXELS = np.zeros((3, 8, 8), np.uint8)

MADE = {
    ("npz", "an npz file of NumPy"): lambda p: np.savez(p.open("wb"), images=PIXELS),
    ("idx", "an idx file"): lambda p: write_idx(p, PIXELS),
    ("idx", "an idx file, packed by gzip"): lambda p: p.write_bytes(
        gzip.compress(b"\0\0\x08\x01" + bytes(4))
    ),
    ("cifar", "CIFAR-10"): lambda p: write_tar(p, cifar("python")[0]),
    ("archive", "a zip of pictures"): lambda p: write_zip(p, edm()[0]),
    ("archive", "a tar of pictures"): lambda p: write_tar(p, {"a.png": b"x"}, "w"),
    ("lmdb", "the zip of an LMDB"): lambda p: write_zip(p, {"a/data.mdb": b"x", "a/lock.mdb": b""}),
    ("lmdb", "an LMDB"): lambda p: (p.mkdir(), (p / "data.mdb").touch()),
    ("lmdb", "the data file of an LMDB"): lambda p: p.write_bytes(
        bytes(16) + recognition.LMDB_MAGIC + bytes(range(200))
    ),
    ("parquet", "a Parquet file"): lambda p: p.write_bytes(b"PAR1 PAR1"),
    ("parquet", "a folder of Parquet files"): lambda p: (p.mkdir(), (p / "a.parquet").touch()),
    ("cifar", "CIFAR-10, unpacked"): lambda p: (p.mkdir(), (p / "data_batch_1.bin").touch()),
    ("idx", "a folder of idx files"): lambda p: (
        p.mkdir(), (p / "t10k-labels-idx1-ubyte").touch()
    ),
    ("folder", "a folder"): lambda p: p.mkdir(),
    (None, "a .npy array of NumPy"): lambda p: np.save(p.open("wb"), PIXELS),
    (None, "a Python pickle"): lambda p: p.write_bytes(pickle.dumps([1])),
    (None, "a web page (HTML)"): lambda p: p.write_text("<!DOCTYPE html>404"),
    (None, "a safetensors file of another program, such as an exported model"): lambda p: save_file(
        {"a": PIXELS}, p, metadata={"format": "pt"}
    ),
    (None, "a PNG picture"): lambda p: p.write_bytes(png(pictures(1)[0])),
    (None, "empty"): lambda p: p.touch(),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "words"), MADE, ids=lambda text: str(text))
def test_every_form_is_known_whatever_it_is_called(tmp_path, kind, words):
    path = tmp_path / "x.zip"
    MADE[kind, words](path)
    assert (recognise(path).words, recognise(path).kind) == (words, kind)
    wanted = "idx" if kind == "npz" else "npz"
    lines = list(readers.READERS[wanted].problems(Dataset(kind=wanted, path=str(path))))
    assert len(lines) == 1 and f"dataset.path = {path} is {words}" in lines[0]
    assert kind is None or lines[0].endswith(f"; use dataset.kind: {kind}")
    assert kind is not None or lines[0] != f"dataset.path = {path} is {words}: "


@pytest.mark.parametrize("kind", ["idx", "npz", "cifar", "folder", "archive", "parquet", "lmdb"])
def test_what_a_kind_reads_it_does_not_refuse(tmp_path, kind, monkeypatch):
    monkeypatch.setattr("beyond_blur.data.file_reader.importlib.util.find_spec", lambda name: True)
    for number, (made, words) in enumerate(MADE):
        if made == kind and words != "a folder":  # which has to hold pictures
            path = tmp_path / str(number)
            MADE[made, words](path)
            assert list(readers.READERS[kind].problems(Dataset(kind=kind, path=str(path)))) == []


def test_a_zip_of_many_pictures_is_refused_as_npz_without_their_names(tmp_path):
    write_zip(tmp_path / "a.npz", {f"{i}.png": b"" for i in range(5000)})
    (line,) = readers.READERS["npz"].problems(Dataset(kind="npz", path=str(tmp_path / "a.npz")))
    assert line.endswith("is a zip of pictures; use dataset.kind: archive")


@pytest.mark.parametrize("write", [
    lambda path: write_zip(path, {"a.png": bytes(9999)}),
    lambda path: path.write_bytes(b"PAR1" + bytes(9999) + b"PAR1"),
])  # fmt: skip
def test_a_file_that_lacks_its_end_is_called_truncated(tmp_path, write):
    path = tmp_path / "church_outdoor_val_lmdb.zip"
    write(path)
    assert truncation(path) is None
    content = path.read_bytes()
    path.write_bytes(content[:-200])
    words = f"truncated, {len(content) - 200:,} of 5,957,308 bytes: download it again (python -m "
    assert truncation(path).startswith(words)
    path.rename(tmp_path / "mine")
    assert truncation(tmp_path / "mine").startswith(f"truncated after {len(content) - 200:,} bytes")


def test_a_truncated_file_of_mnist_is_called_so_and_a_whole_one_of_ones_own_is_not(tmp_path):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    noise = np.random.default_rng(0).integers(0, 256, (99, 8, 8), dtype=np.uint8)
    write_idx(path, noise)
    assert truncation(path) is None
    path.write_bytes(path.read_bytes()[:-50])
    assert "of 9,912,422 or 26,421,880 bytes" in truncation(path)


def test_a_known_file_is_known_by_its_checksum_and_not_by_its_name(tmp_path, monkeypatch):
    content = b"whole"
    (tmp_path / "a.gz").write_bytes(content)
    checksum = checksum_of_file(tmp_path / "a.gz")
    file = known_files.PublishedFile("a.gz", len(content), checksum)
    monkeypatch.setattr(known_files, "KNOWN", (("cifar10", file),))
    assert said(tmp_path / "a.gz", checksum_of_file) == "a.gz, complete (CIFAR-10)"
    (tmp_path / "a.gz").write_bytes(b"other")
    assert "not with its owners' checksum" in said(tmp_path / "a.gz", checksum_of_file)
    (tmp_path / "b").write_bytes(b"longer than that")
    assert said(tmp_path / "b", pytest.fail) is None


@pytest.mark.skipif(DATA is None, reason="BEYOND_BLUR_DATA names no folder")
@pytest.mark.parametrize(("name", "first", "classes"), [
    ("mnist", [5, 0, 4], ("0", "1", "2")),
    ("fashion-mnist", [9, 0, 0], ("T-shirt/top", "Trouser", "Pullover")),
])  # fmt: skip
def test_the_real_files_of_equal_names_are_told_apart(name, first, classes):
    folder = Path(DATA) / name
    source = readers.open_source(Dataset(kind="idx", path=str(folder), size=28))
    assert len(source) == 70_000 and source.held_out.sum() == 10_000
    assert not source.held_out[:60_000].any()
    assert source.labels[:3].tolist() == first and source.classes[:3] == classes
    assert len(source.remarks) == 4 and all("complete" in one for one in source.remarks)


@pytest.mark.skipif(DATA is None, reason="BEYOND_BLUR_DATA names no folder")
def test_real_files_of_both_sets_in_one_folder_are_refused(tmp_path):
    for name, file in (("mnist", "train-images-idx3"), ("fashion-mnist", "train-labels-idx1")):
        shutil.copy(Path(DATA) / name / f"{file}-ubyte.gz", tmp_path)
    with pytest.raises(ValueError, match="files of fashion-mnist and mnist, which have equal"):
        readers.open_source(Dataset(kind="idx", path=str(tmp_path), size=28))


@pytest.mark.skipif(DATA is None, reason="BEYOND_BLUR_DATA names no folder")
def test_the_real_zip_of_photographs_is_read_with_its_classes():
    path = Path(DATA) / "tiny-imagenet/tiny_imagenet_40x100.zip"
    source = readers.open_source(Dataset(kind="archive", path=str(path), size=64, channels=3))
    assert len(source) == 4000 and len(source.classes) == 40
    assert np.bincount(source.labels).tolist() == [100] * 40
    assert source.read(0).shape == (64, 64, 3)

"""CIFAR-10's files are read as they are, and no pickle runs anything."""

import os
import pickle
import re

import numpy as np
import pytest

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import readers
from beyond_blur.data.cifar import read_cifar
from beyond_blur.data.cifar_pickle import read_pickle
from data.owners_files import CLASSES, cifar, write_tar

VERSIONS = ("binary", "python")


def unpack(folder, members):
    for name, content in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("form", ["tar.gz", "tar", "folder above", "folder"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_form_gives_the_same_images_labels_and_split(tmp_path, version, form):
    members, pixels, labels = cifar(version)
    path = tmp_path / f"cifar-10-{version}.{form}"
    if form.startswith("tar"):
        write_tar(path, members, "w:gz" if form == "tar.gz" else "w")
    else:
        unpack(path, members)
        path = path if form == "folder above" else next(path.iterdir())
    dataset = Dataset(kind="cifar", path=str(path))
    assert list(readers.READERS["cifar"].problems(dataset)) == []
    source = readers.open_source(dataset)
    np.testing.assert_array_equal(source.pixels, pixels)
    np.testing.assert_array_equal(source.labels, labels)
    assert source.classes == CLASSES
    assert source.held_out.tolist() == [False] * 20 + [True] * 4


@pytest.mark.parametrize("version", VERSIONS)
def test_one_batch_is_read_by_itself_and_nobody_holds_it_out(tmp_path, version):
    members, pixels, _ = cifar(version)
    unpack(tmp_path, members)
    file = next(file for file in tmp_path.rglob("data_batch_2*"))
    source = read_cifar(file)
    np.testing.assert_array_equal(source.pixels, pixels[4:8])
    assert source.held_out is None


def test_without_labels_there_are_no_classes(tmp_path):
    write_tar(tmp_path / "a.tar.gz", cifar("binary")[0])
    source = read_cifar(tmp_path / "a.tar.gz", labelled=False)
    assert source.labels is None and source.classes is None


def test_batches_that_are_missing_are_said(tmp_path):
    members = {name: content for name, content in cifar("binary")[0].items() if "_3" not in name}
    write_tar(tmp_path / "a.tar.gz", members)
    remarks = read_cifar(tmp_path / "a.tar.gz").remarks
    assert len(remarks) == 1 and "data_batch_2, data_batch_4" in remarks[0]


def test_a_truncated_archive_is_called_so_with_the_bytes_that_are_missing(tmp_path):
    path = tmp_path / "cifar-10-binary.tar.gz"
    write_tar(path, cifar("binary")[0])
    whole = path.read_bytes()
    path.write_bytes(whole[:-1001])
    message = f"truncated, {len(whole) - 1001:,} of 170,052,171 bytes"
    assert message in " ".join(
        readers.READERS["cifar"].problems(Dataset(kind="cifar", path=str(path)))
    )
    with pytest.raises(ConfigError, match=message):
        read_cifar(path)


@pytest.mark.parametrize(("change", "words"), [
    (lambda members: members | {"b/data_batch_1.bin": bytes(3074)}, "not a multiple of 3,073"),
    (lambda members: members | {"b/data_batch_1.bin": b"\x0b" + bytes(3072)}, "labels up to 11"),
    (lambda members: {"b/other.bin": b""}, "holds no batches of CIFAR-10"),
    (lambda members: {"b/data_batch_1": pickle.dumps({b"fine_labels": [1]}, 2)},
     r"holds \['fine_labels'\]"),
])  # fmt: skip
def test_other_files_are_refused_in_one_line(tmp_path, change, words):
    members = {f"b/{name.rpartition('/')[2]}": v for name, v in cifar("binary")[0].items()}
    write_tar(tmp_path / "a.tar.gz", change(members))
    with pytest.raises(ConfigError, match=words) as refused:
        read_cifar(tmp_path / "a.tar.gz")
    assert "\n" not in str(refused.value)


class Runs:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_a_pickle_that_calls_anything_else_is_refused_and_nothing_is_called(tmp_path, protocol):
    marker = tmp_path / "called"
    for call in ((os.mkdir, (str(marker),)), (eval, ("1",)), (np.load, (str(marker),))):
        content = pickle.dumps({b"data": Runs(*call)}, protocol)
        with pytest.raises(ConfigError, match=r"it names [\w.]+, which CIFAR-10's files do not"):
            read_pickle(content, "file")
    assert not marker.exists()


@pytest.mark.parametrize(("content", "words"), [
    (b"\x80\x02", "damaged"),
    (b"\x80\x02K\x01.", "it is no dictionary"),
    (b"\x80\x02}r\xff\xff\xff\x7f.", "numbers more values than it can hold"),
    (b"\x80\x05\x96\xff\xff\xff\xff\xff\x00\x00\x00.", "damaged"),
    (pickle.dumps({b"a": {1}}, 4), "instruction EMPTY_SET"),
    (pickle.dumps({b"data": np.zeros(3)}, 2), "not of bytes"),
    (pickle.dumps({b"data": np.zeros(3, object)}, 2), "not of bytes"),
])  # fmt: skip
def test_a_pickle_that_is_damaged_or_made_to_mislead_is_refused(content, words):
    with pytest.raises(ConfigError, match=re.escape(words)) as refused:
        read_pickle(content, "file")
    assert "\n" not in str(refused.value)

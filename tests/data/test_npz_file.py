"""An npz file is unpacked only where its headers agree with its bytes and with the memory."""

import io
import zipfile

import numpy as np
import pytest
from numpy.lib import format as npy

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import image_sets, memory, readers
from beyond_blur.data.npz import read_npz

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 6, 5), dtype=np.uint8)


def npy_bytes(shape, values, descr="|u1"):
    file = io.BytesIO()
    npy.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue() + values


def zipped(path, compression=zipfile.ZIP_DEFLATED, **members):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def claims_64_gb(path):
    """A header of 64 GB before a few bytes."""
    return zipped(path, images=npy_bytes((2**14, 2048, 2048), b"few"))


def claims_64_gb_twice(path):
    """The zip's record of the size agrees with the header; the compressed bytes do not."""
    header = npy_bytes((2**10, 2**10, 2**10), b"")
    with zipfile.ZipFile(zipped(path, images=header)) as file:
        record = file.getinfo("images.npy")
    size = len(header)
    content = path.read_bytes().replace(
        size.to_bytes(4, "little") + b"\x0a\0", (size + 2**30).to_bytes(4, "little") + b"\x0a\0"
    )
    assert record.file_size == size
    path.write_bytes(content)
    return path


def truncated(path):
    np.savez(path, images=PIXELS)
    path.write_bytes(path.read_bytes()[:-30])
    return path


def altered(path):
    """A flipped pixel: the zip's own check of each array tells."""
    np.savez(path, images=PIXELS)
    content = path.read_bytes()
    at = content.index(PIXELS.tobytes()) + 7
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    return path


def encrypted(path):
    np.savez(path, images=PIXELS)
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    return path


def pickled(path):
    np.savez(path, images=np.array([{"a": 1}], object))
    return path


def bare_npy(path):
    with path.open("wb") as file:
        np.save(file, PIXELS)
    return path


def many_names(path):
    with zipfile.ZipFile(path, "w") as file:
        for i in range(7_000):
            file.writestr(f"00000/img{i:08}.png", b"")
    return path


def text(path):
    path.write_text("<html>not found</html>")
    return path


BAD = {
    claims_64_gb: "array images says that it has .* truncated or damaged",
    claims_64_gb_twice: "array images says that it has .* truncated or damaged",
    truncated: "is truncated or not an npz file",
    altered: "array images is truncated or damaged",
    encrypted: "array images is encrypted",
    pickled: r"array images holds Python objects \(a pickle\)",
    bare_npy: r"not an npz file .*it is a \.npy array of NumPy.*np\.savez",
    many_names: "'00000/img00000004.png'. and 6,995 more",
    text: r"it is a web page \(HTML\)",
    lambda p: zipped(p, zipfile.ZIP_LZMA, images=npy_bytes((1, 1, 1), b"0")): "packed otherwise",
    lambda p: zipped(p, images=npy_bytes((3, 8, 0), b"")): r"expected uint8 .*shape",
    lambda p: zipped(p, images=npy_bytes((-1, -2, 3), bytes(6))): "truncated or damaged",
    lambda p: zipped(p, images=b"\x93NUMPY\x03\0" + bytes(9)): "of no version",
    lambda p: zipped(p, images=b""): "truncated or damaged",
}


@pytest.mark.parametrize("make", BAD)
def test_bad_npz_files_are_refused_in_one_line_by_both_readers(tmp_path, make):
    path = make(tmp_path / "a.npz")
    for read in (read_npz, image_sets.read_images):
        with pytest.raises(ValueError, match=BAD[make]) as refused:
            read(path)
        said = str(refused.value)
        assert said.startswith(str(path)) and "\n" not in said and len(said) < 500


def test_an_array_larger_than_the_free_memory_is_refused(tmp_path, monkeypatch):
    np.savez(tmp_path / "a.npz", images=PIXELS)
    monkeypatch.setattr(memory, "free_memory", lambda: 119)
    with pytest.raises(ConfigError, match=r"a\.npz says that it unpacks to 0\.0 GiB, more than"):
        read_npz(tmp_path / "a.npz")
    monkeypatch.setattr(memory, "free_memory", lambda: 120)
    np.testing.assert_array_equal(read_npz(tmp_path / "a.npz").pixels[:, 0], PIXELS)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_read_as_numpy_reads_them(tmp_path, save, order):
    save(tmp_path / "a.npz", images=np.asarray(PIXELS, order=order), labels=np.arange(4))
    images = read_npz(tmp_path / "a.npz")
    np.testing.assert_array_equal(images.pixels[:, 0], PIXELS)
    assert images.labels.tolist() == [0, 1, 2, 3]


def test_a_bare_array_as_a_dataset_is_refused_in_one_line(tmp_path):
    np.save(tmp_path / "a.npy", PIXELS)
    with pytest.raises(ConfigError, match=r"a\.npy is .* not an npz file"):
        readers.open_source(Dataset(kind="npz", path=str(tmp_path / "a.npy"), size=8))

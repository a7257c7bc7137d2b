"""Whatever is no readable regular file is refused by name, in one line, by every reader."""

import os
from pathlib import Path

import numpy as np
import pytest

from beyond_blur.config import ConfigError
from beyond_blur.data import image_sets
from beyond_blur.data.idx import read_idx
from beyond_blur.data.npz import read_npz
from beyond_blur.data.picture_headers import read_header
from beyond_blur.data.picture_values import read_picture
from beyond_blur.storage.opening import open_file, shown

READERS = {
    "idx": read_idx,
    "npz": read_npz,
    "picture": read_picture,
    "header": read_header,
}


@pytest.fixture(params=READERS.values(), ids=READERS)
def read(request):
    return request.param


@pytest.fixture
def odd_files(tmp_path):
    """Paths that are no readable files, and the words of their refusals."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    return {
        tmp_path / "gone": "gone does not exist: correct the path, or make it",
        tmp_path / "folder": "folder is a folder, not a file",
        tmp_path / "pipe": "pipe is a pipe or a device, not a file",
        Path("/dev/zero"): "/dev/zero is a pipe or a device",
        tmp_path / ("x" * 300): "xx cannot be read: a name in the path is longer",
        tmp_path / "loop": "loop cannot be read: symbolic links lead round",
    }


def test_what_is_no_file_is_refused_by_name(read, odd_files):
    for path, words in odd_files.items():
        with pytest.raises(ConfigError, match=words) as refused:
            read(path)
        assert "\n" not in str(refused.value)


def test_a_file_without_permission_is_refused_by_name(read, tmp_path, monkeypatch):
    """As its owner sees it; root may read every file."""
    path = tmp_path / "secret"
    path.write_bytes(b"")

    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigError, match="secret cannot be read: permission denied"):
        read(path)


def test_a_name_of_several_lines_is_told_in_one(read, tmp_path):
    path = tmp_path / "a\nb\udcff"
    path.write_bytes(b"hello")
    with pytest.raises(ConfigError) as refused:
        read(path)
    assert str(refused.value).startswith(repr(str(path)))
    assert str(refused.value).isprintable()


def test_ordinary_names_are_shown_as_they_are():
    assert shown("a/Péclet 1.png") == "a/Péclet 1.png"


def test_an_error_while_reading_names_the_file(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"a cannot be read: .*input/output error"):  # noqa: SIM117
        with open_file(tmp_path / "a"):
            raise OSError(5, "Input/output error")


@pytest.mark.parametrize("suffix", [".npz", ".idx", ".gz"])
def test_sets_to_evaluate_are_read_by_the_same_readers(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.mkdir()
    (path / "0.png").write_bytes(b"\x89PNG")
    with pytest.raises(ConfigError, match=r"0\.png cannot be read as an image"):
        image_sets.read_images(path)
    other = tmp_path / f"b{suffix}"
    other.write_bytes(np.random.default_rng(0).bytes(99))
    with pytest.raises(ConfigError, match=f"b{suffix} is "):
        image_sets.read_images(other)

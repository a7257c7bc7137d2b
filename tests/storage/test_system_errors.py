"""A file that cannot be written is named, with why, and with how much room there was."""

import errno
import os
import resource
import shutil
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors import SafetensorError

from beyond_blur.storage import artifacts, atomic, system_errors
from beyond_blur.storage.system_errors import WriteError


@pytest.fixture
def full(monkeypatch):
    """A disk with 1 kB left."""
    usage = SimpleNamespace(free=1000)
    monkeypatch.setattr(system_errors.shutil, "disk_usage", lambda path: usage)


@contextmanager
def limit(kind, value):
    """A limit of this process, for a while."""
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def refusal(path, error, wanted=None):
    """What is said of an error while 30 bytes were written."""
    with pytest.raises(WriteError) as told, atomic.atomic(path, wanted) as temporary:
        temporary.write_bytes(b"x" * 30)
        raise error
    assert not list(path.parent.iterdir())
    return str(told.value), told.value.errno


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("error", [
    OSError(errno.ENOSPC, "No space left on device"),
    OSError("encoder error -2 when writing image file"),
    BrokenPipeError(errno.EPIPE, "Broken pipe"),
    SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
    RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0"),
])  # fmt: skip
def test_a_full_disk_is_named_with_its_room(tmp_path, error):
    text, number = refusal(tmp_path / "a.pt", error)
    assert text.startswith(f"{tmp_path / 'a.pt'} cannot be written: the disk is full (1 kB free on")
    assert "failed after 30 bytes): make room" in text and number == errno.ENOSPC


@pytest.mark.usefixtures("full")
def test_a_full_disk_says_how_much_was_wanted(tmp_path):
    text, _ = refusal(tmp_path / "a", OSError(errno.ENOSPC, "No space"), wanted=8_000_000)
    assert "8 MB wanted" in text


def test_torchs_own_words_are_led_back_to_the_systems(tmp_path):
    class Refusing:
        def write(self, data):
            raise OSError(errno.EDQUOT, "Disk quota exceeded")

    words = r"state\.pt cannot be written: the disk quota is used up"
    with pytest.raises(WriteError, match=words), atomic.atomic(tmp_path / "state.pt"):
        torch.save({"x": torch.zeros(10)}, Refusing())


def test_arrays_over_the_limit_of_file_sizes_are_one_line(tmp_path):
    """A real refusal of the system, in the middle of a file."""
    path = tmp_path / "a.safetensors"
    with (
        limit(resource.RLIMIT_FSIZE, 4096),
        pytest.raises(WriteError, match="larger than the file"),
    ):
        artifacts.save(path, {"x": np.zeros(10_000)}, kind="images", spec={})
    with (
        limit(resource.RLIMIT_FSIZE, 4096),
        pytest.raises(WriteError, match="larger than the file"),
    ):
        atomic.write_text(path, "x" * 10_000)
    assert not list(tmp_path.glob("*"))


def test_too_many_open_files_are_not_a_missing_file(tmp_path):
    path = tmp_path / "a.safetensors"
    artifacts.save(path, {"x": np.zeros(3)}, kind="images", spec={})
    with limit(resource.RLIMIT_NOFILE, 0):
        with pytest.raises(atomic.ArtifactError) as told:
            artifacts.read_manifest(path)
        with pytest.raises(WriteError, match="too many open files"):
            atomic.write_text(tmp_path / "b", "x")
    assert "cannot be read: too many open files" in str(told.value)
    assert artifacts.read_manifest(path)["kind"] == "images"


def test_places_where_nothing_can_be_written_are_named(tmp_path):
    (tmp_path / "file").touch()
    for path, words in (
        (tmp_path / ("n" * 300), "longer than the file system takes"),
        (tmp_path / "file/a", f"{tmp_path / 'file'}: exists already as something else"),
        (tmp_path, "is a folder, and a file is wanted"),
    ):
        with pytest.raises(WriteError) as told:
            atomic.write_text(path, "x")
        assert str(told.value).startswith(f"{path} cannot be written: ")
        assert words in str(told.value)


def test_another_files_error_and_a_bug_are_left_as_they_are(tmp_path):
    missing = tmp_path / "elsewhere/missing"
    with pytest.raises(FileNotFoundError), atomic.atomic(tmp_path / "a"):
        missing.read_text(encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"^a bug$"), atomic.atomic(tmp_path / "a"):
        raise RuntimeError("a bug")


def test_a_disk_without_inodes_says_so(tmp_path, monkeypatch):
    none = SimpleNamespace(f_files=100, f_favail=0)
    monkeypatch.setattr(system_errors.os, "statvfs", lambda path: none)
    text, _ = refusal(tmp_path / "a", OSError(errno.ENOSPC, "No space"))
    assert "it is out of inodes" in text


@pytest.mark.skipif(os.getuid() != 0, reason="only root mounts a small disk")
def test_a_disk_that_is_really_full_is_named(tmp_path):
    mount = shutil.which("mount")
    if mount is None or os.system(f"{mount} -t tmpfs -o size=100k none {tmp_path} 2>/dev/null"):
        pytest.skip("no small disk can be mounted here")
    try:
        with pytest.raises(WriteError, match=f"free on {tmp_path}, 800 kB wanted"):
            artifacts.save(tmp_path / "a", {"x": np.zeros(100_000)}, kind="images", spec={})
        words = r"state\.pt cannot be written: the disk is full"
        with (
            pytest.raises(WriteError, match=words),
            atomic.atomic(tmp_path / "state.pt") as temporary,
            temporary.open("wb") as file,
        ):
            torch.save({"x": torch.zeros(100_000)}, file)
        assert not list(tmp_path.iterdir())
    finally:
        os.system(f"umount {tmp_path}")

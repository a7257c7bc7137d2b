"""A file is whole or it is not there."""

import os

import numpy as np
import pytest

from beyond_blur.storage import artifacts, atomic


def test_an_interrupted_write_leaves_the_old_result(tmp_path):
    path = tmp_path / "a.txt"
    atomic.write_text(path, "old")
    with pytest.raises(KeyboardInterrupt), atomic.atomic(path) as temporary:
        temporary.write_text("ne")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_results_are_as_readable_as_other_files(tmp_path):
    other = tmp_path / "other"
    other.write_text("")
    atomic.write_text(tmp_path / "table.csv", "a,b")
    artifacts.save(tmp_path / "a.safetensors", {"x": np.zeros(3)}, kind="images", spec={})
    modes = {path.name: path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 3 and set(modes.values()) == {other.stat().st_mode}


def test_a_result_is_on_the_disk_before_it_takes_its_name(tmp_path, monkeypatch):
    """Power may fail at any time: then the old result is there, or the whole new one."""
    path, order = tmp_path / "a.json", []
    atomic.write_text(path, "old")
    fsync = os.fsync

    def noted(handle):
        order.append((path.read_text(), os.fstat(handle).st_size))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    atomic.write_json(path, {"new": 1})
    assert order == [("old", path.stat().st_size)]
    assert atomic.read_json(path) == {"new": 1}

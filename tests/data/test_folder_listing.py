"""A folder is listed once for every verb: its pictures, and whatever else lies there is counted."""

import os

import numpy as np
import pytest
from PIL import Image

from beyond_blur.config import Dataset
from beyond_blur.data import readers
from beyond_blur.data.listing import fingerprint, list_folder

PICTURE = Image.fromarray(np.zeros((4, 4), np.uint8))


def put(folder, *names, content=None):
    """Files below a folder: pictures, or of the given content."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            PICTURE.save(folder / name, format="PNG")
        else:
            (folder / name).write_bytes(content)
    return folder


def test_pictures_of_every_suffix_are_listed_in_the_order_of_their_paths(tmp_path):
    names = ["a/2.JFIF", "a/b/1.png", "a-1/1.gif", "9.avif", "0.jp2", "1.TIF"]
    assert list_folder(put(tmp_path, *names)).names == sorted(names, key=lambda n: n.split("/"))


def test_hidden_files_and_folders_are_left_out_and_counted(tmp_path):
    put(tmp_path, "a.png", ".hidden.png", ".Trash-0/1.png", ".ipynb_checkpoints/a-checkpoint.png")
    put(tmp_path, "._a.png", "__MACOSX/._a.png", "b/.DS_Store", content=b"\0\5\x16\7")
    found = list_folder(tmp_path)
    assert (found.names, found.hidden_files, found.hidden_folders) == (["a.png"], 3, 3)


def test_a_folder_may_itself_lie_in_a_hidden_one(tmp_path):
    assert list_folder(put(tmp_path / ".cache/set", "a.png")).names == ["a.png"]


def test_files_without_a_suffix_are_pictures_by_their_content(tmp_path):
    put(tmp_path, "1f3870be")
    put(tmp_path, "LICENSE", "notes.txt", "labels.json", "b.txt", content=b"hello")
    found = list_folder(tmp_path)
    assert found.names == ["1f3870be"]
    assert found.others == {"no suffix": 1, ".txt": 2, ".json": 1}


def test_links_to_files_and_folders_are_followed(tmp_path):
    put(tmp_path / "elsewhere", "1.png", "deep/2.png")
    put(tmp_path / "in", "real/0.png")
    (tmp_path / "in/linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in/real/9.png").symlink_to(tmp_path / "elsewhere/1.png")
    found = list_folder(tmp_path / "in")
    assert found.names == ["linked/1.png", "linked/deep/2.png", "real/0.png", "real/9.png"]
    assert not found.again and not found.lost


def test_links_that_lead_round_end_and_a_folder_goes_by_its_own_name(tmp_path):
    put(tmp_path, "a/1.png", "z/deep/2.png")
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "z/deep")
    found = list_folder(tmp_path)
    assert found.names == ["a/1.png", "z/deep/2.png"]
    assert sorted(found.again) == [("a/up", "the folder itself"), ("b", "z/deep")]


def test_links_that_lead_nowhere_are_named(tmp_path):
    put(tmp_path, "a.png")
    for name in ("gone.png", "unmounted", "gone.txt", ".gone.png"):
        (tmp_path / name).symlink_to(tmp_path / "no" / "such")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert list_folder(tmp_path).lost == [
        ("gone.png", "a link that leads nowhere"),
        ("loop.png", "symbolic links lead round in a circle"),
        ("pipe.png", "a pipe or a device"), ("unmounted", "a link that leads nowhere"),
    ]  # fmt: skip


def test_folders_of_others_are_named(tmp_path, monkeypatch):
    """As any user but root sees them."""
    put(tmp_path, "a/1.png", "secret/2.png")
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = list_folder(tmp_path)
    assert (found.names, found.lost) == (["a/1.png"], [("secret", "permission denied")])


def overwrite(folder):
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(folder / "a/1.png")


CHANGES = {
    "added": lambda folder: put(folder, "a/3.png"),
    "removed": lambda folder: (folder / "a/1.png").unlink(),
    "renamed": lambda folder: (folder / "a/1.png").rename(folder / "a/0.png"),
    "of another class": lambda folder: (folder / "a/1.png").rename(folder / "b/1.png"),
    "of another size": overwrite,
    "of another date": lambda folder: os.utime(folder / "a/1.png", (1e9, 1e9)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_folder_that_changes_is_another_dataset(tmp_path, change):
    spec = Dataset(kind="folder", path=str(put(tmp_path, "a/1.png", "b/2.png")))
    before = readers.content(spec, pytest.fail)
    assert readers.content(spec, pytest.fail) == before
    change(tmp_path)
    assert readers.content(spec, pytest.fail) != before


def test_a_copy_that_keeps_dates_and_files_that_are_no_pictures_change_nothing(tmp_path):
    import shutil

    put(tmp_path / "a", "1.png", "x/2.png")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    assert fingerprint(tmp_path / "b") == fingerprint(tmp_path / "a")
    put(tmp_path / "b", "notes.txt", ".hidden.png", content=b"hello")
    assert fingerprint(tmp_path / "b") == fingerprint(tmp_path / "a")

"""Pictures in archives are those of the same folder, and nothing is unpacked that is no picture."""

import json
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import readers
from beyond_blur.data.archive import common_root
from data.owners_files import edm, pictures, png, write_tar, write_zip


def opened(path, **options):
    dataset = Dataset(kind="archive", path=str(path), size=8, channels=3, **options)
    assert list(readers.READERS["archive"].problems(dataset)) == []
    return readers.open_source(dataset)


def written(folder, form, members):
    path = folder / f"pictures.{form}"
    if form == "zip":
        write_zip(path, members)
    elif form == "deflated.zip":
        write_zip(path, members, zipfile.ZIP_DEFLATED)
    else:
        write_tar(
            path,
            members,
            {"tar": "w", "tar.gz": "w:gz", "tar.xz": "w:xz", "tar.bz2": "w:bz2"}[form],
        )
    return path


@pytest.mark.parametrize("form", ["zip", "deflated.zip", "tar", "tar.gz", "tar.xz", "tar.bz2"])
def test_pictures_and_classes_are_those_of_the_folders(tmp_path, form):
    made = pictures(6)
    names = ["b/0.png", "a/1.png", "a/0.png", "b/2.png", "c/x.png", "a/2.png"]
    members = {f"top/{name}": png(one) for name, one in zip(names, made, strict=True)}
    hidden = {"top/.hidden.png": b"x", "__MACOSX/top/a/._1.png": b"x", "top/notes.txt": b"x"}
    source = opened(written(tmp_path, form, members | hidden))
    assert [source.name(row).rpartition(": ")[2] for row in range(6)] == sorted(names)
    assert source.classes == ("a", "b", "c") and source.labels.tolist() == [0, 0, 0, 1, 1, 2]
    order = np.argsort(names)
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(source.read, list(range(6)) * 20))
    np.testing.assert_array_equal(read, made[order][list(range(6)) * 20])
    assert "6 pictures, 3 classes, 2 hidden files skipped" in source.remarks[0]
    assert "1 other file left out (.txt)" in source.remarks[0]


def test_a_zip_of_edm_has_the_labels_of_its_list_and_no_classes_of_its_folders(tmp_path):
    members, made = edm()
    write_zip(tmp_path / "edm.zip", members)
    source = opened(tmp_path / "edm.zip")
    assert source.labels.tolist() == [0, 1, 2, 0, 1, 2] and source.classes is None
    np.testing.assert_array_equal(source.read(3), made[3])
    assert opened(tmp_path / "edm.zip", labels="none").labels is None
    write_zip(tmp_path / "none.zip", members | {"dataset.json": b'{"labels": null}'})
    assert opened(tmp_path / "none.zip").labels is None


@pytest.mark.parametrize("listed", [b"[", b"[]", b'{"labels": [["00000/img00000000.png", 1]]}',
                                    b'{"labels": 3}', b"[" * 100_000])  # fmt: skip
def test_a_list_of_labels_that_is_not_whole_is_left_out_and_said(tmp_path, listed):
    write_zip(tmp_path / "edm.zip", edm()[0] | {"dataset.json": listed})
    source = opened(tmp_path / "edm.zip")
    assert source.labels is None and any("dataset.json" in one for one in source.remarks)


def test_the_owners_split_is_found_in_an_archive(tmp_path):
    names = ["afhq/train/cat/0.png", "afhq/train/dog/0.png", "afhq/val/dog/0.png"]
    write_zip(tmp_path / "a.zip", dict.fromkeys(names, png(pictures(1)[0])))
    source = opened(tmp_path / "a.zip")
    assert source.held_out.tolist() == [False, False, True]
    assert source.classes == ("cat", "dog") and source.labels.tolist() == [0, 1, 1]


def test_all_pictures_that_cannot_be_read_are_named_at_once_or_left_out(tmp_path):
    good = {f"{i}.png": png(one) for i, one in enumerate(pictures(3))}
    write_zip(tmp_path / "a.zip", good | {"bad.png": b"text", "worse.jpg": b""})
    with pytest.raises(ConfigError, match=r"2 of 5 pictures .*: bad.png .*worse.jpg"):
        opened(tmp_path / "a.zip")
    assert len(opened(tmp_path / "a.zip", unreadable="skip")) == 3


def test_damage_within_a_picture_is_found_by_the_zips_checksum_and_names_it(tmp_path):
    path = tmp_path / "a.zip"
    write_zip(path, {"one.png": png(pictures(1)[0])})
    content = bytearray(path.read_bytes())
    content[content.index(b"IDAT") + 10] ^= 255
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"a\.zip.*one\.png cannot be read as an image .*CRC"):
        opened(path).read(0)


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz", "tar.xz", "tar.bz2"])
def test_a_truncated_archive_is_called_so(tmp_path, form):
    path = written(tmp_path, form, {f"{i}.png": png(one) for i, one in enumerate(pictures(50))})
    path.write_bytes(path.read_bytes()[:-15000])
    dataset = Dataset(kind="archive", path=str(path), size=8, channels=3)
    with pytest.raises(ConfigError, match="truncated") as refused:
        for line in readers.READERS["archive"].problems(dataset):
            raise ConfigError(line)
        readers.open_source(dataset)
    assert "\n" not in str(refused.value)


def test_an_archive_without_pictures_says_what_it_holds(tmp_path):
    write_zip(tmp_path / "a.zip", {"a.txt": b"x", "b.csv": b"x"})
    dataset = Dataset(kind="archive", path=str(tmp_path / "a.zip"))
    with pytest.raises(ConfigError, match=r"holds no images .*2 other files left out"):
        readers.open_source(dataset)


def test_the_content_of_a_zip_is_that_of_its_pictures_wherever_and_whenever_packed(tmp_path):
    members = edm()[0]
    for name in ("a.zip", "b.zip"):
        write_zip(tmp_path / name, members, zipfile.ZIP_DEFLATED)
    write_zip(tmp_path / "c.zip", members | {"dataset.json": json.dumps({}).encode()})

    def content(name):
        dataset = Dataset(kind="archive", path=str(tmp_path / name))
        return readers.content(dataset, pytest.fail)

    assert content("a.zip") == content("b.zip") != content("c.zip")


def test_folders_that_all_files_share_mean_nothing():
    assert common_root(["a/b/c/1.png", "a/b/d/1.png"]) == "a/b/"
    assert common_root(["1.png", "a/2.png"]) == common_root([]) == ""

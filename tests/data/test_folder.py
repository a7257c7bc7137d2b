"""A folder is told by its headers: what cannot be read, what is not as it looks, in one summary."""

import numpy as np
import pytest
from PIL import Image

from beyond_blur.config import ConfigError, Dataset, load_experiment
from beyond_blur.data import image_sets, readers
from beyond_blur.data.folder import FolderReader
from beyond_blur.data.picture_headers import read_header, read_headers
from beyond_blur.data.set_opening import open_set
from data.pictures import write_pngs

GREY = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)


@pytest.fixture
def folder(tmp_path):
    """Six grey pictures of three classes, 8 x 8."""
    for name in "abc":
        write_pngs(tmp_path / "in" / name, [GREY, GREY + 100])
    return tmp_path / "in"


def dataset(folder, **values):
    return Dataset(kind="folder", path=str(folder), **{"size": 8, "channels": 1, **values})


def test_classes_labels_and_pixels_belong_together(folder):
    write_pngs(folder / "b/deep", [GREY + 50])
    source = FolderReader().open(dataset(folder))
    assert source.classes == ("a", "b", "c") and source.labels.tolist() == [0, 0, 1, 1, 1, 2, 2]
    assert source.name(4) == str(folder / "b/deep/0000.png")
    np.testing.assert_array_equal(source.read(4), (GREY + 50)[0, :, :, None])


def test_one_sentence_says_what_is_read_and_what_is_not(folder):
    (folder / ".trash").mkdir()
    for name in (".hidden.png", "._a.png", "a/._b.png"):
        (folder / name).write_bytes(b"\0\5\x16\7")
    for name in ("LICENSE.txt", "a/labels.json"):
        (folder / name).write_bytes(b"hello")
    (folder / "c/bad.png").write_bytes(b"")
    (folder / "c/gone.png").symlink_to("nowhere")
    source = FolderReader().open(dataset(folder, unreadable="skip"))
    assert source.remarks == (
        f"{folder}: 6 pictures, 3 classes, 3 hidden files skipped, 1 hidden folder skipped, "
        "2 other files left out (.json, .txt), 2 unreadable: c/gone.png (a link that leads "
        "nowhere), c/bad.png (it is empty, or damaged)",
    )
    assert len(source) == 6 and source.labels.tolist() == [0, 0, 1, 1, 2, 2]


def test_all_unreadable_files_are_named_at_once_before_anything_is_decoded(folder, monkeypatch):
    (folder / "a/bad.png").write_bytes(b"")
    (folder / "b/page.png").write_bytes(b"<html>not found</html>")
    (folder / "c/huge.ppm").write_bytes(b"P6 20000 9000 255\n" + bytes(99))
    monkeypatch.setattr(Image.Image, "load", pytest.fail)
    for read, more in (
        (lambda: FolderReader().open(dataset(folder)), "dataset.unreadable: skip"),
        (lambda: image_sets.read_images(folder), "remove or mend them"),
    ):
        with pytest.raises(ConfigError) as refused:
            read()
        said = str(refused.value)
        assert said.startswith(f"{folder}: 3 of 9 pictures cannot be read as images: a/bad.png (")
        assert "b/page.png (it is a web page (HTML), or damaged)" in said and said.endswith(more)
        assert "c/huge.ppm (it has 180,000,000 pixels, more than the 89,478,485" in said
        assert said.isprintable()


def test_a_folder_of_nothing_readable_is_refused_though_files_may_be_skipped(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"a\.png cannot be read as an image \(it is empty"):
        FolderReader().open(dataset(tmp_path, unreadable="skip"))


def test_a_folder_without_images_says_what_it_holds(tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"hello")
    (tmp_path / "unmounted").symlink_to("nowhere")
    values = {"preset": "tiny", "dataset": {"kind": "folder", "path": str(tmp_path)}}
    words = (
        r"holds no images \(\.png.*\): 1 other file left out \(\.txt\); unmounted is a link that"
    )
    with pytest.raises(ConfigError, match=words):
        load_experiment(values, readers.problems)


def test_what_happens_to_the_pictures_is_said(folder):
    Image.new("RGB", (4, 6)).save(folder / "a/colour.png")
    colour, small = FolderReader().open(dataset(folder)).remarks[1:]
    assert colour == "1 of 7 pictures have colour: they become grey (ITU-R 601 luma)"
    assert small == ("1 of 7 pictures are smaller than 8 pixels (the smallest 4 x 6) and are "
                     "enlarged")  # fmt: skip
    grey, _ = FolderReader().open(dataset(folder, channels=3)).remarks[1:]
    assert grey == "6 of 7 pictures are grey: images of three channels repeat it"
    assert "6 of 7 pictures are grey and the others colour: grey is repeated" in (
        open_set(folder, 8).remarks
    )


@pytest.mark.parametrize("name", ["a.tif", "a.gif", "a.png", "a.webp"])
def test_further_pages_and_frames_are_not_read_and_that_is_said(tmp_path, name):
    pages = [Image.new("RGB", (8, 8), (grey,) * 3) for grey in (50, 200)]
    pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
    source = open_set(tmp_path)
    assert source.remarks[1] == "1 file with several pages or frames: only the first is read"
    assert abs(int(source.read(0)[0, 0, 0]) - 50) < 3


def test_values_that_tell_their_own_white_are_said(tmp_path):
    Image.fromarray(np.ones((8, 8), np.float32)).save(tmp_path / "a.tif")
    assert open_set(tmp_path).remarks[1].startswith("1 picture of floating-point or 32-bit")


def test_sizes_are_those_after_the_turn(tmp_path):
    exif = Image.Exif()
    exif[0x112] = 8
    for name in ("a.jpg", "a.png", "a.tif", "a.webp", "a.avif"):
        Image.new("RGB", (20, 10)).save(tmp_path / name, exif=exif)
        assert read_header(tmp_path / name).size == (10, 20), name


def test_headers_of_many_files_come_in_order(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(300)]
    for i, path in enumerate(paths[:299]):
        Image.new("L", (i + 1, 2)).save(path)
    headers, unreadable = read_headers(paths)
    assert [headers[i].size for i in range(299)] == [(i + 1, 2) for i in range(299)]
    assert unreadable == [(299, "does not exist: correct the path, or make it")]


def test_a_split_of_the_owners_is_found_or_refused_before_any_work(folder, tmp_path):
    def problems(path, **values):
        asked = {"kind": "folder", "path": str(path), "split": "official", **values}
        made = load_experiment({"preset": "tiny", "dataset": asked})
        return [line for line in readers.problems(made) if "dataset.split" in line]

    (line,) = problems(folder)
    assert line.startswith(f"dataset.split = official: the files at dataset.path = {folder} do not")
    assert problems(folder / "a", held_out_path=str(folder / "b")) == []
    for name in ("train/cat", "train/dog", "val/cat"):
        write_pngs(tmp_path / "afhq" / name, [GREY])
    assert problems(tmp_path / "afhq") == []
    source = FolderReader().open(dataset(tmp_path / "afhq"))
    assert source.held_out.tolist() == [False, False, True]
    assert source.labels.tolist() == [0, 1, 0] and source.classes == ("cat", "dog")

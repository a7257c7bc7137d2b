"""Images of every kind of dataset arrive whole, in order, at the asked size."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from beyond_blur import config
from beyond_blur.config import ConfigError, Dataset, load_experiment
from beyond_blur.data import readers
from beyond_blur.data.digits import N_DIGITS, read_digits
from beyond_blur.data.folder import FolderReader
from beyond_blur.data.idx import read_idx
from beyond_blur.data.npz import read_npz
from beyond_blur.data.picture_values import read_picture
from data.pictures import read_whole, write_idx

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (10, 8, 8), dtype=np.uint8)


def test_the_configuration_names_the_kinds_that_have_a_reader():
    assert set(config.options.DatasetKind.__args__) == set(readers.READERS)


def test_digits_are_the_real_ones():
    images = read_digits()
    assert images.pixels.shape == (1797, 1, 8, 8)
    assert images.pixels.max() == 255
    assert np.bincount(images.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert len(images.pixels) == N_DIGITS == readers.counts(Dataset()).n_images


@pytest.mark.parametrize("name", ["images.idx", "images.idx.gz"])
def test_idx_files_are_read_as_written(tmp_path, pixels, name):
    write_idx(tmp_path / name, pixels)
    write_idx(tmp_path / "labels.idx", np.arange(10, dtype=np.uint8))
    spec = Dataset(kind="idx", path=str(tmp_path / name), size=8, held_out=0.3,
                   labels_path=str(tmp_path / "labels.idx"))  # fmt: skip
    found, labels = read_whole(spec)
    np.testing.assert_array_equal(found[:, 0], pixels)
    assert labels.tolist() == list(range(10))


@pytest.mark.parametrize(
    "shape", [(10, 8, 8), (10, 8, 8, 3), (10, 3, 8, 8), (10, 8, 8, 1), (10, 1, 8, 8)]
)
def test_npz_files_of_every_layout(tmp_path, shape):
    values = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    np.savez(tmp_path / "a.npz", images=values, labels=np.arange(10))
    images = read_npz(tmp_path / "a.npz")
    channels = 3 if 3 in shape else 1
    assert images.pixels.shape == (10, channels, 8, 8)
    assert sorted(images.pixels[4].ravel()) == sorted(values[4].ravel())


def test_folder_crops_the_centre_and_labels_by_subfolder(tmp_path):
    for name, grey in (("b", 200), ("a", 100)):
        (tmp_path / name).mkdir()
        picture = np.full((10, 30, 3), grey, np.uint8)
        picture[:, :10] = 0  # outside the centre square
        Image.fromarray(picture).save(tmp_path / name / "1.png")
    images, labels = read_whole(Dataset(kind="folder", path=str(tmp_path), size=5))
    assert images.shape == (2, 1, 5, 5)
    assert images[0].tolist() == np.full((1, 5, 5), 100).tolist()
    assert labels.tolist() == [0, 1]


def test_a_flat_folder_has_no_labels(tmp_path, pixels):
    for i in range(3):
        Image.fromarray(pixels[i]).save(tmp_path / f"{i}.png")
    images, labels = read_whole(Dataset(kind="folder", path=str(tmp_path), size=8, channels=3))
    assert labels is None
    np.testing.assert_array_equal(images[1][2], pixels[1])


def test_bad_files_are_named(tmp_path, pixels):
    write_idx(tmp_path / "short.idx", pixels)
    whole = (tmp_path / "short.idx").read_bytes()
    (tmp_path / "short.idx").write_bytes(whole[:-1])
    (tmp_path / "other.idx").write_bytes(b"hello, world")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(whole)[:-9])
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04hello")
    (tmp_path / "bad.png").write_bytes(b"not a picture")
    np.savez(tmp_path / "names.npz", pictures=pixels)
    np.savez(tmp_path / "float.npz", images=pixels / 255)
    np.savez(tmp_path / "labels.npz", images=pixels, labels=np.arange(3))
    for read, name, words in [
        (read_idx, "short.idx", "truncated"),
        (read_idx, "other.idx", "not an idx file"),
        (read_idx, "cut.gz", "truncated"),
        (read_npz, "cut.npz", "truncated"),
        (read_npz, "names.npz", "an array named images, samples, arr_0 is needed"),
        (read_npz, "float.npz", "expected uint8"),
        (read_npz, "labels.npz", "10 images but 3 labels"),
        (read_picture, "bad.png", "cannot be read as an image"),
    ]:
        with pytest.raises(ConfigError, match=words):
            read(tmp_path / name)
    with pytest.raises(ConfigError, match="holds no images"):
        FolderReader().open(Dataset(kind="folder", path=str(tmp_path / "nothing")))


@pytest.mark.parametrize(("values", "message"), [
    ({"kind": "idx"}, r"dataset\.path is missing: dataset\.kind = idx reads files"),
    ({"kind": "npz", "path": "no/such"}, r"dataset\.path = no/such does not exist"),
    ({"kind": "folder", "path": __file__}, r"is a file; dataset\.kind = folder needs a folder"),
    ({"kind": "npz", "path": str(ROOT)}, r"is a folder; use dataset\.kind: folder"),
    ({"kind": "folder", "path": str(ROOT / "envs")}, r"holds no images \(\.png, "),
    ({"kind": "idx", "path": __file__, "held_out_path": "none"},
     r"dataset\.held_out_path = none does not exist"),
])  # fmt: skip
def test_files_that_are_missing_or_of_another_kind_are_refused_by_name(values, message):
    with pytest.raises(ConfigError, match=message):
        load_experiment({"preset": "tiny", "dataset": values}, readers.problems)


def test_everything_wrong_with_the_files_is_told_at_once_with_all_else():
    files = {"kind": "npz", "path": "no/such", "held_out_path": "none", "channels": 2}
    with pytest.raises(ConfigError) as refused:
        load_experiment({"preset": "tiny", "dataset": files}, readers.problems)
    lines = str(refused.value).splitlines()
    for words in ("path = no/such", "held_out_path = none", "channels = 2"):
        assert any(f"dataset.{words}" in line for line in lines)


def test_too_few_held_out_images_are_told_where_their_number_is_known():
    values = {"preset": "digits", "dataset": {"held_out": 0.003}}
    with pytest.raises(ConfigError, match=r"number of held-out images .* = 5 is too few"):
        load_experiment(values, readers.problems)


def test_the_content_of_a_dataset_is_that_of_the_files_it_names():
    idx = Dataset(kind="idx", path="a", labels_path="b", held_out_path="c")
    assert readers.content(idx, lambda path: f"sum of {path}") == {
        "dataset.path": "sum of a", "dataset.labels_path": "sum of b",
        "dataset.held_out_path": "sum of c",
    }  # fmt: skip
    assert readers.content(Dataset(), pytest.fail) == {}


def test_the_content_of_a_folder_is_its_listing_wherever_it_lies(tmp_path, pixels):
    for name in ("a/cats", "a/dogs"):
        (tmp_path / name).mkdir(parents=True)
        Image.fromarray(pixels[0]).save(tmp_path / name / "1.png")

    def content(name):
        dataset = Dataset(kind="folder", path=str(tmp_path / name))
        assert list(readers.READERS["folder"].problems(dataset)) == []
        return readers.content(dataset, pytest.fail)

    before = content("a")
    (tmp_path / "a").rename(tmp_path / "b")
    assert content("b") == before
    (tmp_path / "b/cats/1.png").rename(tmp_path / "b/dogs/2.png")
    assert content("b") != before


def test_asking_readers_needs_no_numpy():
    """The workflow asks them each time it is parsed."""
    code = """if True:
        import sys
        from beyond_blur.config import load_experiment
        from beyond_blur.data import readers
        dataset = load_experiment({"preset": "tiny"}, readers.problems).dataset
        readers.content(dataset, str)
        assert not {"numpy", "PIL", "sklearn"} & set(sys.modules)
    """
    path = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-c", code], check=True, env=path)

"""Two splits that share no image, and shards that hold all of them."""

import numpy as np
import pytest

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import dataset
from beyond_blur.data.images import as_images
from beyond_blur.storage import artifacts
from data.pictures import write_idx


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (10, 8, 8), dtype=np.uint8)


def test_a_separate_held_out_file_is_not_split(tmp_path, pixels):
    write_idx(tmp_path / "train.idx", pixels)
    write_idx(tmp_path / "test.idx", pixels[:4])
    spec = Dataset(kind="idx", path=str(tmp_path / "train.idx"), size=8,
                   held_out_path=str(tmp_path / "test.idx"))  # fmt: skip
    train, held_out = dataset.prepare(spec).values()
    assert (len(train.pixels), len(held_out.pixels)) == (10, 4)
    assert not set(train.index) & set(held_out.index), "two images would share a flow"


def test_split_is_fixed_by_its_seed_and_disjoint(pixels):
    images = as_images(pixels[:, None], None)
    first, again = (dataset.split(images, 0.4, seed=3) for _ in range(2))
    other = dataset.split(images, 0.4, seed=4)
    assert first[0].index.tolist() == again[0].index.tolist()
    assert first[0].index.tolist() != other[0].index.tolist()
    assert sorted([*first[0].index, *first[1].index]) == list(range(10))


def test_shards_hold_every_image_once_and_in_order(pixels):
    images = as_images(pixels[:, None], np.arange(10) % 3)
    shards = list(dataset.shards_of(images, 3))
    assert [len(shard["images"]) for shard in shards] == [4, 3, 3]
    for name, whole in (
        ("images", images.pixels), ("index", images.index), ("labels", images.labels),
    ):  # fmt: skip
        np.testing.assert_array_equal(np.concatenate([shard[name] for shard in shards]), whole)
    assert all("labels" not in s for s in dataset.shards_of(as_images(pixels[:, None], None), 2))


def test_shares_and_shards_that_leave_nothing_are_refused(pixels):
    with pytest.raises(ConfigError, match="choose another share"):
        dataset.split(as_images(pixels[:, None], None), 0.01, 0)
    with pytest.raises(ConfigError, match=r"dataset\.shards = 11"):
        dataset.shard_rows(10, 11)


def test_images_without_labels_train_no_classifier(shards, tmp_path):
    assert len(dataset.load_labelled(shards).arrays["labels"]) == 24
    images = {"images": np.zeros((2, 1, 8, 8), np.uint8)}
    artifacts.save(tmp_path / "bare", images, kind="images", spec={})
    with pytest.raises(ValueError, match=r"bare has no labels .*give dataset\.labels_path"):
        dataset.load_labelled([tmp_path / "bare"])

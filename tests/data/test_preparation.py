"""Images are decoded once, by any number of threads, and a kill costs no more than a piece."""

from typing import ClassVar

import numpy as np
import pytest

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import choice, preparation, readers
from beyond_blur.data.prepared_remarks import remarks
from beyond_blur.data.source import ArraySource

N = 10


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (N, 1, 8, 8), np.uint8)


class Counted(ArraySource):
    """A source that counts what is decoded, and in which some images are damaged."""

    bad: tuple[int, ...] = ()
    asked: ClassVar[list[int]] = []

    def read(self, row):
        self.asked.append(row)
        if row in self.bad:
            raise ConfigError(f"image {row} cannot be read")
        return super().read(row)


@pytest.fixture
def prepared(monkeypatch, tmp_path, pixels):
    """Both splits of a set of ten, of which some cannot be read."""

    def prepare(bad=(), threads=2, images=pixels, content="", **options):
        source = Counted(images, np.arange(len(images)) % 3)
        source.asked.clear()
        monkeypatch.setattr(Counted, "bad", tuple(bad))
        monkeypatch.setattr(readers, "open_source", lambda dataset: source)
        dataset = Dataset(kind="npz", path="x", size=8, held_out=0.3, **options)
        places = {split: tmp_path / split for split in ("train", "held_out")}
        parts = choice.choose(dataset)
        return dataset, preparation.prepare(dataset, parts, places, content, threads)

    return prepare


def all_of(prepared):
    return np.concatenate(list(prepared.pieces()))


@pytest.mark.parametrize("threads", [1, 3])
def test_every_image_is_decoded_to_its_own_row(prepared, pixels, threads):
    _, splits = prepared(threads=threads)
    for part in splits.values():
        np.testing.assert_array_equal(all_of(part), pixels[part.part.rows])
    assert sorted(Counted.asked) == list(range(N))


def test_a_killed_preparation_decodes_what_is_missing(prepared, pixels, monkeypatch):
    monkeypatch.setattr(preparation, "PIECE", 3)
    with pytest.raises(ConfigError):
        prepared(bad=[0])
    assert len(Counted.asked) >= 7
    _, splits = prepared()
    rest = set(splits["held_out"].part.rows.tolist()) | {0}
    assert set(Counted.asked) <= rest, "a row that was finished was decoded again"
    for part in splits.values():
        np.testing.assert_array_equal(all_of(part), pixels[part.part.rows])


def test_other_settings_do_not_take_what_is_unfinished(prepared):
    for other in ({"resize": "box"}, {"content": "another file of that name"}):
        prepared(**other)
        assert sorted(Counted.asked) == list(range(N))
        prepared(**other)
        assert Counted.asked == []


def test_all_images_that_cannot_be_read_are_named_at_once(prepared):
    with pytest.raises(ConfigError) as error:
        prepared(bad=range(N))
    text = str(error.value)
    assert all(f"image {row} cannot be read" in text for row in range(N)), "of both splits"
    assert "10 images cannot be read; " in text
    assert "dataset.unreadable: skip" in text


def test_images_that_cannot_be_read_may_be_left_out(prepared, pixels):
    dataset, splits = prepared(bad=[2, 5], unreadable="skip")
    kept = np.concatenate([part.part.rows for part in splits.values()])
    assert sorted(kept) == [0, 1, 3, 4, 6, 7, 8, 9]
    for part in splits.values():
        np.testing.assert_array_equal(all_of(part), pixels[part.part.rows])
        np.testing.assert_array_equal(part.part.labels, part.part.rows % 3)
    said = "\n".join(remarks(dataset, splits))
    assert "image 2 cannot be read" in said and "image 5 cannot be read" in said
    with pytest.raises(ConfigError, match="cannot be read"):
        prepared(bad=range(N), unreadable="skip", content="b")


def test_copies_are_counted_and_said(prepared, pixels):
    """Four pictures, two and a half times each."""
    dataset, splits = prepared(images=pixels[np.arange(N) % 4])
    said = "\n".join(remarks(dataset, splits))
    train, held_out = ([int(row) % 4 for row in splits[name].part.rows] for name in splits)
    again = 7 - len(set(train))
    assert again and f"{again} of the 7 training images repeat another one" in said
    both = sum(picture in train for picture in held_out)
    assert both and f"{both} of the 3 held-out images are training images, pixel by pixel" in said
    dataset, splits = prepared(content="other pictures")
    assert "pixel by pixel" not in "\n".join(remarks(dataset, splits))


def test_shards_hold_every_image_once_and_in_order(prepared):
    _, splits = prepared()
    part = splits["train"]
    shards = list(preparation.shards_of(part, 3))
    assert [len(shard["images"]) for shard in shards] == [3, 2, 2]
    for name, whole in (
        ("images", all_of(part)), ("index", part.part.index), ("labels", part.part.labels),
    ):  # fmt: skip
        np.testing.assert_array_equal(np.concatenate([shard[name] for shard in shards]), whole)
    _, bare = prepared(labels="none")
    assert all("labels" not in shard for shard in preparation.shards_of(bare["train"], 2))
    with pytest.raises(ConfigError, match=r"dataset\.shards = 11"):
        list(preparation.shards_of(part, 11))


def test_the_fingerprint_is_that_of_pixels_and_numbers(prepared, pixels):
    first, again = (preparation.fingerprint(prepared()[1]) for _ in range(2))
    assert first == again
    changed = pixels.copy()
    changed[4, 0, 0, 0] ^= 1
    assert preparation.fingerprint(prepared(images=changed, content="b")[1]) != first
    assert preparation.fingerprint(prepared(split_seed=1)[1]) != first

"""Which images are trained on and which are held out is decided before any is decoded."""

import numpy as np
import pytest

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import choice, readers
from beyond_blur.data.source import ArraySource


class Undecoded(ArraySource):
    """A source whose images nobody may ask for."""

    def read(self, row):
        raise AssertionError("decided on the list alone")


def source(n, labels=None, classes=None, held_out=None):
    return Undecoded(np.zeros((n, 1, 4, 4), np.uint8), labels, classes, held_out)


@pytest.fixture
def chosen(monkeypatch):
    """The parts of a dataset whose sources are given, by their paths."""

    def choose(sources, **options):
        monkeypatch.setattr(readers, "open_source", lambda dataset: sources[dataset.path])
        return choice.choose(Dataset(kind="npz", path="train", **options))

    return choose


def test_a_split_is_fixed_by_its_seed_disjoint_and_whole(chosen):
    first, again, other = (
        chosen({"train": source(10)}, held_out=0.4, split_seed=seed) for seed in (3, 3, 4)
    )
    assert first["train"].rows.tolist() == again["train"].rows.tolist()
    assert first["train"].rows.tolist() != other["train"].rows.tolist()
    both = [*first["train"].rows, *first["held_out"].rows]
    assert sorted(both) == list(range(10)) and len(first["held_out"]) == 4


@pytest.mark.parametrize(
    "options", [{"held_out": 0.2}, {"split": "official"}, {"held_out_path": "other"}]
)
def test_the_first_images_of_a_part_are_of_every_class(chosen, options):
    """Files lie by class; what is shown and started from is the first few, whoever split them."""
    labels = np.repeat(np.arange(10), 500)
    files = source(5000, labels, held_out=np.arange(5000) % 5 == 0)
    chosen_by = [
        chosen({"train": files, "other": files}, split_seed=seed, **options) for seed in (0, 0, 1)
    ]
    for split in ("train", "held_out"):
        first, again, other = (parts[split].labels[:64].tolist() for parts in chosen_by)
        assert len(set(first)) == 10
        assert first == again != other


def test_as_many_of_every_class_are_kept_as_there_are(chosen):
    labels = np.repeat([0, 1, 2], [20, 20, 3])
    parts = chosen({"train": source(43, labels), "other": source(60, np.repeat([0, 1, 2], 20))},
                   held_out_path="other", max_images=8)  # fmt: skip
    assert np.bincount(parts["train"].labels).tolist() == [3, 3, 2]
    assert np.bincount(parts["held_out"].labels).tolist() == [3, 3, 2]
    more = chosen({"train": source(43, labels), "other": source(60)},
                  held_out_path="other", max_images=15)  # fmt: skip
    assert np.bincount(more["train"].labels).tolist() == [6, 6, 3]
    assert more["held_out"].labels is None and len(more["held_out"]) == 15


def test_labels_stay_with_their_images(chosen):
    labels = np.arange(30) % 7
    parts = chosen({"train": source(30, labels)}, held_out=0.3, max_images=9)
    for part in parts.values():
        np.testing.assert_array_equal(part.labels, labels[part.rows])
        np.testing.assert_array_equal(part.index, part.rows)


def test_the_owners_split_is_theirs(chosen):
    held_out = np.arange(10) >= 7
    parts = chosen({"train": source(10, held_out=held_out)}, split="official")
    assert sorted(parts["train"].rows) == list(range(7))
    assert sorted(parts["held_out"].rows) == [7, 8, 9]
    with pytest.raises(ConfigError, match=r"split = official: .* train do.*split: random"):
        chosen({"train": source(10)}, split="official")


def test_held_out_classes_have_the_numbers_of_the_training_classes(chosen):
    """Training has a, b, c; held-out has a and c: c is 2 in both."""
    train = source(6, np.array([0, 0, 1, 1, 2, 2]), ("a", "b", "c"))
    other = source(4, np.array([0, 0, 1, 1]), ("a", "c"))
    parts = chosen({"train": train, "other": other}, held_out_path="other")
    assert sorted(parts["held_out"].labels.tolist()) == [0, 0, 2, 2]
    assert not set(parts["train"].index) & set(parts["held_out"].index), "two share a flow"
    foreign = source(2, np.array([0, 1]), ("a", "zebra"))
    with pytest.raises(ConfigError, match=r"class zebra, which no image at dataset\.path"):
        chosen({"train": train, "other": foreign}, held_out_path="other")


def test_labels_may_be_left_aside(chosen):
    parts = chosen({"train": source(6, np.arange(6), tuple("abcdef"))}, labels="none")
    assert parts["train"].labels is None and parts["train"].classes is None


def test_shares_that_leave_nothing_are_refused(chosen):
    with pytest.raises(ConfigError, match="choose another share"):
        chosen({"train": source(10)}, held_out=0.01)
    with pytest.raises(ConfigError, match="holds no images"):
        chosen({"train": source(0)})

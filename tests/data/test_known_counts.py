"""What names and headers tell of a set is what reading it tells; the rest is not guessed."""

import numpy as np
import pytest

from beyond_blur.config import Dataset, load_experiment
from beyond_blur.data import readers
from beyond_blur.data.counts import Counts, SplitCounts
from data.owners_files import cifar, edm, pictures, png, write_tar, write_zip
from data.pictures import write_idx


@pytest.fixture
def sets(tmp_path):
    """Small sets of every kind that needs no other package."""
    faces = {f"{i // 1000 * 1000:05d}/{i:05d}.png": png(pictures(1)[0]) for i in (0, 5, 60_000)}
    animals = {f"{part}/{i % 2}/{i}.png": png(pictures(1)[0])
               for part, n in (("train", 6), ("test", 4)) for i in range(n)}  # fmt: skip
    for top, members in (("faces", faces), ("animals", animals)):
        for name, content in members.items():
            (tmp_path / top / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / top / name).write_bytes(content)
    (tmp_path / "mnist").mkdir()
    for part, n in (("train", 7), ("t10k", 3)):
        write_idx(tmp_path / f"mnist/{part}-images-idx3-ubyte.gz", np.zeros((n, 8, 8), np.uint8))
        write_idx(tmp_path / f"mnist/{part}-labels-idx1-ubyte.gz", np.arange(n, dtype=np.uint8))
    np.savez(tmp_path / "plain.npz", images=pictures(4))
    np.savez(tmp_path / "named.npz", images=pictures(4), labels=np.arange(4))
    write_zip(tmp_path / "edm.zip", edm()[0])
    write_tar(tmp_path / "animals.tar", animals, "w")
    write_tar(tmp_path / "cifar-10-binary.tar.gz", cifar("binary")[0])
    return tmp_path


CASES = {
    ("idx", "mnist"): Counts(10, True, 3),
    ("idx", "mnist/train-images-idx3-ubyte.gz"): Counts(7, False),
    ("folder", "faces"): Counts(3, False, 1),
    ("folder", "animals"): Counts(10, True, 4),
    ("npz", "plain.npz"): Counts(None, False),
    ("npz", "named.npz"): Counts(None, True),
    ("archive", "edm.zip"): Counts(6, True),
    ("archive", "animals.tar"): Counts(),
    ("cifar", "cifar-10-binary.tar.gz"): Counts(None, True),
}


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_what_is_known_beforehand_is_what_reading_finds(sets, kind, name):
    dataset = Dataset(kind=kind, path=str(sets / name), size=8, channels=3)
    known = readers.counts(dataset)
    assert known == CASES[kind, name]
    source = readers.open_source(dataset)
    assert known.n_images in (None, len(source))
    assert known.labelled in (None, source.labels is not None)
    assert known.n_official in (None, None if source.held_out is None else source.held_out.sum())


def test_labels_that_are_not_asked_for_are_not_counted_on(sets):
    for kind, name in (
        ("idx", "mnist"),
        ("folder", "animals"),
        ("cifar", "cifar-10-binary.tar.gz"),
    ):
        dataset = Dataset(kind=kind, path=str(sets / name), labels="none")
        assert readers.counts(dataset).labelled is False


def test_each_way_to_split_gives_its_own_numbers(sets):
    animals = {"kind": "folder", "path": str(sets / "animals")}
    faces = {"held_out_path": str(sets / "faces")}
    assert readers.sizes_of(Dataset(**animals, held_out=0.3)) == SplitCounts(7, 3)
    assert readers.sizes_of(Dataset(**animals, split="official")) == SplitCounts(6, 4)
    assert readers.sizes_of(Dataset(**animals, **faces)) == SplitCounts(10, 3)
    assert readers.sizes_of(Dataset(**animals, split="official", max_images=5)) == SplitCounts(5, 4)


def test_nothing_is_known_of_what_is_not_there_or_cannot_be_read(sets):
    (sets / "torn.gz").write_bytes((sets / "mnist/t10k-images-idx3-ubyte.gz").read_bytes()[:12])
    for path in ("none", "torn.gz"):
        assert readers.counts(Dataset(kind="idx", path=str(sets / path))) == Counts()
        assert readers.sizes_of(Dataset(kind="idx", path=str(sets / path))) == SplitCounts()


def test_a_split_of_fewer_images_than_shards_or_neighbours_is_refused_beforehand(sets):
    made = load_experiment({
        "preset": "tiny", "dataset": {"kind": "folder", "path": str(sets / "animals"),
                                      "split": "official", "shards": 5}
    })  # fmt: skip
    lines = list(readers.problems(made))
    assert lines == [
        "the number of held-out images (dataset.path) = 4 is too few for evaluation.nearest_k = 3: "
        "at least 5 are needed",
        "dataset.shards = 5 is more than the 4 held-out images: lower it",
    ]

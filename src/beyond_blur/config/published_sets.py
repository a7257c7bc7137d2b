"""Data sets as their owners publish them: files, sizes, checksums, addresses, licences.

The one table behind the verb ``fetch``, the recognition of files and ``dataset.fetch``. Sizes and
checksums are those that torchvision, TensorFlow Datasets and Keras check the same files by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PLACE = "data"
"""Folder of fetched sets; each has a folder of its own name in it."""


@dataclass(frozen=True)
class PublishedFile:
    """One file of a set.

    Attributes
    ----------
    name : str
    size : int
        Bytes.
    sha256 : str
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class PublishedSet:
    """A set that can be had at a public address.

    Attributes
    ----------
    title : str
    licence : str
        As far as its owners say.
    kind : str
        The ``dataset.kind`` that reads it.
    files : tuple of PublishedFile
        What is fetched.
    addresses : tuple of str
        Where files lie under their own names, in the order in which they are tried.
    places : dict
        Options of ``dataset`` that name its files, within the folder of the set.
    others : tuple of PublishedFile
        Files that hold the same images in another way; they are recognised and not fetched.
    classes : tuple of str
        Names of the classes by number, where its files do not have them.
    """

    title: str
    licence: str
    kind: str
    files: tuple[PublishedFile, ...]
    addresses: tuple[str, ...]
    places: Mapping[str, str]
    others: tuple[PublishedFile, ...] = ()
    classes: tuple[str, ...] = field(default=())

    @property
    def size(self) -> int:
        """Bytes of all files that are fetched."""
        return sum(file.size for file in self.files)


PUBLISHED: dict[str, PublishedSet] = {
    "mnist": PublishedSet(
        "MNIST, 60,000 + 10,000 grey images of 28 x 28",
        "not stated with the files",
        "idx",
        (
            PublishedFile(
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            PublishedFile(
                "train-labels-idx1-ubyte.gz",
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            PublishedFile(
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            PublishedFile(
                "t10k-labels-idx1-ubyte.gz",
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ),
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        {"path": ""},
        classes=tuple("0123456789"),
    ),
    "fashion-mnist": PublishedSet(
        "Fashion-MNIST, 60,000 + 10,000 grey images of 28 x 28",
        "MIT",
        "idx",
        (
            PublishedFile(
                "train-images-idx3-ubyte.gz",
                26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            PublishedFile(
                "train-labels-idx1-ubyte.gz",
                29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            PublishedFile(
                "t10k-images-idx3-ubyte.gz",
                4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            PublishedFile(
                "t10k-labels-idx1-ubyte.gz",
                5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ),
        # Plain http is all there is; the checksums say whether the files are the owners'.
        ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        {"path": ""},
        classes=(
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
    ),
    "cifar10": PublishedSet(
        "CIFAR-10, 50,000 + 10,000 colour images of 32 x 32",
        "not stated by its owners",
        "cifar",
        (
            PublishedFile(
                "cifar-10-binary.tar.gz",
                170_052_171,
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ),
        ),
        ("https://www.cs.toronto.edu/~kriz/",),
        {"path": "cifar-10-binary.tar.gz"},
        others=(
            PublishedFile(
                "cifar-10-python.tar.gz",
                170_498_071,
                "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            ),
        ),
    ),
    "lsun-church": PublishedSet(
        "LSUN church outdoor, colour photographs with a short side of 256",
        "for research; not stated with the files",
        "lmdb",
        (
            PublishedFile(
                "church_outdoor_train_lmdb.zip",
                2_448_463_466,
                "91128ae026840ac0c5982b4445ab5fc4e092d6847cca76793b2b1a0815c2e74a",
            ),
        ),
        ("http://dl.yf.io/lsun/scenes/",),
        {"path": "church_outdoor_train_lmdb.zip"},
        # A few hundred images, too few to measure with.
        others=(
            PublishedFile(
                "church_outdoor_val_lmdb.zip",
                5_957_308,
                "34635b7547a3e51a15f942a4a4082dd6bc9cca381a953515cb2275c0eed50584",
            ),
        ),
    ),
}
"""Every set by its name, as the verb ``fetch`` and ``dataset.fetch`` take it."""


def folder_of(name: str) -> str:
    """The folder that a set is fetched into, where no other is asked for."""
    return f"{PLACE}/{name}"


def places_of(name: str) -> dict[str, str]:
    """The options of ``dataset`` that name a fetched set's files, and the paths."""
    folder = folder_of(name)
    places = PUBLISHED[name].places.items()
    return {key: f"{folder}/{place}" if place else folder for key, place in places}


def fetched_files(name: str) -> dict[str, PublishedFile]:
    """What is fetched of a set, by the path where it is put."""
    return {f"{folder_of(name)}/{file.name}": file for file in PUBLISHED[name].files}


def with_places(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a configuration, the places of a set that is to be fetched among them.

    A wrong name is left for the reader of the options to refuse, a path that is given for
    `beyond_blur.data.readers.problems`.
    """
    dataset = values.get("dataset")
    name = dataset.get("fetch") if isinstance(dataset, Mapping) else None
    if not isinstance(name, str) or name not in PUBLISHED:
        return dict(values)
    assert isinstance(dataset, Mapping)
    given = {key: value for key, value in dataset.items() if value is not None}
    return {**values, "dataset": {**dataset, **places_of(name), **given}}

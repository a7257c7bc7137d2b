"""What an extractor is, and the list of those there are.

A new extractor is its file, a line in `EXTRACTORS` and a word in ``config``'s ``Extractor``. This
file imports neither torch nor NumPy: the command line and the workflow read the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np

Option = Literal["weights", "classifier", "encoder"]
"""A file that an extractor may be given: published weights, or a network trained on the dataset."""

TRAINED = ("classifier", "encoder")
"""Those that rules train: ``train_NAME`` makes ``results/NAME/DATASET/weights.safetensors``."""


@dataclass(frozen=True)
class Entry:
    """What is known of an extractor before it is built.

    Attributes
    ----------
    implementation : str
        ``module:class``; the module is imported when the extractor is built.
    is_fid : bool
        Whether a Frechet distance of its features is called FID, and a kernel distance KID.
    needs : "weights", "classifier", "encoder" or None
        The file that it cannot do without.
    source : str
        Where that file is to be had, as the end of a sentence.
    takes : "weights" or None
        A file that it may be given but can do without.
    """

    implementation: str
    is_fid: bool = False
    needs: Option | None = None
    source: str = ""
    takes: Option | None = None


EXTRACTORS: dict[str, Entry] = {
    "inception": Entry("beyond_blur.features.inception:Inception", is_fid=True, takes="weights"),
    "inception-clean": Entry(
        "beyond_blur.features.inception:CleanInception", is_fid=True, takes="weights"
    ),
    "classifier": Entry(
        "beyond_blur.features.classifier:Classifier",
        needs="classifier",
        source=", as made by `snakemake --cores all "
        "results/classifier/DATASET/weights.safetensors`",
    ),
    "self-supervised": Entry(
        "beyond_blur.features.self_supervised:SelfSupervised",
        needs="encoder",
        source=", as made by `snakemake --cores all results/encoder/DATASET/weights.safetensors`",
    ),
    "random": Entry("beyond_blur.features.random_network:RandomNetwork"),
    "dinov2": Entry(
        "beyond_blur.features.dinov2:DINOv2",
        needs="weights",
        source=": dinov2_vitl14_pretrain.pth of the DINOv2 project",
    ),
}
"""Every extractor by its name in a configuration."""


class Extractor(Protocol):
    """A fixed function from images to feature vectors, with what must be told of it.

    Attributes
    ----------
    name : str
        Stands beside every number made from its features.
    weights_sha256 : str
        Hex digest of the weights: of their file, or of the arrays where there is no file.
    resize : str
        How images are brought to the network's size; features of another rule do not compare.
    dim : int
        Dimensions d of a feature vector.
    """

    name: str
    weights_sha256: str
    resize: str
    dim: int

    def __call__(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Return the features, float32 (n, dim), of `images`, uint8 (n, c, h, w)."""
        ...


def is_fid(name: str) -> bool:
    """Whether distances of features of this name may be called FID and KID.

    Parameters
    ----------
    name : str
        Of an extractor, known or not.

    Returns
    -------
    bool
    """
    return name in EXTRACTORS and EXTRACTORS[name].is_fid


def entry_of(name: str) -> Entry:
    """What is known of the extractor called ``name``.

    Raises
    ------
    ValueError
        If there is no such extractor.
    """
    if name not in EXTRACTORS:
        raise ValueError(f"extractor {name!r} is unknown: use one of {', '.join(EXTRACTORS)}")
    return EXTRACTORS[name]


def trained_by(name: str) -> Option | None:
    """The network that a rule trains for an extractor: ``classifier``, ``encoder`` or None."""
    needs = entry_of(name).needs
    return needs if needs in TRAINED else None


def check_needs(name: str, files: Mapping[str, str | None]) -> None:
    """Refuse an extractor without the file that it cannot do without, and one that it never reads.

    Raises
    ------
    ValueError
        Naming the option and where the file is to be had.
    """
    entry = entry_of(name)
    if entry.needs is not None and files.get(entry.needs) is None:
        raise ValueError(f"--extractor {name} needs --{entry.needs} FILE{entry.source}")
    for option, file in files.items():
        if file is not None and option not in (entry.needs, entry.takes):
            raise ValueError(f"--{option} has no effect on --extractor {name}: leave it out")


def load_extractor(
    name: str, weights: Path | str | None = None, trained: Path | str | None = None
) -> Extractor:
    """The extractor called ``name`` on the best device there is, from files.

    Parameters
    ----------
    name : str
        One of `EXTRACTORS`.
    weights : path, optional
        Published weights; extractors that take none leave it alone.
    trained : path, optional
        A file of the verb ``train_classifier`` or ``train_encoder``; likewise.

    Returns
    -------
    Extractor

    Raises
    ------
    ValueError
        Where its weights are missing, with the place they belong.
    """
    import torch

    from beyond_blur.storage import artifacts

    options: dict[str, Any] = {"device": "cuda" if torch.cuda.is_available() else "cpu"}
    entry = entry_of(name)
    if "weights" in (entry.needs, entry.takes) and weights is not None:
        options["weights"] = weights
    kind = trained_by(name)
    if kind is not None and trained is not None:
        options["state"] = artifacts.load(trained, kind).arrays
    try:
        return build_extractor(name, **options)
    except FileNotFoundError as error:
        raise ValueError(str(error)) from error


def build_extractor(name: str, **options: Any) -> Extractor:
    """Return the extractor called `name`.

    Parameters
    ----------
    name : str
        One of `EXTRACTORS`.
    **options
        Of the extractor: `device` for all of them ("cpu" or "cuda"); `weights`, a path, for
        Inception and DINOv2; `state`, a dict of arrays, for those trained on the
        dataset; `seed` for the random network.

    Returns
    -------
    Extractor

    Raises
    ------
    ValueError
        If there is no such extractor.
    """
    module, _, attribute = entry_of(name).implementation.partition(":")
    extractor = getattr(import_module(module), attribute)
    built: Extractor = extractor(**options)
    return built

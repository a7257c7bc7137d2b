"""A small network trained on the dataset's labels; its 64 penultimate activations are the features.

For digits and the MNISTs, whose images are nothing like the photographs Inception was trained on.
The state is a plain dict of arrays, so that it can be stored anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from beyond_blur.features import small_network as small
from beyond_blur.features.batches import check_images, in_batches
from beyond_blur.storage.artifacts import checksum_of

AXES = {"body.0.weight": 4, "head.weight": 2}
LabelledImages = tuple[np.ndarray, np.ndarray]


class ClassifierNetwork(nn.Module):
    """64 features, and a linear layer to the classes."""

    def __init__(self, channels: int, n_classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*small.convolutions(channels), nn.ReLU())
        self.head = nn.Linear(small.FEATURES, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, n_classes) of images (n, c, h, w) in [-1, 1]."""
        return self.head(self.body(images))


class Classifier:
    """Features of a trained classifier.

    Parameters
    ----------
    state : dict of arrays
        As returned by `train_classifier`.
    device : str

    Raises
    ------
    ValueError
        If the state is not one of `train_classifier`, or not finite.
    """

    name = "classifier"
    resize = "none"
    dim = small.FEATURES

    def __init__(self, state: Mapping[str, np.ndarray], *, device: str = "cpu") -> None:
        self.network, self.image_shape = small.load_state(state, AXES, _build, "classifier")
        self.network.to(device)
        self.weights_sha256 = checksum_of(state)
        self.device = device

    def __call__(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Return the features, float32 (n, 64), of `images`, uint8 (n, c, h, w) as trained on."""
        return in_batches(self.network.body, self._prepare, images, self.dim, batch_size)

    def predict(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Return the most likely class of each image, int64 (n,)."""
        n_classes = self.network.head.out_features
        logits = in_batches(self.network, self._prepare, images, n_classes, batch_size)
        return logits.argmax(axis=1)

    def _prepare(self, images: np.ndarray) -> Tensor:
        small.check_shape(images, self.image_shape, "a classifier")
        return small.scaled(images).to(self.device)


def train_classifier(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    seed: int,
    held_out: LabelledImages | None = None,
    iterations: int = 300,
    batch_size: int = 64,
    n_threads: int | None = None,
    device: str = "cpu",
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Train a classifier with Adam, a one-cycle learning rate and shifts by one pixel.

    Parameters
    ----------
    images : uint8 array, shape (n, c, h, w)
    labels : int array, shape (n,)
        Classes 0, 1, ...
    seed : int
        On the CPU the same seed, data and number of threads give the same weights.
    held_out : (images, labels), optional
        Images the training does not see, for the accuracy.
    iterations, batch_size : int
        Steps of the optimiser, and images in each.
    n_threads : int, optional
        torch's threads during the training.
    device : str

    Returns
    -------
    state : dict of arrays
        For `Classifier`.
    accuracy : dict
        Shares of images classified rightly: "train", and "held_out" where given.

    Raises
    ------
    ValueError
        For labels that do not belong to the images, hold a single class or, of held-out images, one
        that no training image can have; if a loss or the weights are not finite.
    """
    images, labels = _check(images, labels)
    if labels.max() >= len(images):
        raise ValueError(
            f"labels run to {labels.max()} for {len(images)} images: number classes 0, 1, ...; "
            "each needs an image"
        )
    unseen = None if held_out is None else _check(*held_out)
    if unseen is not None and unseen[1].max() > labels.max():
        raise ValueError(
            f"held-out images are of class {unseen[1].max()} and training images of classes 0 to "
            f"{labels.max()}: the labels of the two splits do not mean the same, or a class has no "
            "training image"
        )
    with small.torch_settings(seed, n_threads):
        network = ClassifierNetwork(images.shape[1], int(labels.max()) + 1).to(device)
        # Faster on CPUs, and the same function.
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        _fit(network, images, labels, seed, iterations, batch_size, device)
    state = small.state_of(network, images.shape[1:])
    classifier = Classifier(state, device=device)
    accuracy = {"train": float((classifier.predict(images, 256) == labels).mean())}
    if unseen is not None:
        accuracy["held_out"] = float((classifier.predict(unseen[0], 256) == unseen[1]).mean())
    return state, accuracy


def _build(state: Mapping[str, np.ndarray]) -> ClassifierNetwork:
    return ClassifierNetwork(state["body.0.weight"].shape[1], len(state["head.weight"]))


def _fit(
    network: nn.Module,
    images: np.ndarray,
    labels: np.ndarray,
    seed: int,
    iterations: int,
    batch_size: int,
    device: str,
) -> None:
    rng = np.random.default_rng(seed)

    def loss() -> Tensor:
        rows = rng.integers(len(images), size=batch_size)
        batch = _shifted(small.scaled(images[rows]), *rng.integers(-1, 2, size=2))
        batch = batch.to(device, memory_format=torch.channels_last)
        return F.cross_entropy(network(batch), torch.tensor(labels[rows], device=device))

    small.fit(network, loss, iterations, "the classifier")


def _shifted(images: Tensor, down: int, right: int) -> Tensor:
    """Move all images by at most one pixel, repeating the edge."""
    height, width = images.shape[2:]
    padded = F.pad(images, (1, 1, 1, 1), mode="replicate")
    return padded[:, :, 1 - down : 1 - down + height, 1 - right : 1 - right + width]


def _check(images: np.ndarray, labels: np.ndarray) -> LabelledImages:
    images, labels = check_images(images), np.asarray(labels)
    if labels.shape != (len(images),) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels have shape {labels.shape} and type {labels.dtype} for {len(images)} images: "
            "give one integer per image"
        )
    if labels.min() < 0 or np.unique(labels).size < 2:
        raise ValueError(
            f"labels are {np.unique(labels)[:10]}: a classifier needs two or more classes 0, 1, ..."
        )
    return images, labels.astype(np.int64)

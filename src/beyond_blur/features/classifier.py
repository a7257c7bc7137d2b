"""A small network trained on the dataset's labels; its 64 penultimate activations are the features.

For digits and the MNISTs, whose images are nothing like the photographs Inception was trained on.
The state is a plain dict of arrays, so that it can be stored anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from beyond_blur.features.batches import check_images, in_batches
from beyond_blur.finite import NotFinite
from beyond_blur.network.layers import check_finite, check_layers
from beyond_blur.storage.artifacts import checksum_of

FEATURES = 64
# Beside the weights in a state: the (c, h, w) of the images it was trained on.
IMAGE_SHAPE = "image_shape"
LabelledImages = tuple[np.ndarray, np.ndarray]


class ClassifierNetwork(nn.Module):
    """Four 3 x 3 convolutions with pooling, 64 features, and a linear layer to the classes."""

    def __init__(self, channels: int, n_classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(channels, 16),
            nn.MaxPool2d(2),
            *_convolution(16, 32),
            *_convolution(32, 64),
            nn.AdaptiveMaxPool2d(4),
            *_convolution(64, 64),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(64 * 4, FEATURES),
            nn.ReLU(),
        )
        self.head = nn.Linear(FEATURES, n_classes)

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
    dim = FEATURES

    def __init__(self, state: Mapping[str, np.ndarray], *, device: str = "cpu") -> None:
        self.network, self.image_shape = load_state(state)
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
        if images.shape[1:] != self.image_shape:
            raise ValueError(
                f"images of (c, h, w) {images.shape[1:]} for a classifier trained on "
                f"{self.image_shape}: bring them to that shape or train another"
            )
        return _scaled(images).to(self.device)


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
    with _torch_settings(seed, n_threads):
        network = ClassifierNetwork(images.shape[1], int(labels.max()) + 1).to(device)
        # Faster on CPUs, and the same function.
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        _fit(network, images, labels, seed, iterations, batch_size, device)
    state = {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}
    state[IMAGE_SHAPE] = np.array(images.shape[1:])

    classifier = Classifier(state, device=device)
    accuracy = {"train": float((classifier.predict(images, 256) == labels).mean())}
    if unseen is not None:
        accuracy["held_out"] = float((classifier.predict(unseen[0], 256) == unseen[1]).mean())
    return state, accuracy


def load_state(
    state: Mapping[str, np.ndarray],
) -> tuple[ClassifierNetwork, tuple[int, ...]]:
    """Return the network of a state of `train_classifier`, and the (c, h, w) it was trained on.

    Raises
    ------
    ValueError
        If it is not such a state.
    """
    missing = {IMAGE_SHAPE, "body.0.weight", "head.weight"} - set(state)
    if missing:
        raise ValueError(
            f"the classifier's state lacks {sorted(missing)}: make it with train_classifier"
        )
    if state["body.0.weight"].ndim != 4 or state["head.weight"].ndim != 2:
        raise ValueError("the classifier's weights have other axes: make it with train_classifier")
    with torch.device("meta"):  # no weights are drawn, so no generator moves
        network = ClassifierNetwork(state["body.0.weight"].shape[1], len(state["head.weight"]))
    weights = {name: torch.tensor(state[name]) for name in state if name != IMAGE_SHAPE}
    check_layers(weights, network.state_dict(), "the classifier")
    check_finite(weights, "the classifier", "train it again (rule train_classifier)")
    network.load_state_dict(weights, assign=True)
    shape = np.asarray(state[IMAGE_SHAPE])
    if shape.shape != (3,) or shape.dtype.kind not in "iu" or shape.min() < 1:
        raise ValueError(f"the classifier's images are of shape {shape}, expected (c, h, w)")
    return network.eval(), tuple(map(int, shape))


def _convolution(channels_in: int, channels_out: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(channels_out), nn.ReLU()


def _fit(
    network: nn.Module,
    images: np.ndarray,
    labels: np.ndarray,
    seed: int,
    iterations: int,
    batch_size: int,
    device: str,
) -> None:
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=3e-3, total_steps=iterations)
    rng = np.random.default_rng(seed)
    network.train()
    for step in range(1, iterations + 1):
        rows = rng.integers(len(images), size=batch_size)
        batch = _shifted(_scaled(images[rows]), *rng.integers(-1, 2, size=2))
        batch = batch.to(device, memory_format=torch.channels_last)
        loss = F.cross_entropy(network(batch), torch.tensor(labels[rows], device=device))
        if not torch.isfinite(loss):
            raise NotFinite(f"the classifier's loss is not finite (step {step} of {iterations})")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()


def _scaled(images: np.ndarray) -> Tensor:
    return torch.from_numpy(images).float() / 127.5 - 1


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


@contextmanager
def _torch_settings(seed: int, n_threads: int | None) -> Iterator[None]:
    """Seed torch and set its threads for a while, leaving the caller's generator as it was."""
    threads_before = torch.get_num_threads()
    torch.set_num_threads(n_threads or threads_before)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads_before)

"""What stand-ins for Inception see: random, self-supervised and classifier features.

Three fifths of the images train the encoder (without their labels) and the classifier (with them);
two more fifths, which neither has seen, are compared. Accuracy: of the class of the nearest
training image, and of logistic regression on the features. Sensitivity: the Frechet distance of one
fifth, spoilt a little, to the other, over the distance of the two as they are (the floor).

    python benchmarks/extractors.py cifar10.npz --images 10000
    python benchmarks/extractors.py train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz
"""

from __future__ import annotations

import argparse
import gzip
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from beyond_blur.features import Extractor, build_extractor
from beyond_blur.features.classifier import train_classifier
from beyond_blur.features.self_supervised import train_encoder
from beyond_blur.metrics import frechet_distance

Set = tuple[np.ndarray, np.ndarray]


def read(path: Path, labels: Path | None, n: int) -> Set:
    """The first images, uint8 (n, c, h, w), and their labels of an npz file or two idx files."""
    if labels is None:
        with np.load(path) as held:
            return held["images"][:n].transpose(0, 3, 1, 2), held["labels"][:n].astype(np.int64)
    pixels, numbers = (
        np.frombuffer(gzip.decompress(one.read_bytes()), np.uint8) for one in (path, labels)
    )
    return pixels[16:].reshape(-1, 1, 28, 28)[:n], numbers[8:][:n].astype(np.int64)


def split(images: np.ndarray, labels: np.ndarray) -> list[Set]:
    """Three fifths, one and one of a shuffled set."""
    n = len(images)
    parts = np.split(np.random.default_rng(0).permutation(n), [3 * n // 5, 4 * n // 5])
    return [(images[rows], labels[rows]) for rows in parts]


def spoilt(images: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The same images with something wrong with them, or some of them only."""
    rng = np.random.default_rng(0)
    n, middle = len(images), images.shape[2] // 2
    halves = images.copy()
    halves[:, :, middle:] = images[rng.permutation(n)][:, :, middle:]
    changed = {
        "blurred by 0.5 px": gaussian_filter(images.astype(np.float32), (0, 0, 0.5, 0.5)),
        "noise of 8 / 255": images + rng.normal(0, 8, images.shape),
        "shifted by 2 px": np.roll(images, 2, axis=3),
        "contrast 6 % up": images * 1.06,
        "lower halves exchanged": halves,
        "a class missing": images[labels != labels.max()],
        "three classes only": images[labels < 3],
        "a tenth, ten times": np.repeat(images[: n // 10], 10, axis=0),
    }
    return {name: np.clip(np.rint(some), 0, 255).astype(np.uint8) for name, some in changed.items()}


def accuracies(extractor: Extractor, known: Set, unseen: Set) -> tuple[float, float]:
    """Shares of unseen images classified rightly: by logistic regression, by the nearest image."""
    scale = StandardScaler()
    a, b = scale.fit_transform(extractor(known[0], 256)), scale.transform(extractor(unseen[0], 256))
    linear = LogisticRegression(C=0.1, max_iter=300).fit(a, known[1]).score(b, unseen[1])
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    return linear, float((known[1][(b @ a.T).argmax(1)] == unseen[1]).mean())


def column(extractor: Extractor, parts: list[Set]) -> dict[str, float]:
    """Everything that is measured of one extractor."""
    known, one, other = parts
    linear, nearest = accuracies(extractor, known, one)
    reference = extractor(other[0], 256)
    floor = frechet_distance(extractor(one[0], 256), reference)
    found = {"linear accuracy": linear, "nearest-image accuracy": nearest, "floor": floor}
    sets = {"training images": known[0][: len(one[0])], **spoilt(*one)}
    for name, images in sets.items():
        found[name] = frechet_distance(extractor(images, 256), reference) / floor
    return found


def timed(train: Callable[[], tuple[dict[str, np.ndarray], object]]) -> tuple[dict, float]:
    """A trained state, and the CPU seconds that it took."""
    start = time.process_time()
    return train()[0], time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--iterations", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    parts = split(*read(given.path, given.labels, given.images))
    images, labels = parts[0]
    how = {"seed": given.seed, "n_threads": 1}
    encoder, encoder_seconds = timed(
        lambda: train_encoder(images, iterations=given.iterations, **how)
    )
    classifier, classifier_seconds = timed(
        lambda: train_classifier(images, labels, iterations=400, **how)
    )
    columns = {
        "random": build_extractor("random"),
        "self-supervised": build_extractor("self-supervised", state=encoder),
        "classifier": build_extractor("classifier", state=classifier),
    }
    found = {name: column(extractor, parts) for name, extractor in columns.items()}
    found["random"]["training, CPU s"] = 0
    found["self-supervised"]["training, CPU s"] = encoder_seconds
    found["classifier"]["training, CPU s"] = classifier_seconds
    print(f"{len(images)} training images of {images.shape[1:]}, seed {given.seed}, "
          f"{platform.processor() or platform.machine()}, torch {torch.__version__}\n")  # fmt: skip
    print("| | " + " | ".join(f"{n} ({e.dim})" for n, e in columns.items()) + " |")
    print("| --- |" + " ---: |" * len(columns))
    for row in found["random"]:
        print(f"| {row} | " + " | ".join(f"{of[row]:.3g}" for of in found.values()) + " |")


if __name__ == "__main__":
    main()
